#!/usr/bin/env bash
# A Zipkin server with its memory storage. Reads from Kafka and RabbitMQ too if KAFKA_URL and
# RABBITMQ_URL are set when it starts. Prints ZIPKIN_URL.
. "$(dirname "$0")/lib.sh"

name=zipkin
version=3.5.1
home=$cache/zipkin-$version
jar=$home/zipkin-server-$version-exec.jar

download() {
    mvn -q -B dependency:copy -Dartifact="io.zipkin:zipkin-server:$version:jar:exec" \
        -DoutputDirectory="$1"
}

install() {
    need java openjdk-17-jre-headless
    [ -d "$home" ] || need mvn maven
    once "$home" download
}

healthy() { get "$(port http)" /health | grep '^ *"status" *: *"UP"'; }

launch() {
    local http queues
    http=$(port http "${1:-}")
    # What it reads from is remembered for a restart.
    if [ ! -e "$dir/queues" ]; then
        {
            [ -z "${KAFKA_URL:-}" ] || echo "KAFKA_BOOTSTRAP_SERVERS=${KAFKA_URL#kafka://}"
            [ -z "${RABBITMQ_URL:-}" ] || echo "RABBIT_URI=$RABBITMQ_URL"
        } >"$dir/queues"
    fi
    mapfile -t queues <"$dir/queues"
    run zipkin env "${queues[@]}" java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$jar" \
        '--armeria.ports[0].ip=127.0.0.1' "--armeria.ports[0].port=$http" \
        '--armeria.ports[0].protocols[0]=http'
    ready zipkin healthy
}

urls() { echo "ZIPKIN_URL=http://127.0.0.1:$(port http)"; }

main "$@"
