#!/usr/bin/env bash
# A RabbitMQ broker with its user guest, whose password is guest. Prints RABBITMQ_URL, RABBITMQ_TLS_URL, where
# callers may show a certificate, RABBITMQ_CALLER with such a one and its key, who can sign in by that (mechanism
# EXTERNAL), and, whom to trust, RABBITMQ_CA.
# `rabbitmq.sh ctl ...` is its rabbitmqctl.
. "$(dirname "$0")/lib.sh"

name=rabbitmq
# Not the wrapper in the path, which insists on a user of its own.
server=/usr/lib/rabbitmq/bin/rabbitmq-server

install() { need "$server" rabbitmq-server; }

# What whatever belongs to the broker's node is run with, and its rabbitmqctl.
find_node() {
    node=(env HOME="$dir" LANG=C.UTF-8 ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$(port names)"
        RABBITMQ_NODENAME=tracer@localhost RABBITMQ_DIST_PORT="$(port distribution)"
        RABBITMQ_CONF_ENV_FILE=/dev/null)
    ctl=("${node[@]}" "$(dirname "$server")/rabbitmqctl")
}

healthy() { grep -q 'Server startup complete' "$dir/rabbitmq.log"; }

launch() {
    local amqp secure node ctl users
    amqp=$(port amqp "${1:-}")
    secure=$(port secure)
    certify
    find_node
    # Its own name server, or it would start one that outlives it.
    run names epmd -address 127.0.0.1 -port "$(port names)"
    # No configuration of this machine, no plugins but the one that makes certificates users.
    : >"$dir/plugins.conf"
    echo '[rabbitmq_auth_mechanism_ssl].' >"$dir/plugins"
    cat >"$dir/rabbitmq.conf" <<EOF
log.console = true
listeners.ssl.default = 127.0.0.1:$secure
ssl_options.certfile = $dir/tls.pem
ssl_options.keyfile = $dir/tls.pem
ssl_options.cacertfile = $dir/callers.pem
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
EOF
    run rabbitmq "${node[@]}" \
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$amqp" \
        RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$dir/data" \
        RABBITMQ_LOG_BASE="$dir/logs" RABBITMQ_FEATURE_FLAGS_FILE="$dir/feature_flags" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins" RABBITMQ_PID_FILE="$dir/erlang" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
        RUNNING_UNDER_SYSTEMD=1 "$server"
    ready rabbitmq healthy
    # Whom caller.pem names, unless an earlier start has left it. Nobody learns the password.
    users=$("${ctl[@]}" list_users --silent)
    [[ $users == *shop* ]] || "${ctl[@]}" add_user shop "$(openssl rand -hex 16)" >/dev/null
    "${ctl[@]}" set_permissions shop '.*' '.*' '.*' >/dev/null
}

urls() {
    echo "RABBITMQ_URL=amqp://guest:guest@127.0.0.1:$(port amqp)"
    echo "RABBITMQ_TLS_URL=amqps://guest:guest@127.0.0.1:$(port secure)"
    echo "RABBITMQ_CALLER=$dir/caller.pem"
    echo "RABBITMQ_CA=$dir/ca.pem"
}

if [ "${1:-}" = ctl ]; then
    dir=$state/$name
    alive "$name" || die "does not run"
    find_node
    exec "${ctl[@]}" "${@:2}"
fi
main "$@"
