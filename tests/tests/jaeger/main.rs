//! Spans in a real Jaeger 2 server, seen through its own query API. Run by
//! `servers/with.sh jaeger -- cargo test -p tracer-tests --features real-servers --test jaeger`.

mod dependencies;
mod fields;
mod sampling;
mod server;
mod services;
mod transports;
