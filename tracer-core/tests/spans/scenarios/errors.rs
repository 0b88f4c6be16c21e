//! Error reporting: at once, from a callback, with retries, and passed through layers.

use tracer_core::testing::{MockTracer, MockValue};
use tracer_core::{SpanRef, Tag, TracerExt};

use crate::support::{Worker, assert_tree, named};

#[test]
fn a_simple_error() {
    let tracer = MockTracer::new();
    tracer.span("one").in_scope(|span| {
        if let Err(error) = "x".parse::<u8>() {
            span.set_error(&error);
        }
    });
    assert_tree(
        &tracer,
        &["one !ParseIntError: invalid digit found in string"],
    );
}

#[test]
fn an_error_in_a_callback() {
    let tracer = MockTracer::new();
    let worker = Worker::new();
    let span = tracer.span("one").start();
    worker.run(move || {
        let _guard = span.enter();
        SpanRef::current().set_tag("error", true);
        span.finish();
    });
    worker.join();
    assert_tree(&tracer, &["one !error"]);
}

#[test]
fn every_retry_is_logged_and_only_the_last_failure_marks_the_span() {
    const MAX_RETRIES: i64 = 3;
    let tracer = MockTracer::new();
    let failing = |attempts_that_fail: i64| {
        tracer.span("call").in_scope(|span| {
            for attempt in 1..=MAX_RETRIES {
                if attempt > attempts_that_fail {
                    return;
                }
                span.log(&[Tag::new("event", "error"), Tag::new("attempt", attempt)]);
            }
            span.set_tag("error", true);
        });
        let call = named(&tracer, "call");
        tracer.reset();
        call
    };

    let gave_up = failing(MAX_RETRIES);
    assert!(gave_up.error.is_some());
    let attempts: Vec<_> = gave_up
        .logs
        .iter()
        .map(|log| log.fields.last().unwrap().1.clone())
        .collect();
    assert_eq!(attempts, [1, 2, 3].map(MockValue::I64));
    assert!(gave_up.logs.windows(2).all(|pair| pair[0].at <= pair[1].at));

    let recovered = failing(1);
    assert_eq!(recovered.error, None);
    assert_eq!(recovered.logs.len(), 1);
    assert_tree(&tracer, &[]);
}

#[test]
fn a_layer_marks_its_span_for_an_error_that_passes_through() {
    let tracer = MockTracer::new();
    let layer = |work: &dyn Fn() -> Result<(), std::fmt::Error>| {
        tracer
            .span("layer")
            .in_scope(|span| work().inspect_err(|error| span.set_error(error)))
    };
    let result = layer(&|| {
        tracer.span("work").start().finish();
        Err(std::fmt::Error)
    });
    assert!(result.is_err());
    let message = std::fmt::Error.to_string();
    assert_tree(&tracer, &[&format!("layer !Error: {message}"), "  work"]);
}
