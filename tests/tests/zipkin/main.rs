//! Spans in a real Zipkin server, seen through its own query API. Run by
//! `servers/with.sh zipkin kafka rabbitmq -- cargo test -p tracer-tests --features real-servers`.

mod dependencies;
mod http;
mod kafka;
mod otel;
mod rabbitmq;
mod script;
mod server;
mod services;
mod spans;
mod tls;
mod transport;
