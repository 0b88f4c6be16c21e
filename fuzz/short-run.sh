#!/usr/bin/env bash
# Runs every target for SECONDS (or the named ones): fuzz/short-run.sh SECONDS [TARGET...]
# Fails if a target finds something. New inputs go to fuzz/target, not into the committed corpus.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?usage: short-run.sh SECONDS [TARGET...]}
shift
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked

# Everything here is safe Rust, so no sanitizer is needed, and with none a stable compiler will do.
fuzz=(--fuzz-dir . --sanitizer none)
if [ $# -eq 0 ]; then
    mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
else
    targets=("$@")
fi

cargo fuzz build "${fuzz[@]}"
one() {
    target=$1
    echo "== $target: $seconds s"
    found="target/corpus/$target"
    mkdir -p "$found"
    if ! cargo fuzz run "${fuzz[@]}" "$target" "$found" "corpus/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 \
        -verbosity=0 >"target/$target.log" 2>&1; then
        tail -n 60 "target/$target.log" >&2
        echo "failed: $target (inputs in fuzz/artifacts)" >&2
        return 1
    fi
}
# As many at a time as there are processors: each runs on one.
running=()
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do sleep 1; done
    one "$target" &
    running+=($!)
done
failed=0
for job in "${running[@]}"; do wait "$job" || failed=1; done
[ "$failed" = 0 ] && echo "no target found anything"
exit "$failed"
