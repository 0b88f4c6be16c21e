//! A span's life: one end, inert afterwards, times that make sense.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracer_core::testing::MockTracer;
use tracer_core::{End, Endpoint, Error, InFlight, Kind, Sampling, SpanRef, Tag, TracerExt};

use crate::support::{Worker, assert_nothing_current, assert_tree, named};

#[test]
fn dropping_the_owner_finishes_the_span() {
    let tracer = MockTracer::new();
    drop(tracer.span("dropped").start());
    tracer.span("finished").start().finish();
    assert_tree(&tracer, &["dropped", "finished"]);
}

#[test]
fn what_cleans_up_after_a_panic_has_not_panicked() {
    struct Transaction(MockTracer);
    impl Drop for Transaction {
        fn drop(&mut self) {
            self.0.span("rollback").in_scope(|_| {});
        }
    }
    let tracer = MockTracer::new();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _transaction = Transaction(tracer.clone());
        tracer.span("insert").in_scope(|_| panic!("no room"));
    }));
    assert!(caught.is_err());
    assert_tree(&tracer, &["insert !panic", "rollback"]);
}

#[test]
fn an_abandoned_span_is_not_reported_and_what_comes_later_is_ignored() {
    let tracer = MockTracer::new();
    let span = tracer.span("given up").start();
    let handle = span.handle();
    span.abandon();
    handle.set_tag("late", true);
    tracer.span("below").child_of(&handle).start().finish();
    drop(handle);
    assert_tree(&tracer, &["below"]);
}

#[test]
fn nothing_said_after_the_end_is_kept() {
    let tracer = MockTracer::new();
    let span = tracer.span("x").start();
    let handle = span.handle();
    span.finish();
    let before = tracer.finished();
    handle.set_tag("late", 1);
    handle.set_tags(&[Tag::new("late", 1)]);
    handle.set_name("late");
    handle.set_tag("span.kind", "server");
    handle.set_tag("sampling.priority", 0);
    handle.set_error(&std::fmt::Error);
    handle.log(&[Tag::new("event", "late")]);
    handle.set_remote(Endpoint {
        service: Some("late"),
        ..Endpoint::default()
    });
    assert_eq!(tracer.finished(), before);
    assert_eq!(handle.sampling(), Sampling::Record);
}

#[test]
fn a_second_end_does_nothing() {
    let tracer = MockTracer::new();
    let mut flight = InFlight::new(tracer.span("x").start());
    assert!(flight.is_open() && flight.is_recording());
    flight.end(End::default());
    assert!(!flight.is_open() && !flight.is_recording());
    flight.end(End {
        tags: &[Tag::new("second", true)],
        ..End::default()
    });
    flight.cancel(&[], Some(Error::kind("late")));
    flight.set_tags_mut(&[Tag::new("late", true)]);
    // What still runs below finds its trace.
    assert_eq!(flight.span().context(), Some(&tracer.finished()[0].context));
    {
        let _scope = flight.enter();
        tracer.span("below").start().finish();
    }
    drop(flight);
    assert_tree(&tracer, &["x", "  below"]);
}

#[test]
fn work_that_is_dropped_is_cancelled_and_work_that_panics_failed() {
    let tracer = MockTracer::new();
    drop(InFlight::new(tracer.span("dropped").start()));
    let mut flight = InFlight::new(tracer.span("cancelled").start());
    flight.cancel(&[Tag::new("code", 1)], Some(Error::kind("deadline")));
    drop(flight);
    let in_flight = InFlight::new(tracer.span("panicked").start());
    let open = tracer.span("owned").start();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _both = (in_flight, open);
        std::panic::resume_unwind(Box::new("boom"));
    }));
    assert!(caught.is_err());
    assert_tree(
        &tracer,
        &[
            "dropped [cancelled=true]",
            "cancelled [code=1, cancelled=true] !deadline",
            "panicked !panic",
            "owned !panic",
        ],
    );
}

#[test]
fn a_shared_owner_finishes_with_its_last_holder() {
    let tracer = MockTracer::new();
    let workers = [Worker::new(), Worker::new()];
    let span = Arc::new(tracer.span("shared").start());
    for (i, worker) in workers.iter().enumerate() {
        let span = Arc::clone(&span);
        worker.run(move || span.set_tag(if i == 0 { "first" } else { "second" }, true));
    }
    assert!(tracer.finished().is_empty());
    drop(span);
    workers.into_iter().for_each(Worker::join);
    assert_tree(&tracer, &["shared [first=true, second=true]"]);
}

#[test]
fn no_duration_is_negative_and_no_child_starts_before_its_local_root() {
    let tracer = MockTracer::new();
    let long_ago = SystemTime::UNIX_EPOCH;
    let far = SystemTime::now() + Duration::from_secs(3600);

    let root = tracer.span("root").start();
    let child = tracer.span("child").child_of(&root).start_time(long_ago);
    let child = child.start();
    let grandchild = tracer.span("grandchild").child_of(&child);
    grandchild
        .start_time(long_ago)
        .start()
        .finish_at(long_ago + Duration::from_secs(1));
    child.finish_at(long_ago);
    root.finish_at(long_ago);
    let future = tracer.span("future").start_time(far).start();
    tracer.span("below").child_of(&future).start().finish();
    future.finish();

    let root_start = named(&tracer, "root").start;
    for name in ["root", "child", "grandchild"] {
        let span = named(&tracer, name);
        assert!(span.start >= root_start, "{name} starts before its root");
        assert!(span.end >= span.start, "{name} has a negative duration");
    }
    let future = named(&tracer, "future");
    assert_eq!((future.start, future.end), (far, far));
    assert!(named(&tracer, "below").start >= far);
}

#[test]
fn a_handle_changes_name_kind_and_other_side() {
    let tracer = MockTracer::new();
    let span = tracer.span("x").start();
    assert!(!span.is_server_entry());
    assert_eq!(span.kind(), Some(Kind::Local));
    span.set_tag("span.kind", "server");
    assert_eq!(span.kind(), Some(Kind::Server));
    assert_eq!(SpanRef::none().kind(), None);
    assert!(span.is_server_entry());
    span.set_late_name("found out later");
    span.set_name(tracer_core::Name::Route {
        method: "GET",
        route: "/users/{id}",
    });
    for (service, port) in [(Some("users"), None), (None, Some(80))] {
        span.set_remote(Endpoint {
            service,
            port,
            ..Endpoint::default()
        });
    }
    span.finish();
    let span = named(&tracer, "GET /users/{id}");
    assert_eq!(span.kind, Kind::Server);
    assert_eq!(span.remote.service.as_deref(), Some("users"));
    assert_eq!(span.remote.port, Some(80));
}

#[test]
fn a_handle_that_is_nothing_takes_everything() {
    let none = SpanRef::none();
    none.set_tag("error", true);
    none.set_name("x");
    none.log(&[]);
    none.scope(assert_nothing_current);
    assert!(
        none.start_child(tracer_core::SpanStart::new("x".into()))
            .is_none()
    );
    assert_eq!((none.to_context(), none.trace_id()), (None, None));
    assert_eq!(none.sampling(), Sampling::Defer);
}
