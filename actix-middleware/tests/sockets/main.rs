//! Both middlewares on real sockets.

mod client;
mod connectors;
mod ends;
mod names;
mod support;
