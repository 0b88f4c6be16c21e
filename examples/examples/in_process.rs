//! Spans round work inside a service: children, tags, logs, errors, baggage.
//!
//! `cargo run -p tracer-examples --example in_process`

use std::num::ParseIntError;

use tracer_core::current::{FutureExt, set_baggage};
use tracer_core::{SpanRef, Tag, Tracer, TracerExt};
use tracer_examples::single::{self, Failed};

/// Synchronous work: the span is current inside the closure and ends with it.
fn parse(tracer: &dyn Tracer, text: &str) -> Result<u32, ParseIntError> {
    tracer.span("parse").in_scope(|span| {
        span.set_tag("length", text.len());
        text.parse().inspect_err(|error| span.set_error(error))
    })
}

/// Asynchronous work: the span ends when the future is done, or is marked cancelled.
async fn load(tracer: &dyn Tracer, id: u32) -> String {
    let work = async {
        SpanRef::current().log(&[Tag::new("event", "cache miss"), Tag::new("id", id)]);
        tokio::task::yield_now().await;
        format!(
            "user {id} of {}",
            SpanRef::current().baggage("tenant").unwrap_or("nobody")
        )
    };
    work.in_span(tracer.span("load").start()).await
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("in-process")?;
    let tracer = backend.tracer();
    let job = async {
        set_baggage("tenant", "blue")?;
        for text in ["7", "seven"] {
            match parse(&*tracer, text) {
                Ok(id) => println!("{}", load(&*tracer, id).await),
                Err(error) => println!("{text}: {error}"),
            }
        }
        Ok::<(), Failed>(())
    };
    job.in_span(tracer.span("job").start()).await?;
    single::close(backend).await
}
