//! What the recording tracer promises: identities, decisions, time, limits, life.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracer_core::{
    End, Error, Extracted, Kind, Parent, Sampling, SpanContext, SpanId, SpanRef, SpanStart, Tag,
    TraceId, Tracer, TracerExt,
};
use tracer_recording::{
    Builder, FinishedSpan, ManualClock, OwnedSpan, RecordingTracer, Reporter, Sampler,
    SamplingQuestion,
};

#[derive(Clone, Default)]
struct Kept {
    spans: Arc<Mutex<Vec<OwnedSpan>>>,
    joins: bool,
}

impl Kept {
    fn take(&self) -> Vec<OwnedSpan> {
        std::mem::take(&mut self.spans.lock().unwrap())
    }
}

impl Reporter for Kept {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.spans.lock().unwrap().push(span.to_owned());
    }

    fn supports_join(&self) -> bool {
        self.joins
    }
}

struct Never;

impl Sampler for Never {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        false
    }
}

fn builder() -> (Builder, Kept) {
    let kept = Kept {
        joins: true,
        ..Kept::default()
    };
    (RecordingTracer::builder("shop", kept.clone()), kept)
}

fn caller(sampling: Sampling) -> SpanContext {
    let trace = TraceId::new(0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124).unwrap();
    let context = SpanContext::new(trace, SpanId::new(2).unwrap(), sampling);
    context.with_parent(SpanId::new(1))
}

fn serve(extracted: &Extracted) -> SpanStart<'_> {
    SpanStart::new("GET".into())
        .kind(Kind::Server)
        .parent(Parent::Remote(extracted))
}

#[test]
fn a_joined_server_span_keeps_the_callers_ids_and_says_shared_only_if_the_caller_decided() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    for (sampling, shared) in [
        (Sampling::Record, true),
        (Sampling::Debug, true),
        (Sampling::Defer, false),
    ] {
        tracer
            .start_span(serve(&Extracted::context(caller(sampling), true)))
            .finish();
        let [span] = &kept.take()[..] else {
            panic!("one span")
        };
        assert_eq!(span.context.span_id().get(), 2);
        assert_eq!(span.parent_id(), SpanId::new(1));
        assert_eq!(span.shared, shared, "{sampling:?}");
    }
}

#[test]
fn without_join_or_from_another_format_the_server_span_is_a_child() {
    for (join, joinable) in [(false, true), (true, false)] {
        let (builder, kept) = builder();
        let tracer = builder.join(join).build();
        tracer
            .start_span(serve(&Extracted::context(
                caller(Sampling::Record),
                joinable,
            )))
            .finish();
        let [span] = &kept.take()[..] else {
            panic!("one span")
        };
        assert_eq!(span.parent_id(), SpanId::new(2));
        assert_ne!(span.context.span_id().get(), 2);
        assert!(!span.shared && span.remote_parent);
    }
}

#[test]
fn the_callers_decision_wins_over_opinion_and_sampler_and_the_application_over_all() {
    let (builder, kept) = builder();
    let tracer = builder.sampler(Never).build();
    let decided = |caller_says, opinion, priority| {
        let extracted = Extracted::context(caller(caller_says), false);
        let mut start = serve(&extracted).opinion(opinion);
        start.priority = priority;
        let span = tracer.start_span(start);
        let sampling = span.sampling();
        span.finish();
        assert_eq!(kept.take().len(), usize::from(sampling.is_sampled()));
        sampling
    };
    use Sampling::{Debug, Defer, Drop, Record};
    assert_eq!(decided(Record, Some(Drop), None), Record);
    assert_eq!(decided(Drop, Some(Record), None), Drop);
    assert_eq!(decided(Debug, Some(Drop), None), Debug);
    assert_eq!(decided(Defer, Some(Record), None), Record);
    assert_eq!(decided(Defer, None, None), Drop);
    assert_eq!(decided(Drop, None, Some(Record)), Record);
}

#[test]
fn a_lone_decision_starts_a_new_trace_under_it() {
    let (builder, kept) = builder();
    let tracer = builder.sampler(Never).build();
    tracer
        .start_span(serve(&Extracted::decision(Sampling::Debug)))
        .finish();
    let [span] = &kept.take()[..] else {
        panic!("one span")
    };
    assert_eq!(
        (span.context.sampling(), span.parent_id()),
        (Sampling::Debug, None)
    );
    let span = tracer.start_span(serve(&Extracted::decision(Sampling::Drop)));
    assert!(span.context().is_some() && !span.is_recording());
}

#[test]
fn an_unsampled_client_span_has_an_id_of_its_own_below_the_current_span() {
    let tracer = builder().0.sampler(Never).build();
    let server = tracer.start_span(serve(&Extracted::absent()));
    let client = tracer
        .span("call")
        .kind(Kind::Client)
        .child_of(&server)
        .start();
    assert_eq!(client.trace_id(), server.trace_id());
    assert_ne!(client.span_id(), server.span_id());
    assert_eq!(client.context().unwrap().parent_id(), server.span_id());
    assert_eq!(client.sampling(), Sampling::Drop);
    let local = tracer.span("work").child_of(&server).start();
    assert_eq!(local.span_id(), server.span_id());
}

#[test]
fn a_stepped_wall_clock_leaves_children_inside_their_local_root() {
    let (builder, kept) = builder();
    let hour = 3_600_000_000_000;
    let clock = ManualClock::at(10 * hour);
    let tracer = builder.clock(clock.clone()).build();
    let root = tracer.span("root").root().start();
    clock.advance(Duration::from_millis(1));
    clock.set_wall(5 * hour);
    let child = tracer.span("child").child_of(&root).start();
    clock.advance(Duration::from_millis(2));
    child.finish();
    clock.advance(Duration::from_millis(3));
    root.finish();
    let [child, root] = &kept.take()[..] else {
        panic!("two spans")
    };
    assert_eq!((root.start, root.duration), (10 * hour, 6_000_000));
    assert_eq!(
        (child.start, child.duration),
        (10 * hour + 1_000_000, 2_000_000)
    );
}

#[test]
fn told_times_never_give_a_negative_duration_or_a_child_before_its_local_root() {
    let (builder, kept) = builder();
    let clock = ManualClock::at(1_000_000_000);
    let tracer = builder.clock(clock).build();
    let at = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
    let root = tracer.span("root").root().start_time(at(500)).start();
    let child = tracer
        .span("child")
        .child_of(&root)
        .start_time(at(400))
        .start();
    child.finish_at(at(300));
    root.finish_at(at(700));
    let [child, root] = &kept.take()[..] else {
        panic!("two spans")
    };
    assert_eq!((root.start, root.duration), (500, 200));
    assert_eq!((child.start, child.duration), (500, 0));
}

#[test]
fn a_late_holder_is_inert_and_its_recorder_is_not_used_again() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    let first = tracer.span("first").root().start();
    let late = first.handle();
    first.finish();
    let second = tracer.span("second").root().start();
    late.set_tag("late", true);
    late.set_name("late");
    assert_ne!(late.span_id(), second.span_id());
    let child = tracer.span("late child").child_of(&late).start();
    child.finish();
    second.finish();
    let spans = kept.take();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["first", "late child", "second"]);
    assert!(spans.iter().all(|span| span.tags.is_empty()));
    assert_eq!(spans[1].parent_id(), late.span_id());
}

#[test]
fn nothing_of_a_span_is_left_in_the_next_one_that_uses_its_recorder() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    let span = tracer.span("first").root().tag("a", 1).start();
    span.set_error_as(Error::kind("boom"));
    span.set_tag("peer.service", "db");
    span.log(&[Tag::new("event", "x")]);
    span.finish();
    tracer.span("second").root().start().finish();
    let [_, second] = &kept.take()[..] else {
        panic!("two spans")
    };
    assert!(second.tags.is_empty() && second.logs.is_empty() && second.error.is_none());
    assert_eq!(second.remote, Default::default());
}

#[test]
fn limits_count_what_is_left_out_but_never_the_layers_own_tags() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    let span = tracer.span("many").root().start();
    span.set_tag("http.request.header.x-id", 1);
    for n in 0..200 {
        span.set_tag(&format!("k{n}"), n);
        span.log(&[Tag::new("n", n)]);
    }
    span.set_tag("k7", "again");
    span.set_tag("http.status_code", 200);
    span.set_tag("http.response.header.x-id", 1);
    span.finish();
    let [span] = &kept.take()[..] else {
        panic!("one span")
    };
    assert_eq!(
        (span.tags.len(), span.logs.len(), span.left_out),
        (131, 128, 72 + 72)
    );
    assert_eq!(span.tag("k7").as_deref(), Some("again"));
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
}

#[test]
fn a_tag_set_without_end_keeps_its_last_value_and_costs_no_other_its_place() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    let span = tracer.span("loop").root().start();
    for n in 0..10_000 {
        span.set_tag("n", n);
    }
    span.set_tag("other", true);
    span.finish();
    let [span] = &kept.take()[..] else {
        panic!("one span")
    };
    assert_eq!(span.tag("n").as_deref(), Some("9999"));
    assert_eq!((span.tags.len(), span.left_out), (2, 0));
}

#[test]
fn a_value_may_use_the_span_that_it_is_printed_into() {
    struct Meddling(SpanRef);
    impl std::fmt::Display for Meddling {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set_tag("inner", 1);
            f.write_str("outer")
        }
    }
    let (builder, kept) = builder();
    let tracer = builder.build();
    let span = tracer.span("odd").root().start();
    let value = Meddling(span.handle());
    span.set_tags(&[Tag::new("value", &value as &dyn std::fmt::Display)]);
    span.set_error(&value);
    span.finish_with(End {
        error: Some(Error::of(&value)),
        ..End::default()
    });
    let [span] = &kept.take()[..] else {
        panic!("one span")
    };
    assert_eq!(span.tag("value").as_deref(), Some("outer"));
    assert_eq!(span.error, Some(("Meddling".into(), Some("outer".into()))));
}

#[test]
fn a_disabled_tracer_records_nothing_and_hands_on_what_came() {
    let (builder, kept) = builder();
    let tracer = builder.disabled(true).build();
    let span = tracer.start_span(serve(&Extracted::context(caller(Sampling::Record), true)));
    assert!(span.is_pass() && !span.is_recording());
    let call = tracer
        .span("call")
        .kind(Kind::Client)
        .child_of(&span)
        .start();
    assert_eq!(call.span_id(), SpanId::new(2));
    call.finish();
    span.finish();
    tracer.span("job").start().finish();
    assert!(kept.take().is_empty());
}

#[test]
fn times_are_those_of_the_clock_of_the_machine() {
    let (builder, kept) = builder();
    let tracer = builder.build();
    let before = SystemTime::now();
    tracer.span("now").root().start().finish();
    let after = SystemTime::now();
    let [span] = &kept.take()[..] else {
        panic!("one span")
    };
    let nanos = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(nanos(before) <= span.start && span.start <= nanos(after));
}
