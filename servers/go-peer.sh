#!/usr/bin/env bash
# A service traced by OpenTelemetry for Go (peers/go). Prints GO_PEER_URL.
. "$(dirname "$0")/lib.sh"

name=go-peer
source=$servers/peers/go
home=$cache/go-peer-$(cat "$source"/* | cksum | cut -d' ' -f1)

build() {
    cp "$source"/* "$1"
    (cd "$1" && nice go build -buildvcs=false -o peer .)
}

install() {
    [ -d "$home" ] || command -v go >/dev/null || die "needs Go 1.21 or later"
    once "$home" build
}

launch() {
    local http
    http=$(port http "${1:-}")
    run go-peer "$home/peer" "$http"
    ready go-peer get "$http" /
}

urls() { echo "GO_PEER_URL=http://127.0.0.1:$(port http)"; }

main "$@"
