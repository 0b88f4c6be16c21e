#!/usr/bin/env bash
# A service traced by Brave (peers/brave). Prints BRAVE_PEER_URL.
. "$(dirname "$0")/lib.sh"

name=brave-peer
version=6.3.1
source=$servers/peers/brave
home=$cache/brave-peer-$version-$(cksum <"$source/Peer.java" | cut -d' ' -f1)

build() {
    local artifact
    for artifact in "io.zipkin.brave:brave:$version" io.zipkin.reporter2:zipkin-reporter-brave:3.5.3 \
        io.zipkin.reporter2:zipkin-reporter:3.5.3; do
        mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$1"
    done
    javac -d "$1" -cp "$1/*" "$source/Peer.java"
}

install() {
    need javac openjdk-17-jdk-headless
    [ -d "$home" ] || need mvn maven
    once "$home" build
}

launch() {
    local http
    http=$(port http "${1:-}")
    run brave-peer java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home:$home/*" Peer "$http"
    ready brave-peer get "$http" /
}

urls() { echo "BRAVE_PEER_URL=http://127.0.0.1:$(port http)"; }

main "$@"
