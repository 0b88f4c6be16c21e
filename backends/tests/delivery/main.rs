//! Spans over a real socket.

mod server;
mod zipkin;
