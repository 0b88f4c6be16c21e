//! A backend of your own: one method that is lent each finished span.
//!
//! `cargo run -p tracer-examples --example custom_backend`

use tracer_core::{Kind, TracerExt};
use tracer_recording::{FinishedSpan, RecordingTracer, Reporter};

/// Prints a line for each span. It runs on the request's thread: what takes long (a file, a
/// network) implements `Exporter` instead and runs behind a `BatchReporter`.
struct Lines;

impl Reporter for Lines {
    fn report(&self, span: &FinishedSpan<'_>) {
        let millis = span.duration as f64 / 1e6;
        println!("{} {} took {millis:.1} ms", span.trace_id(), span.name);
        for tag in span.tags().iter() {
            println!("    {}={}", tag.key, tag.value);
        }
    }
}

fn main() {
    let tracer = RecordingTracer::builder("shop", Lines).build();
    let request = tracer
        .span("request")
        .kind(Kind::Server)
        .tag("http.method", "GET")
        .start();
    request.scope(|| tracer.span("load").in_scope(|span| span.set_tag("rows", 3)));
    request.finish();
}
