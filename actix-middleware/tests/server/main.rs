//! The middleware on real sockets.

mod ends;
mod names;
mod support;
