//! Zipkin v2 model, encoder and senders for tracer-recording.
