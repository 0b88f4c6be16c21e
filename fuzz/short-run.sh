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

failed=()
for target in "${targets[@]}"; do
    echo "== $target: $seconds s"
    found="target/corpus/$target"
    mkdir -p "$found"
    cargo fuzz run "${fuzz[@]}" "$target" "$found" "corpus/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 \
        -verbosity=0 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]} (inputs in fuzz/artifacts)" >&2
    exit 1
fi
echo "no target found anything"
