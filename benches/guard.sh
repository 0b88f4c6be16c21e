#!/usr/bin/env bash
# Instructions of a request (tower, gRPC, actix-web) or of a child span, on its own thread, against
# what is recorded in guard.txt: no more than 3 % above. Where a line names a bare service, what that
# takes does not count. Counts, unlike times, are the same on a busy machine. Needs valgrind.
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

# Inside the loop alone, so that neither the start nor the exporter's thread counts. Called by the same name
# wherever the checkout is: the arguments move the heap, and with it what malloc does for a client's headers.
collected() {
    (cd "$target/release" && valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        '--toggle-collect=tracer_benches::drive::requests::{{closure}}' \
        '--toggle-collect=tracer_benches::grpc::calls::{{closure}}' \
        '--toggle-collect=tracer_benches::web::requests::{{closure}}' \
        '--toggle-collect=tracer_benches::client::calls::{{closure}}' \
        '--toggle-collect=tracer_benches::micro::looped::{{closure}}*' \
        ./tracer-benches once "$1" "$2" "$3" 2>&1) |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Of one operation, once everything is warm.
count() {
    local more less
    more=$(collected "$1" "$2" 3000)
    less=$(collected "$1" "$2" 1000)
    echo $(((more - less) / 2000))
}

failed=0
while read -r name case recorded bare; do
    now=$(count "$name" "$case")
    if [ -n "$bare" ]; then
        now=$((now - $(count "$bare" "$case")))
    fi
    echo "$name $case $now${bare:+ $bare}" >>"$scratch/now"
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
