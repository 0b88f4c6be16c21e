//! Zipkin v2 JSON, byte for byte, and read back by another JSON library.

mod fields;
mod names;
mod support;
mod tags;
