//! A sampler of your own: asked once for each new trace whose caller has not decided.
//!
//! `cargo run -p tracer-examples --example custom_sampler`

use std::sync::atomic::{AtomicU64, Ordering};

use tracer_core::TracerExt;
use tracer_recording::{InMemoryReporter, RecordingTracer, Sampler, SamplingQuestion};

/// Every payment, and one in ten of the rest. A decision must be quick: it runs on the request's
/// thread.
#[derive(Default)]
struct Payments {
    others: AtomicU64,
}

impl Sampler for Payments {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        question.name().to_string().contains("/pay")
            || self
                .others
                .fetch_add(1, Ordering::Relaxed)
                .is_multiple_of(10)
    }
}

fn main() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone())
        .sampler(Payments::default())
        .build();
    for _ in 0..20 {
        tracer.span("POST /pay").start().finish();
        tracer.span("GET /list").start().finish();
    }
    let kept = |name: &str| {
        spans
            .spans()
            .iter()
            .filter(|span| span.name == name)
            .count()
    };
    println!(
        "kept {} of 20 payments, {} of 20 lists",
        kept("POST /pay"),
        kept("GET /list")
    );
}
