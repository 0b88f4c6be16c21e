//! Both middlewares on real sockets.

mod client;
mod ends;
mod names;
mod support;
