#!/usr/bin/env bash
# Runs the official test suite of W3C Trace Context against the axum and the actix-web service:
# servers/w3c-suite.sh [PATTERN...], for example TraceContextTest.test_tracestate_ows_handling.
# Fails when a case fails.
#
# W3C_TRACE_CONTEXT  where the suite is cloned from; the official repository unless set
set -euo pipefail
name=w3c-suite
. "$(dirname "$0")/lib.sh"

commit=acab820be9db7b3433668baa5cdd43f57f4c4be0
aiohttp=3.14.5
from=${W3C_TRACE_CONTEXT:-https://github.com/w3c/trace-context}
suite=$cache/w3c-trace-context-$commit
python=$cache/w3c-python-$aiohttp

fetch() {
    git clone -q --no-checkout "$from" "$1"
    git -C "$1" checkout -q "$commit"
}

prepare() {
    python3 -m venv "$1"
    "$1/bin/pip" install -q --disable-pip-version-check "aiohttp==$aiohttp"
}

need git git
need python3 python3
once "$suite" fetch
once "$python" prepare

root=$servers/..
examples=(w3c_axum w3c_actix)
cargo build -q --manifest-path "$root/Cargo.toml" -p tracer-examples "${examples[@]/#/--example=}"
target=$(cargo metadata --manifest-path "$root/Cargo.toml" --format-version 1 --no-deps |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

dir=$(mktemp -d "${TMPDIR:-/tmp}/tracer-w3c.XXXXXX")
trap 'end_all; rm -rf "$dir"' EXIT
# The programs say where they listen, the suite's own server is told where.
listening() { address=$(sed -n 's/^listening on //p' "$dir/$1.log") && [ -n "$address" ]; }

failed=()
for example in "${examples[@]}"; do
    OTEL_TRACES_EXPORTER=none run "$example" "$target/debug/examples/$example" 127.0.0.1:0
    ready "$example" listening "$example"
    listening "$example"
    say "$example on $address"
    HARNESS_PORT=$(free_port) SPEC_LEVEL=2 STRICT_LEVEL=2 \
        "$python/bin/python" "$suite/test/test.py" "http://$address/" "$@" || failed+=("$example")
    end "$example"
done
[ ${#failed[@]} -eq 0 ] || die "cases failed: ${failed[*]}"
say "all cases pass on ${examples[*]}"
