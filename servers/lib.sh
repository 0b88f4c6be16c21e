# What the scripts that start servers share. Sourced by them, not run.
#
# A script sets `name` and defines `install`, `launch` (which calls `run` and `ready`) and `urls`
# (which prints what a client needs to know, one NAME=value a line), then calls `main "$@"`.

set -euo pipefail

servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tracer-servers
# Where running servers keep their data: one place per checkout unless the caller chose another.
state=${SERVERS_STATE:-${TMPDIR:-/tmp}/tracer-servers-$(id -u)-$(cksum <<<"$servers" | cut -d' ' -f1)}
# How long a server may take until it is healthy, in seconds.
deadline=${SERVERS_DEADLINE:-120}

say() { printf '%s: %s\n' "${name:-servers}" "$*" >&2; }
die() { say "$*"; exit 1; }

# need COMMAND PACKAGE: the command, from the system's package if it is missing.
need() {
    command -v "$1" >/dev/null && return
    local apt=(apt-get)
    [ "$(id -u)" = 0 ] || apt=(sudo -n apt-get)
    command -v apt-get >/dev/null || die "needs $1 (Debian package $2)"
    say "installing $2"
    "${apt[@]}" install -y --no-install-recommends "$2" >&2 || {
        "${apt[@]}" update >&2
        "${apt[@]}" install -y --no-install-recommends "$2" >&2
    } || die "needs $1 (Debian package $2), and it cannot be installed"
}

# once DIR COMMAND...: runs the command with an empty folder as its last argument, and makes that
# folder DIR if it succeeds. Does nothing if DIR is there; concurrent callers wait for each other.
once() {
    local to=$1
    shift
    [ -d "$to" ] && return
    mkdir -p "$(dirname "$to")"
    (
        flock 9
        [ -d "$to" ] && exit
        rm -rf "$to.part"
        mkdir "$to.part"
        say "installing into $to"
        "$@" "$to.part" >&2
        mv "$to.part" "$to"
    ) 9>"$to.lock"
}

# listens PORT: true if somebody listens on that port of loopback.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port on loopback that nobody listens on, below those that the system gives to clients.
free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        # Nor is it one that this server is about to take.
        grep -qsx "$port" "$dir"/*.port && continue
        listens "$port" || break
    done
    echo "$port"
}

# port NAME [GIVEN]: the port of that name; given, kept from the last start, or free.
port() {
    local file=$dir/$1.port
    [ -z "${2:-}" ] || echo "$2" >"$file"
    [ -s "$file" ] || free_port >"$file"
    cat "$file"
}

# Forgets ports of the last start that somebody else has taken since.
forget_taken() {
    local file
    for file in "$dir"/*.port; do
        if [ -s "$file" ] && listens "$(cat "$file")"; then rm "$file"; fi
    done
}

# certify: a certificate of the server's own for loopback, tls.pem with its key and ca.pem without: it signs
# itself, so that it is also whom clients trust.
certify() {
    [ ! -s "$dir/ca.pem" ] || return 0
    need openssl openssl
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
        -keyout "$dir/tls.pem" -out "$dir/ca.part" 2>"$dir/openssl.log" ||
        { cat "$dir/openssl.log" >&2; die "no certificate"; }
    cat "$dir/ca.part" >>"$dir/tls.pem"
    known
    # The broker's own user reads it.
    chmod 644 "$dir/tls.pem"
    mv "$dir/ca.part" "$dir/ca.pem"
}

# known: an authority of callers, callers.pem, and a caller whom it has signed, caller.pem with the key.
known() {
    local request=(openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    {
        "${request[@]}" -x509 -days 30 -subj /CN=callers -keyout "$dir/callers.key" -out "$dir/callers.pem"
        "${request[@]}" -subj /CN=shop -keyout "$dir/caller.key" -out "$dir/caller.csr"
        openssl x509 -req -days 30 -in "$dir/caller.csr" -out "$dir/caller.crt" \
            -CA "$dir/callers.pem" -CAkey "$dir/callers.key" -CAcreateserial \
            -extfile <(echo basicConstraints=CA:FALSE)
    } >"$dir/openssl.log" 2>&1 || { cat "$dir/openssl.log" >&2; die "no certificate"; }
    cat "$dir/caller.crt" "$dir/caller.key" >"$dir/caller.pem"
}

# When a process began, so that a number that was given to another process is not taken for it.
# Nothing for a process that has ended, though nobody may have asked how.
began() { TZ=UTC LC_ALL=C ps -o stat= -o lstart= -p "$1" 2>/dev/null | sed -n 's/^[^Z][^ ]* *//p'; }

# run NAME COMMAND...: in the background, in a process group of its own, with a log; the log of the run
# before it is kept.
run() {
    local process=$1
    shift
    [ ! -e "$dir/$process.log" ] || mv "$dir/$process.log" "$dir/$process.log.1"
    setsid "$@" >"$dir/$process.log" 2>&1 </dev/null 8>&- &
    echo "$! $(began $!)" >"$dir/$process.pid"
}

# alive NAME: true if what was run under that name still runs.
alive() {
    local pid rest
    read -r pid rest 2>/dev/null <"$dir/$1.pid" || return 1
    [ -n "$rest" ] && [ "$(began "$pid")" = "$rest" ]
}

# tell PROCESS TEXT: what its log says went wrong, and its end: a server that gives up on a taken port
# says so long before the last lines of its shutdown.
tell() {
    grep -a -E -A 2 'ERROR|FATAL|Exception|in use' "$dir/$1.log" | tail -n 40 >&2 || true
    tail -n 30 "$dir/$1.log" >&2
    say "$2"
}

# ready PROCESS COMMAND...: waits until the command succeeds, as long as the process lives.
ready() {
    local process=$1 end=$((SECONDS + deadline))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! alive "$process"; then
            tell "$process" "ended before it was healthy"
            return 1
        elif [ "$SECONDS" -ge "$end" ]; then
            tell "$process" "not healthy after $deadline s"
            return 1
        fi
        sleep 0.2
    done
}

# get PORT PATH: the answer to a GET on loopback.
get() {
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET %s HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n' "$2" >&3
    timeout 5 cat <&3
}

# end NAME: ends what was run under that name and everything it has started.
end() {
    local pid rest tries
    if alive "$1"; then
        read -r pid rest <"$dir/$1.pid"
        kill -TERM -- "-$pid" 2>/dev/null || true
        for ((tries = 0; tries < 50; tries++)); do
            alive "$1" || break
            sleep 0.2
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$dir/$1.pid"
}

end_all() {
    local file
    for file in "$dir"/*.pid; do
        [ ! -e "$file" ] || end "$(basename "$file" .pid)"
    done
}

usage() {
    cat >&2 <<EOF
usage: servers/$name.sh start [PORT] | stop | restart | urls

start    installs what is missing into $cache, starts on loopback (on a free
         port unless one is given), waits until it is healthy and prints what
         clients need, one NAME=value a line: export \$(servers/$name.sh start)
stop     ends it and removes its data
restart  ends it and starts it again with the same ports and data
urls     prints what start printed

SERVERS_STATE     where its data is; one folder per checkout unless set
SERVERS_DEADLINE  seconds until it must be healthy; 120 unless set
EOF
    exit 2
}

main() {
    dir=$state/$name
    case ${1:-} in
    start | restart | stop)
        mkdir -p "$state"
        exec 8>"$state/$name.lock"
        flock 8
        ;;
    esac
    case ${1:-} in
    start)
        if ! alive "$name"; then
            install
            mkdir -p "$dir"
            # What an ended server has left running has its ports.
            end_all
            forget_taken
            launch "${2:-}" || { end_all; exit 1; }
            urls >"$dir/urls"
        fi
        cat "$dir/urls"
        ;;
    restart)
        [ -d "$dir" ] || die "was not started"
        end_all
        launch || { end_all; exit 1; }
        cat "$dir/urls"
        ;;
    stop)
        end_all
        rm -rf "$dir" "$state/$name.lock"
        rmdir "$state" 2>/dev/null || true
        ;;
    urls)
        alive "$name" || die "does not run"
        cat "$dir/urls"
        ;;
    *) usage ;;
    esac
}
