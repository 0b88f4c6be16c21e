//! Both middlewares on real sockets, and between applications of one process.

mod client;
mod connectors;
mod ends;
mod names;
mod support;
mod within;
