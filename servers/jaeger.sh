#!/usr/bin/env bash
# A Jaeger 2 server with its memory storage. Prints JAEGER_URL (API and UI; the port that may be
# given), JAEGER_OTLP_HTTP_URL, JAEGER_OTLP_GRPC_URL, JAEGER_ZIPKIN_URL (its own Zipkin receiver) and
# JAEGER_SAMPLING_URL. Built from source the first time, which takes some minutes.
. "$(dirname "$0")/lib.sh"

name=jaeger
version=1.76.0
home=$cache/jaeger-$version
# The checksums of this module are pinned, because some of its dependencies have none to look up.
module=$servers/jaeger

build() {
    cp "$module/go.mod" "$module/go.sum" "$1"
    (
        cd "$1"
        GOFLAGS='-mod=mod -buildvcs=false' nice go build -o jaeger \
            github.com/jaegertracing/jaeger/cmd/jaeger
    )
}

install() {
    [ -d "$home" ] || command -v go >/dev/null || die "needs Go 1.21 or later"
    once "$home" build
}

healthy() { get "$(port query)" /api/services | grep '"data"'; }

launch() {
    local query
    query=$(port query "${1:-}")
    run jaeger env JAEGER_QUERY_PORT="$query" JAEGER_QUERY_GRPC_PORT="$(port query-grpc)" \
        JAEGER_SAMPLING_PORT="$(port sampling)" JAEGER_SAMPLING_GRPC_PORT="$(port sampling-grpc)" \
        JAEGER_OTLP_GRPC_PORT="$(port otlp-grpc)" JAEGER_OTLP_HTTP_PORT="$(port otlp-http)" \
        JAEGER_ZIPKIN_PORT="$(port zipkin)" JAEGER_HEALTH_PORT="$(port health)" \
        JAEGER_STRATEGIES="$module/strategies.json" \
        "$home/jaeger" --config "file:$module/config.yaml"
    ready jaeger healthy
}

urls() {
    local on=http://127.0.0.1
    echo "JAEGER_URL=$on:$(port query)"
    echo "JAEGER_OTLP_HTTP_URL=$on:$(port otlp-http)/v1/traces"
    echo "JAEGER_OTLP_GRPC_URL=$on:$(port otlp-grpc)"
    echo "JAEGER_ZIPKIN_URL=$on:$(port zipkin)/api/v2/spans"
    echo "JAEGER_SAMPLING_URL=$on:$(port sampling)/api/sampling"
}

main "$@"
