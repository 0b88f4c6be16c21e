//! Spans inside a process: the OpenTracing scenarios, and each rule by itself.

mod baggage;
mod current;
mod errors;
mod fields;
mod futures;
mod global;
mod headers;
mod life;
mod parents;
mod sampling;
mod scenarios;
mod sizes;
mod support;
mod tree;
