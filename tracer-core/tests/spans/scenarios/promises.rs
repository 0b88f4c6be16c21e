//! A promise whose callbacks run later, elsewhere, in the span of whoever registered them.

use std::sync::{Arc, Mutex};

use tracer_core::current::bind;
use tracer_core::testing::MockTracer;
use tracer_core::{SpanRef, TracerExt};

use crate::support::{Worker, assert_nothing_current, assert_tree};

type Callback<T> = Box<dyn FnOnce(T) + Send>;

/// Resolved once, by anybody.
struct Promise<T> {
    then: Mutex<Vec<Callback<T>>>,
}

impl<T: Clone + Send + 'static> Promise<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            then: Mutex::default(),
        })
    }

    /// `f` runs with the span that is current now.
    fn then(&self, f: impl FnOnce(T) + Send + 'static) {
        let registrar = SpanRef::current();
        let callback: Callback<T> = Box::new(move |value| bind(&registrar, || f(value))());
        self.then.lock().unwrap().push(callback);
    }

    fn resolve(&self, value: &T) {
        let callbacks = std::mem::take(&mut *self.then.lock().unwrap());
        for callback in callbacks {
            callback(value.clone());
        }
    }
}

fn run(outcome: Result<u32, &'static str>) -> MockTracer {
    let tracer = MockTracer::new();
    let (worker, promise) = (Worker::new(), Promise::new());
    let request = tracer.span("request").start();
    request.scope(|| {
        let tracer = tracer.clone();
        promise.then(move |result: Result<u32, &'static str>| {
            let then = tracer.span(if result.is_ok() { "success" } else { "failure" });
            match result {
                Ok(value) => then.tag("value", value).start().finish(),
                Err(error) => {
                    SpanRef::current().set_error(&error);
                    then.start().finish();
                }
            }
        });
    });
    assert_nothing_current();
    let of_worker = tracer.clone();
    // Whoever resolves has a span of its own, which the callback must not see.
    worker.run(move || {
        of_worker
            .span("resolve")
            .in_scope(|_| promise.resolve(&outcome));
    });
    request.finish();
    worker.join();
    tracer
}

#[test]
fn a_resolved_promise_continues_in_the_span_that_waited_for_it() {
    assert_tree(&run(Ok(7)), &["request", "  success [value=7]", "resolve"]);
}

#[test]
fn a_rejected_promise_fails_the_span_that_waited_for_it() {
    assert_tree(
        &run(Err("no")),
        &["request !str: no", "  failure", "resolve"],
    );
}
