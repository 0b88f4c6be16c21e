//! Zipkin's proto3, read back by another library, which must encode it to the same bytes.

mod fields;
mod list;
mod messages;
