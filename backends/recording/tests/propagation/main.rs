//! The rules of the trace headers, sentence by sentence.

mod b3;
mod support;
