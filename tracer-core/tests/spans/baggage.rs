//! Baggage of the current slot.

use std::pin::pin;

use tracer_core::current::{self, FutureExt};
use tracer_core::testing::MockTracer;
use tracer_core::{Baggage, InFlight, Kind, NoopTracer, Sampling, SpanRef, Tracer, TracerExt};

use crate::support::{Worker, assert_nothing_current, assert_tree, poll_once, yield_now};

fn injected(tracer: &MockTracer, span: &SpanRef) -> String {
    let mut headers = Vec::<(String, String)>::new();
    tracer.inject(span, &mut headers);
    headers.retain(|(name, _)| name.starts_with("mock-baggage-"));
    headers.iter().map(|(k, v)| format!("{k}={v};")).collect()
}

#[test]
fn what_is_set_lasts_for_the_rest_of_the_future_sampled_or_not() {
    for sampling in [Sampling::Record, Sampling::Drop, Sampling::Defer] {
        let tracer = MockTracer::new().sampling(sampling);
        let request = tracer.span("request").kind(Kind::Server).start();
        let earlier = request.handle();
        let work = async {
            let child_before = tracer.span("before").start();
            current::set_baggage("user", "7").unwrap();
            yield_now().await;
            assert_eq!(SpanRef::current().baggage("user"), Some("7"));
            current::set_baggage("tenant", "blue").unwrap();
            yield_now().await;
            let child = tracer.span("after").kind(Kind::Client).start();
            let seen = "mock-baggage-user=7;mock-baggage-tenant=blue;";
            assert_eq!(injected(&tracer, &child), seen);
            assert_eq!(injected(&tracer, &SpanRef::current()), seen);
            assert_eq!(child_before.baggage("user"), None);
            current::remove_baggage("user");
            yield_now().await;
            assert_eq!(SpanRef::current().baggage("user"), None);
            assert_eq!(SpanRef::current().baggage("tenant"), Some("blue"));
        };
        let mut future = pin!(work.in_span(request));
        while poll_once(future.as_mut()).is_pending() {
            assert_nothing_current();
            current::remove_baggage("user");
        }
        assert_nothing_current();
        assert_eq!(earlier.baggage("tenant"), None, "a clone made earlier");
    }
}

#[test]
fn the_items_of_a_child_are_not_seen_by_its_parent_or_siblings() {
    for sampling in [Sampling::Record, Sampling::Drop] {
        let tracer = MockTracer::new().sampling(sampling);
        let parent = tracer.span("parent").start().into_scope();
        current::set_baggage("of", "parent").unwrap();
        {
            let _child = tracer.span("child").start().into_scope();
            assert_eq!(SpanRef::current().baggage("of"), Some("parent"));
            current::set_baggage("of", "child").unwrap();
            current::set_baggage("only", "child").unwrap();
            let grandchild = tracer.span("grandchild").start();
            assert_eq!(grandchild.baggage("of"), Some("child"));
        }
        let sibling = tracer.span("sibling").start();
        for span in [&SpanRef::current(), &*sibling] {
            assert_eq!(span.baggage("of"), Some("parent"));
            assert_eq!(span.baggage("only"), None);
        }
        drop(parent);
        assert_nothing_current();
    }
}

#[test]
fn contexts_cloned_earlier_do_not_change() {
    let tracer = MockTracer::new();
    let span = tracer.span("request").start();
    let context = span.to_context().unwrap();
    let with = span.with_baggage("a", "1").unwrap();
    let more = with.with_baggage("a", "2").unwrap();
    assert_eq!(context.baggage("a"), None);
    assert_eq!(span.baggage("a"), None);
    assert_eq!(with.baggage("a"), Some("1"));
    assert_eq!(more.to_context().unwrap().baggage("a"), Some("2"));
    span.abandon();
}

#[test]
fn only_tokens_are_keys() {
    let tracer = MockTracer::new();
    let span = tracer.span("request").start();
    let _guard = span.enter();
    for key in ["", "a b", "a=b", "ä", "a\r\nx: y"] {
        assert!(current::set_baggage(key, "x").is_err(), "{key:?}");
        assert!(span.with_baggage(key, "x").is_err(), "{key:?}");
    }
    assert_eq!(SpanRef::current().extra(), None);
}

/// They are sent as they are.
#[test]
fn only_what_can_be_sent_are_properties() {
    let mut baggage = Baggage::new();
    for bad in ["p=é", "a,evil=1", "x\r\nhost: y", "\t"] {
        let set = baggage.set_with_properties("k", "v", Some(bad));
        assert!(set.is_err(), "{bad:?}");
    }
    assert!(baggage.is_empty());
    for good in ["", "p", "p=1;q = \"x\""] {
        baggage.set_with_properties("k", "v", Some(good)).unwrap();
    }
}

#[test]
fn a_request_without_a_span_still_carries_what_is_set() {
    let mut flight = InFlight::new(NoopTracer.span("request").start());
    {
        let _scope = flight.enter();
        current::set_baggage("user", "7").unwrap();
    }
    assert_nothing_current();
    let _scope = flight.enter();
    assert_eq!(SpanRef::current().baggage("user"), Some("7"));
    // A trace that starts below takes it along.
    let tracer = MockTracer::new();
    let root = tracer.span("root").start();
    assert_eq!(root.baggage("user"), Some("7"));
    assert_eq!(root.context().and_then(|root| root.parent_id()), None);
}

#[test]
fn set_where_nothing_is_current_it_does_not_stay_on_the_thread() {
    let worker = Worker::new();
    worker.run(|| {
        current::set_baggage("leak", "1").unwrap();
        assert_nothing_current();
    });
    worker.run(|| {
        let root = MockTracer::new().span("unrelated").start();
        assert_eq!(root.baggage("leak"), None);
    });
    worker.join();
}

#[test]
fn a_tracer_that_does_nothing_keeps_what_is_current() {
    let tracer = MockTracer::new();
    let mut job = InFlight::new(tracer.span("job").start());
    let mut switched_off = InFlight::new(NoopTracer.span("job").start());
    for (traced, work) in [(true, &mut job), (false, &mut switched_off)] {
        let _scope = work.enter();
        current::set_baggage("tenant", "blue").unwrap();
        NoopTracer.span("load").in_scope(|load| {
            assert!(!load.is_recording());
            assert_eq!(SpanRef::current().baggage("tenant"), Some("blue"));
            if traced {
                tracer.span("call").start().finish();
            }
        });
    }
    let context = job.span().to_context().unwrap();
    for span in [
        NoopTracer.span("load").child_of(&context).start(),
        NoopTracer.span("load").follows_from(&context).start(),
    ] {
        assert_eq!(span.trace_id(), Some(context.trace_id()));
        assert!(!span.is_recording());
    }
    drop(job);
    assert_tree(&tracer, &["job [cancelled=true]", "  call"]);
}
