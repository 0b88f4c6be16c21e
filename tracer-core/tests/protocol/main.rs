//! The rules of HTTP and gRPC, against a tracer that writes down what it is told.

mod asked;
mod client;
mod edges;
mod panics;
mod rpc_client;
mod rpc_methods;
mod rpc_server;
mod server_end;
mod server_start;
mod tape;
mod trust;
mod two_layers;
mod within;
