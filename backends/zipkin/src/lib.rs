//! Zipkin v2 model, encoder and senders for tracer-recording.

mod json;

pub use json::JsonEncoder;
