#!/usr/bin/env bash
# usage: ask.sh COMMAND...   starts the command, which serves the demo on port 8101, asks for all
# that it serves, and ends it with SIGTERM. For a network of its own: the port is fixed.
set -euo pipefail
url=http://127.0.0.1:8101

fail() { printf 'ask.sh: %s\n' "$*" >&2; exit 1; }

"$@" &
# The command is what starts the container; what is in it has the port.
for ((i = 0; i < 600; i++)); do
    if curl -sf -o /dev/null "$url/hello"; then break; fi
    kill -0 $! 2>/dev/null || fail "it ended without serving"
    sleep 0.1
done

for path in / /demo.css /demo.js /demo.svg; do
    curl -sSf -o /dev/null "$url$path" || fail "$path is not served"
done
[[ $(curl -sSf "$url/hello") == 'Hello, World!' ]] || fail "/hello"
[[ $(curl -sSf -d body "$url/echo") == body ]] || fail "/echo"
# The connection stays open behind the 101, and curl waits.
head=$(curl -s -i --http1.1 --max-time 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
    "$url/ws" || true)
[[ $head == 'HTTP/1.1 101 '* ]] || fail "no 101: $head"
grep -qi '^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' <<<"$head" || fail "accept: $head"
printf '%s\n' "$head"

server=$(pidof shuntd) || fail "shuntd is not there"
[[ $(stat -c %u "/proc/$server") != 0 ]] || fail "shuntd runs as root"
kill -TERM "$server"
status=0
wait $! || status=$?
((status == 0)) || fail "exit status $status"
