//! What is tonic's own, on real sockets. Where the rows of gRPC's table (semantics of the server and
//! the client) are tested: in the conformance kit for gRPC (`tests/src/kit/rpc`), which these layers
//! pass with others, and here
//!
//! | row | tests |
//! |---|---|
//! | error? | `layers::a_status_that_an_inner_layer_returns_as_its_error_counts` |
//! | deadline: the timers of endpoint and server | `deadlines` |
//! | `Err` from the channel | `deadlines::the_timeout_of_the_endpoint_is_an_error_of_the_channel`, `channels::a_server_that_cannot_be_reached_is_unavailable`, `channels::a_connection_that_breaks_is_unknown`, `layers::an_error_of_another_layer_keeps_its_name` |
//! | messages of requests | `messages`, and the one box in `allocations` |
//! | not gRPC: gRPC-web | `web` |
//! | metadata | `metadata::the_interceptor_replaces_what_stands_there` |
//! | load balancing, lazy connect, TLS | `channels`; TLS of the application's own: `own_tls` |

mod channels;
mod deadlines;
mod edges;
mod layers;
mod messages;
mod metadata;
#[cfg(feature = "tls")]
mod own_tls;
mod service;
mod settings;
mod support;
mod web;
