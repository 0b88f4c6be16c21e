#!/usr/bin/env bash
# Instructions of a request, a gRPC call or a child span, on its own thread, against what is recorded in guard.txt: no more than
# 3 % above. Counts, unlike times, are the same on a busy machine. Needs valgrind.
# `guard.sh --record` writes what it counts.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v valgrind >/dev/null; then
    echo "guard: needs valgrind" >&2
    exit 1
fi
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
cargo build --quiet --profile bench -p tracer-benches
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Inside the loop alone, so that neither the start nor the exporter's thread counts.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        '--toggle-collect=tracer_benches::drive::requests::{{closure}}' \
        '--toggle-collect=tracer_benches::grpc::calls::{{closure}}' \
        '--toggle-collect=tracer_benches::micro::looped::{{closure}}*' \
        "$target/release/tracer-benches" once "$1" "$2" "$3" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

failed=0
while read -r name case recorded; do
    more=$(count "$name" "$case" 3000)
    less=$(count "$name" "$case" 1000)
    now=$(((more - less) / 2000))
    echo "$name $case $now" >>"$scratch/now"
    if ((now * 100 > recorded * 103)); then
        echo "guard: $name $case: $now instructions, $recorded recorded"
        failed=1
    fi
done <guard.txt
if [ "${1:-}" = --record ]; then
    cp "$scratch/now" guard.txt
    cat guard.txt
    exit 0
fi
if ((failed)); then
    echo "guard: dearer than recorded. If it is worth it: benches/guard.sh --record"
fi
exit "$failed"
