//! `tokio::spawn`, `spawn_blocking` and threads inherit no span by themselves: carry it.
//!
//! `cargo run -p tracer-examples --example spawn`

use std::sync::Arc;

use tracer_core::current::{FutureExt, bind};
use tracer_core::{SpanRef, TracerExt};
use tracer_examples::single::{self, Failed};

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("spawn")?;
    let tracer = backend.tracer();
    let request = tracer.span("request").start();

    // A task: its spans are children of `request`, which it does not keep open.
    let there = Arc::clone(&tracer);
    let task = async move { there.span("audit").start().finish() };
    let task = tokio::spawn(task.in_span(&request));

    // A task that is a span itself, ended by the task.
    let mail = tracer.span("mail").child_of(&request).start();
    let mail = tokio::spawn(async { SpanRef::current().set_tag("to", "ops") }.in_span(mail));

    // Blocking work on another thread.
    let there = Arc::clone(&tracer);
    let hash = bind(&request.handle(), move || {
        there.span("hash").start().finish()
    });
    let hash = tokio::task::spawn_blocking(hash);

    task.await?;
    mail.await?;
    hash.await?;
    request.finish();
    single::close(backend).await
}
