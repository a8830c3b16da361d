#!/bin/bash
# Shunt and what Debian and npm ship, measured in turns on this machine: one page, one table a
# scenario. Usage and method: README.md beside it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"

usage() {
    cat <<'EOF'
usage: bench/peers/run.sh [--build DIR] [--out DIR] [--rounds N] [--duration S] [--connections N]
                          [--quota SHARE|none] [--only SCENARIO,...] [--install]

  --build DIR      where bin/shuntd and bin/shunt-bench are (build)
  --out DIR        where results, the page and the peers' programs go (build/peers)
  --rounds N       rounds a scenario (7)
  --duration S     seconds a measurement (2)
  --connections N  clients (64)
  --quota SHARE    of a CPU for each server (0.3); none: all of it
  --only LIST      of handshake, echo, http (all that shunt-bench has)
  --install        install what is missing from Debian first (needs root or sudo)
EOF
}

build=build out='' rounds=7 duration=2 connections=64 quota=0.3 only=handshake,echo,http install=no
while (($#)); do
    case $1 in
    --build) build=$2; shift ;;
    --out) out=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --duration) duration=$2; shift ;;
    --connections) connections=$2; shift ;;
    --quota) quota=$2; shift ;;
    --only) only=$2; shift ;;
    --install) install=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
mkdir -p "${out:=$build/peers}"
out=$(cd "$out" && pwd)
bench=$build/bin/shunt-bench
[[ -x $bench && -x $build/bin/shuntd ]] || {
    echo "peers: $build/bin has no shuntd and shunt-bench: build first, or name it with --build" >&2
    exit 1
}

say() { echo "peers: $*"; }

packages=(libwebsockets-dev libboost-dev g++ gcc golang-go golang-github-gorilla-websocket-dev
    node-ws nginx-light h2o)
if [[ $install == yes ]]; then
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    # A node of its own, without Debian's package, is as good; ws comes with either.
    command -v node >/dev/null || packages+=(nodejs)
    missing=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    if ((${#missing[@]})); then
        say "installing ${missing[*]}"
        # Their daemons are not to start: each is run by hand, on a port of its own.
        as_root+=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
        "${as_root[@]}" apt-get update -qq >"$out/apt.log" 2>&1 || true
        "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" \
            >>"$out/apt.log" 2>&1 ||
            say "not all could be installed: $(tail -n 1 "$out/apt.log")"
    fi
fi

# The servers, as NAME=COMMAND: with upgrades, and for plain HTTP only.
demo="$build/bin/shuntd --config apps/shuntd/demo.yaml --listen 127.0.0.1:{port} --workers 1"
upgraders=("shunt=$demo --backend uring" "shunt-epoll=$demo --backend epoll")
http_only=()

left_out() { say "left out: $1 ($2)"; }

# compiled NAME SOURCE RESULT COMPILER...: compile when the source is newer than the result.
compiled() {
    local name=$1 source=$2 result=$3
    shift 3
    [[ $result -nt $source ]] || "$@" >"$out/$name.log" 2>&1 || {
        left_out "$name" "it did not compile: $out/$name.log"
        return 1
    }
}

if [[ -e /usr/include/libwebsockets.h ]]; then
    compiled libwebsockets "$here/websockets.c" "$out/websockets" \
        gcc -O2 -o "$out/websockets" "$here/websockets.c" -lwebsockets &&
        upgraders+=("libwebsockets=$out/websockets {port}")
else
    left_out libwebsockets "no libwebsockets-dev"
fi
if [[ -e /usr/include/boost/beast.hpp ]]; then
    compiled beast "$here/beast.cpp" "$out/beast" \
        g++ -std=c++17 -O2 -o "$out/beast" "$here/beast.cpp" -pthread &&
        upgraders+=("beast=$out/beast {port}")
else
    left_out beast "no libboost-dev"
fi
if command -v go >/dev/null && [[ -d /usr/share/gocode/src/github.com/gorilla/websocket ]]; then
    compiled gorilla "$here/gorilla.go" "$out/gorilla" \
        env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$out/gocache" \
        go build -o "$out/gorilla" "$here/gorilla.go" &&
        upgraders+=("gorilla=env GOMAXPROCS=1 $out/gorilla {port}")
else
    left_out gorilla "no golang-go, or no golang-github-gorilla-websocket-dev"
fi
# Debian's modules are not where a node from elsewhere looks.
if NODE_PATH=/usr/share/nodejs node -e 'require("ws")' 2>/dev/null; then
    upgraders+=("node-ws=env NODE_PATH=/usr/share/nodejs node $here/ws.js {port}")
else
    left_out node-ws "no node, or no node-ws"
fi

# A server that wants a file: filled in when it starts, as the port is not known before.
mkdir -p "$out/www"
printf 'Hello, World!' >"$out/www/hello.txt"
filled() {
    echo "$(command -v bash) $here/filled.sh $here/$1 $out {port} $2"
}
if command -v nginx >/dev/null; then
    http_only+=("nginx=$(filled nginx.conf.in "$(command -v nginx) -p $out -c")")
else
    left_out nginx "no nginx-light"
fi
if command -v h2o >/dev/null; then
    http_only+=("h2o=$(filled h2o.yaml.in "$(command -v h2o) -c")")
else
    left_out h2o "not packaged here"
fi

options=(--rounds "$rounds")
[[ $quota == none ]] || options+=(--quota "$quota")
load=(--connections "$connections" --duration "$duration" --warmup 0.3)
results=()

# measure SCENARIO PATH SERVER...
measure() {
    local scenario=$1 path=$2
    shift 2
    [[ ,$only, == *,$scenario,* ]] || return 0
    if ! "$bench" "$scenario" --help >/dev/null 2>&1; then
        say "skipped: this shunt-bench has no scenario '$scenario'"
        return 0
    fi
    rm -f "$out/$scenario.json"
    say "$scenario: $# servers, $rounds rounds of $duration s"
    "$bench" compare "${options[@]}" --json "$out/$scenario.json" "$@" -- \
        "$scenario" "http://127.0.0.1:{port}$path" "${load[@]}" |
        tee "$out/$scenario.txt" || say "$scenario: not every server gave a result"
    if [[ -s $out/$scenario.json ]]; then
        results+=("$out/$scenario.json")
    fi
}

measure handshake /ws "${upgraders[@]}"
measure echo /ws "${upgraders[@]}"
measure http / "${upgraders[@]}" "${http_only[@]}"
((${#results[@]})) || { say "nothing was measured" >&2; exit 1; }
"$bench" report "${results[@]}" --html "$out/peers.html"
say "the page: $out/peers.html"
