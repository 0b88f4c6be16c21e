//! The layers on real sockets.

mod basics;
mod endings;
mod service;
mod support;
