#!/bin/bash
# Shunt and what Debian and npm ship, measured in turns on this machine: one page, one table a
# scenario. Usage and method: README.md beside it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"

SCENARIOS=handshake,echo,echo-16k,http

usage() {
    cat <<TEXT
usage: ./dev bench peers [OPTION...]         installs what is missing, builds, measures
       bench/peers/run.sh [OPTION...]        measures what is there

  --rounds N       rounds a scenario (7; below 6 nothing is said about noise)
  --duration S     seconds a measurement (2)
  --warmup S       before each, not counted (2): Node and Go get faster as they run
  --connections N  clients (64)
  --quota SHARE    of a CPU for each server (0.3); none: all of it
  --only LIST      scenarios, of $SCENARIOS (all)
  --build DIR      where bin/shuntd and bin/shunt-bench are (build)
  --out DIR        where results, the page and the peers' programs go (build/peers)
  --install        install what is missing from Debian and build Shunt first (root or sudo)

What cannot be had is left out and named. Exit status: 0; 1 when a server that was to be measured
gave no result; 2 for a wrong command line; 130 after Ctrl-C.
TEXT
}

say() { echo "peers: $*"; }
wrong() {
    echo "peers: $*; --help says what there is" >&2
    exit 2
}

build=build out='' rounds=7 duration=2 warmup=2 connections=64 quota=0.3 only=$SCENARIOS install=no
number='^([0-9]+(\.[0-9]+)?|\.[0-9]+)$'
while (($#)); do
    option=$1 value=${2-}
    case $option in
    --install) install=yes; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --build | --out | --rounds | --duration | --warmup | --connections | --quota | --only)
        (($# > 1)) || wrong "$option: its value is missing" ;;
    *) wrong "unknown option '$option'" ;;
    esac
    case $option in
    --build) build=$value ;;
    --out) out=$value ;;
    --rounds | --connections)
        [[ $value =~ ^[1-9][0-9]*$ ]] || wrong "$option: expected a whole number, found '$value'"
        printf -v "${option#--}" %s "$value" ;;
    --duration | --warmup)
        [[ $value =~ $number ]] || wrong "$option: expected seconds, found '$value'"
        printf -v "${option#--}" %s "$value" ;;
    --quota)
        [[ $value == none || $value =~ $number ]] ||
            wrong "--quota: expected a share of a CPU like 0.3, or none, found '$value'"
        quota=$value ;;
    --only)
        for name in ${value//,/ }; do
            [[ ,$SCENARIOS, == *,$name,* ]] ||
                wrong "--only: expected some of $SCENARIOS, found '$name'"
        done
        only=$value ;;
    esac
    shift 2
done

if [[ $install == yes ]]; then
    ./dev packages peers
    [[ $build != build ]] || ./dev build
fi
bench=$build/bin/shunt-bench
[[ -x $bench && -x $build/bin/shuntd ]] || {
    echo "peers: $build/bin has no shuntd and shunt-bench: build first, or name it with --build" >&2
    exit 1
}
mkdir -p "${out:=$build/peers}"
out=$(cd "$out" && pwd)

# Ctrl-C: compare stops the server under test and says what it has; nothing is started after that.
child=
# shellcheck disable=SC2317  # a trap calls it
interrupted() {
    trap '' INT TERM HUP
    if [[ -n $child ]]; then
        kill -INT "$child" 2>/dev/null || true
        wait "$child" || true
    fi
    echo "peers: interrupted; results so far are in $out" >&2
    exit 130
}
trap interrupted INT TERM HUP

# ---- the servers, as NAME=COMMAND: with upgrades, and for plain HTTP only ------------------------

demo="$build/bin/shuntd --config apps/shuntd/demo.yaml --listen 127.0.0.1:{port} --workers 1"
upgraders=("shunt=$demo --backend uring" "shunt-epoll=$demo --backend epoll")
http_only=()
missing=()

left_out() {
    say "left out: $1 ($2)"
    missing+=("$1")
}

# A word of a command that sh will read again.
quoted() { printf '%q' "$1"; }

# compiled NAME SOURCE RESULT COMPILER...: compile when the source is newer than the result.
compiled() {
    local name=$1 source=$2 result=$3
    shift 3
    [[ ! $result -nt $source ]] || return 0
    say "compiling $name"
    "$@" >"$out/$name.log" 2>&1 || {
        rm -f "$result"
        left_out "$name" "it did not compile: $(grep -m 1 -i error "$out/$name.log" ||
            tail -n 1 "$out/$name.log"), all of it in $out/$name.log"
        return 1
    }
}

if [[ -e /usr/include/libwebsockets.h ]] && command -v gcc >/dev/null; then
    compiled libwebsockets "$here/websockets.c" "$out/websockets" \
        gcc -O2 -o "$out/websockets" "$here/websockets.c" -lwebsockets &&
        upgraders+=("libwebsockets=$(quoted "$out/websockets") {port}")
else
    left_out libwebsockets "no libwebsockets-dev"
fi
if [[ -e /usr/include/boost/beast.hpp ]] && command -v g++ >/dev/null; then
    compiled beast "$here/beast.cpp" "$out/beast" \
        g++ -std=c++17 -O2 -DNDEBUG -o "$out/beast" "$here/beast.cpp" -pthread &&
        upgraders+=("beast=$(quoted "$out/beast") {port}")
else
    left_out beast "no libboost-dev"
fi
if command -v go >/dev/null && [[ -d /usr/share/gocode/src/github.com/gorilla/websocket ]]; then
    compiled gorilla "$here/gorilla.go" "$out/gorilla" \
        env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$out/gocache" \
        go build -o "$out/gorilla" "$here/gorilla.go" &&
        upgraders+=("gorilla=env GOMAXPROCS=1 $(quoted "$out/gorilla") {port}")
else
    left_out gorilla "no golang-go, or no golang-github-gorilla-websocket-dev"
fi
# Debian's modules are not where a node from elsewhere looks.
if NODE_PATH=/usr/share/nodejs node -e 'require("ws")' 2>/dev/null; then
    upgraders+=("node-ws=env NODE_PATH=/usr/share/nodejs node $(quoted "$here/ws.js") {port}")
else
    left_out node-ws "no node, or no node-ws"
fi

# A server that wants a file: filled in when it starts, as the port is not known before.
mkdir -p "$out/www"
printf 'Hello, World!' >"$out/www/hello"
filled() {
    echo "sh $(quoted "$here/filled.sh") $(quoted "$here/$1") $(quoted "$out") {port} $2"
}
if command -v nginx >/dev/null; then
    http_only+=("nginx=$(filled nginx.conf.in "nginx -p $(quoted "$out") -e stderr -c")")
else
    left_out nginx "no nginx-light"
fi
if command -v h2o >/dev/null; then
    http_only+=("h2o=$(filled h2o.yaml.in "h2o -c")")
else
    left_out h2o "no h2o"
fi

# ---- measuring -----------------------------------------------------------------------------------

options=(--rounds "$rounds")
[[ $quota == none ]] || options+=(--quota "$quota")
load=(--connections "$connections" --duration "$duration" --warmup "$warmup")
results=()
status=0

# How long that many servers take, with half a second to start and stop each.
minutes() {
    awk -v servers="$1" -v rounds="$rounds" -v each="$duration" -v warm="$warmup" 'BEGIN {
        seconds = servers * rounds * (each + warm + 0.5)
        if (seconds < 90) printf "%.0f seconds\n", seconds
        else printf "%.0f minutes\n", seconds / 60
    }'
}

# measure NAME PATH SCENARIO... -- SERVER...: the comparison to NAME.json, its table to NAME.txt.
measure() {
    local name=$1 path=$2 scenario=()
    shift 2
    while [[ $1 != -- ]]; do
        scenario+=("$1")
        shift
    done
    shift
    [[ ,$only, == *,$name,* ]] || return 0
    rm -f "$out/$name.json"
    say "$name: $# servers, $rounds rounds of $duration s each, about $(minutes $#)"
    # In the background, so that a signal need not wait for all rounds.
    "$bench" compare "${options[@]}" --json "$out/$name.json" "$@" -- "${scenario[@]}" \
        "http://127.0.0.1:{port}$path" "${load[@]}" >"$out/$name.txt" &
    child=$!
    wait "$child" || {
        say "$name: not every server gave a result"
        status=1
    }
    child=
    cat "$out/$name.txt"
    [[ ! -s $out/$name.json ]] || results+=("$out/$name.json")
}

measure handshake /ws handshake -- "${upgraders[@]}"
measure echo /ws echo --size 125 -- "${upgraders[@]}"
measure echo-16k /ws echo --size 16384 -- "${upgraders[@]}"
measure http /hello http -- "${upgraders[@]}" "${http_only[@]}"
((${#results[@]})) || { echo "peers: nothing was measured" >&2; exit 1; }
"$bench" report "${results[@]}" --html "$out/peers.html"
[[ ! -s $out/handshake.json ]] || "$bench" report "$out/handshake.json" --svg "$out/handshake.svg" ||
    say "no handshake.svg, which Chromium draws"

{
    for file in "${results[@]}"; do
        awk -v title="$(basename "$file" .json)" -f "$here/summary.awk" "$file"
    done
    ((${#missing[@]} == 0)) || echo "left out: ${missing[*]}"
} | tee "$out/summary.txt"
say "the page: $out/peers.html; this summary: $out/summary.txt; all figures beside them"
exit "$status"
