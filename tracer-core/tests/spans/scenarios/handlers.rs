//! One handler shared by concurrent requests, a stateless one, and a listener per request.

use std::collections::HashMap;
use std::sync::Mutex;

use tracer_core::testing::MockTracer;
use tracer_core::{Kind, OpenSpan, SpanRef, TracerExt};

use crate::support::{Tasks, Worker, assert_nothing_current, assert_tree, yield_now};

/// Keeps the spans of the requests that are under way, by their number.
struct Handler {
    tracer: MockTracer,
    open: Mutex<HashMap<u32, OpenSpan>>,
}

impl Handler {
    fn before_request(&self, request: u32) {
        // A request's parent is its own; what happens to be current here is another's.
        let span = self.tracer.span("send").kind(Kind::Client).root().start();
        span.set_tag("request", request);
        self.open.lock().unwrap().insert(request, span);
    }

    fn after_response(&self, request: u32) {
        self.open.lock().unwrap().remove(&request).unwrap().finish();
    }
}

#[test]
fn a_handler_shared_by_concurrent_requests_leaks_no_parent() {
    let tracer = MockTracer::new();
    let handler = Handler {
        tracer: tracer.clone(),
        open: Mutex::default(),
    };
    let unrelated = tracer.span("unrelated").start();
    let scope = unrelated.enter();
    handler.before_request(1);
    handler.before_request(2);
    drop(scope);
    assert_nothing_current();
    handler.after_response(2);
    handler.after_response(1);
    unrelated.finish();
    assert_tree(
        &tracer,
        &[
            "unrelated",
            "CLIENT send [request=1]",
            "CLIENT send [request=2]",
        ],
    );
    let traces: std::collections::HashSet<_> =
        tracer.finished().iter().map(|s| s.trace_id()).collect();
    assert_eq!(traces.len(), 3);
}

#[test]
fn concurrent_requests_on_one_thread_see_only_their_own_span() {
    use tracer_core::current::FutureExt;

    let tracer = MockTracer::new();
    let mut tasks = Tasks::default();
    for request in 0..4 {
        let span = tracer.span("serve").tag("request", request).start();
        let (id, tracer) = (span.span_id(), tracer.clone());
        let serve = async move {
            for _ in 0..request {
                yield_now().await;
                assert_eq!(SpanRef::current().span_id(), id);
            }
            tracer.span("load").tag("of", request).start().finish();
        };
        tasks.spawn(serve.in_span(span));
    }
    tasks.run();
    assert_tree(
        &tracer,
        &[
            "serve [request=0]",
            "  load [of=0]",
            "serve [request=1]",
            "  load [of=1]",
            "serve [request=2]",
            "  load [of=2]",
            "serve [request=3]",
            "  load [of=3]",
        ],
    );
}

#[test]
fn a_stateless_handler_finds_its_span_in_the_context_that_it_is_given() {
    struct Stateless;

    impl Stateless {
        fn handle(&self, request: &SpanRef, tracer: &MockTracer) {
            assert_nothing_current();
            let work = tracer.span("work").child_of(request).start();
            work.scope(|| SpanRef::current().set_tag("handled", true));
            work.finish();
        }
    }

    static HANDLER: Stateless = Stateless;
    let tracer = MockTracer::new();
    let workers = [Worker::new(), Worker::new()];
    for (i, worker) in workers.iter().enumerate() {
        let tracer = tracer.clone();
        worker.run(move || {
            let request = tracer.span("request").tag("n", i).start();
            HANDLER.handle(&request, &tracer);
            request.finish();
        });
    }
    workers.into_iter().for_each(Worker::join);
    assert_tree(
        &tracer,
        &[
            "request [n=0]",
            "  work [handled=true]",
            "request [n=1]",
            "  work [handled=true]",
        ],
    );
}

#[test]
fn a_listener_per_request_finishes_its_own_span() {
    struct Listener(OpenSpan);

    impl Listener {
        fn on_response(self, answer: &str) {
            self.0.set_tag("answer", answer);
            self.0.finish();
        }
    }

    let tracer = MockTracer::new();
    let worker = Worker::new();
    let send = |message: &'static str| {
        let span = tracer.span(message).kind(Kind::Client).start();
        let listener = Listener(span);
        worker.submit(move || listener.on_response(message))
    };
    let (one, two) = (send("one"), send("two"));
    one.recv().unwrap();
    two.recv().unwrap();
    worker.join();
    assert_tree(
        &tracer,
        &["CLIENT one [answer=one]", "CLIENT two [answer=two]"],
    );
}
