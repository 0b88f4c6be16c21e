#!/usr/bin/env bash
# A service traced by OpenTelemetry for Node (peers/node). Prints NODE_PEER_URL.
. "$(dirname "$0")/lib.sh"

name=node-peer
source=$servers/peers/node
home=$cache/node-peer-$(cat "$source"/* | cksum | cut -d' ' -f1)

build() {
    cp "$source"/* "$1"
    npm --prefix "$1" install --silent --no-audit --no-fund
}

install() {
    need npm npm
    once "$home" build
}

launch() {
    local http
    http=$(port http "${1:-}")
    run node-peer node "$home/peer.mjs" "$http"
    ready node-peer get "$http" /
}

urls() { echo "NODE_PEER_URL=http://127.0.0.1:$(port http)"; }

main "$@"
