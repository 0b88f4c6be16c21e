#!/usr/bin/env bash
# Runs a command with servers: servers/with.sh zipkin kafka -- cargo test ...
# Starts the named ones, exports what they print, runs the command and always stops them.
set -euo pipefail

servers=$(cd "$(dirname "$0")" && pwd)
names=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    [ -x "$servers/$1.sh" ] && [ "$1" != with ] || { echo "with.sh: no server $1" >&2; exit 2; }
    # Zipkin reads from the brokers, so it comes last.
    if [ "$1" = zipkin ]; then last=zipkin; else names+=("$1"); fi
    shift
done
[ $# -gt 1 ] || { echo "usage: servers/with.sh NAME... -- COMMAND..." >&2; exit 2; }
shift
names+=(${last:+"$last"})

SERVERS_STATE=$(mktemp -d "${TMPDIR:-/tmp}/tracer-servers.XXXXXX")
export SERVERS_STATE
command=
stop() {
    trap '' INT TERM
    [ -z "$command" ] || kill "$command" 2>/dev/null || true
    for name in "${names[@]}"; do "$servers/$name.sh" stop || true; done
    rm -rf "$SERVERS_STATE"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for name in "${names[@]}"; do
    lines=$("$servers/$name.sh" start)
    while IFS= read -r line; do export "${line?}"; done <<<"$lines"
done

# In the background, because a trap waits for what runs in the foreground.
"$@" <&0 &
command=$!
status=0
wait "$command" || status=$?
command=
exit "$status"
