#!/usr/bin/env bash
# A service traced by OpenTelemetry for Python (peers/python). Prints PYTHON_PEER_URL.
. "$(dirname "$0")/lib.sh"

name=python-peer
source=$servers/peers/python
home=$cache/python-peer-$(cksum <"$source/requirements.txt" | cut -d' ' -f1)

build() {
    python3 -m venv "$1"
    "$1/bin/pip" install -q --disable-pip-version-check -r "$source/requirements.txt"
}

install() {
    need python3 python3
    once "$home" build
}

launch() {
    local http
    http=$(port http "${1:-}")
    run python-peer "$home/bin/python" "$source/peer.py" "$http"
    ready python-peer get "$http" /
}

urls() { echo "PYTHON_PEER_URL=http://127.0.0.1:$(port http)"; }

main "$@"
