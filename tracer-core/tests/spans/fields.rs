//! Tags, the tags that name a field, values, errors, logs, the other side.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use tracer_core::testing::{MockError, MockSpan, MockTracer, MockValue};
use tracer_core::{
    End, Error, Extracted, Kind, Sampling, SpanContext, SpanId, SpanRef, Tag, TraceId, TracerExt,
    Value,
};

/// What a span becomes when these are set on it after the start, and when they are set before.
pub(crate) fn both_ways<'a>(tags: &[(&'a str, Value<'a>)]) -> [MockSpan; 2] {
    let tracer = MockTracer::new();
    let mut builder = tracer.span("built");
    for (key, value) in tags {
        builder = builder.tag(key, *value);
    }
    builder.start().finish();
    tracer.span("set").in_scope(|span| {
        for (key, value) in tags {
            span.set_tag(key, *value);
        }
    });
    tracer.finished().try_into().unwrap()
}

fn error(kind: &str, message: Option<&str>) -> Option<MockError> {
    let tracer = MockTracer::new();
    tracer.span("x").in_scope(|span| {
        span.set_error_as(match &message {
            Some(message) => Error::new(kind, message),
            None => Error::kind(kind),
        });
    });
    tracer.finished().remove(0).error
}

#[test]
fn values_print_as_one_would_write_them() {
    let printed = |value: Value<'_>| value.to_string();
    assert_eq!(printed(1.5.into()), "1.5");
    assert_eq!(printed(true.into()), "true");
    assert_eq!(printed(42.into()), "42");
    assert_eq!(printed(u64::MAX.into()), "18446744073709552000");
    assert_eq!(printed((-7isize).into()), "-7");
    assert_eq!(printed(Duration::from_secs(2).as_millis().into()), "2000");
    assert_eq!(printed(i128::from(i64::MIN).into()), "-9223372036854775808");
    assert_eq!(printed("text".into()), "text");
    assert_eq!(printed((&Cow::Borrowed("text")).into()), "text");
    assert_eq!(printed(Value::Display(&format_args!("{:02}", 7))), "07");
}

#[test]
fn a_tag_set_twice_keeps_its_last_value_and_is_kept_once() {
    let tags = [("a", 1.into()), ("b", 2.into()), ("a", "last".into())];
    for span in both_ways(&tags) {
        let expected = [
            ("a".to_owned(), MockValue::Str("last".to_owned())),
            ("b".to_owned(), MockValue::I64(2)),
        ];
        assert_eq!(span.tags, expected);
    }
}

#[test]
fn more_tags_than_a_builder_holds_inline_are_kept_in_order() {
    let keys = ["a", "b", "c", "d", "e", "f"];
    let tags = keys.map(|key| (key, Value::from(1)));
    for span in both_ways(&tags) {
        let set: Vec<_> = span.tags.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(set, keys);
    }
}

#[test]
fn error_sets_the_error_and_is_never_a_tag() {
    for (value, expected) in [
        (true.into(), error("error", None)),
        ("true".into(), error("error", None)),
        (1.into(), error("error", None)),
        (false.into(), None),
        ("false".into(), None),
        (0.into(), None),
        ("".into(), error("error", None)),
        ("no route".into(), error("error", Some("no route"))),
        (
            Value::Display(&format_args!("code {}", 7)),
            error("error", Some("code 7")),
        ),
        (Value::Display(&false), None),
        (Value::Display(&true), error("error", None)),
        (Value::Display(&""), error("error", None)),
    ] {
        for span in both_ways(&[("error", value)]) {
            assert_eq!(span.error, expected, "{value}");
            assert_eq!(span.tag("error"), None, "{value}");
        }
    }
}

#[test]
fn error_false_takes_an_earlier_error_back() {
    for span in both_ways(&[("error", true.into()), ("error", false.into())]) {
        assert_eq!(span.error, None);
    }
}

#[test]
fn span_kind_sets_the_kind() {
    for (name, kind) in [
        ("server", Kind::Server),
        ("client", Kind::Client),
        ("producer", Kind::Producer),
        ("consumer", Kind::Consumer),
    ] {
        for span in both_ways(&[("span.kind", name.into())]) {
            assert_eq!((span.kind, span.tags.len()), (kind, 0));
        }
    }
}

#[test]
fn peer_tags_set_the_other_side() {
    let tags = [
        ("peer.service", "users".into()),
        ("peer.hostname", "users.example".into()),
        ("peer.ipv4", "192.0.2.1".into()),
        ("peer.port", 8080.into()),
    ];
    for span in both_ways(&tags) {
        assert_eq!(span.remote.service.as_deref(), Some("users"));
        assert_eq!(span.remote.host.as_deref(), Some("users.example"));
        assert_eq!(span.remote.ip, Some([192, 0, 2, 1].into()));
        assert_eq!(span.remote.port, Some(8080));
        assert!(span.tags.is_empty());
    }
    for (key, value, ip) in [
        ("peer.ipv4", Value::from(0xc000_0201_u32), "192.0.2.1"),
        ("peer.ipv6", "2001:db8::1".into(), "2001:db8::1"),
    ] {
        for span in both_ways(&[(key, value), ("peer.port", "80".into())]) {
            assert_eq!(span.remote.ip, ip.parse().ok());
            assert_eq!(span.remote.port, Some(80));
        }
    }
}

#[test]
fn a_value_that_does_not_fit_its_field_stays_a_tag() {
    for (key, value) in [
        ("peer.ipv4", "not an address"),
        ("peer.port", "http"),
        ("span.kind", "other"),
        ("sampling.priority", "high"),
    ] {
        for span in both_ways(&[(key, value.into())]) {
            assert_eq!(span.tag(key).as_deref(), Some(value));
            assert_eq!(span.remote, Default::default());
        }
    }
}

#[test]
fn sampling_priority_decides_for_this_span_and_what_starts_below() {
    for (value, sampling) in [
        (Value::from(1), Sampling::Record),
        (0.5.into(), Sampling::Record),
        ("0.5".into(), Sampling::Record),
        (true.into(), Sampling::Record),
        (0.into(), Sampling::Drop),
        (0.0.into(), Sampling::Drop),
        ("0".into(), Sampling::Drop),
    ] {
        let tracer = MockTracer::new();
        let built = tracer.span("x").tag("sampling.priority", value).start();
        let set = tracer.span("x").start();
        set.set_tag("sampling.priority", value);
        for span in [&built, &set] {
            assert_eq!(span.sampling(), sampling, "{value}");
            assert_eq!(
                tracer.span("below").child_of(span).start().sampling(),
                sampling
            );
            assert_eq!(span.to_context().unwrap().sampling(), sampling);
        }
        drop((built, set));
        let kept = if sampling.is_sampled() { 4 } else { 0 };
        assert_eq!(tracer.finished().len(), kept, "{value}");
    }
}

#[test]
fn a_debug_trace_stays_one_when_it_is_to_be_recorded() {
    let context = SpanContext::new(TraceId::random(true), SpanId::random(), Sampling::Debug);
    for (priority, sampling) in [(1, Sampling::Debug), (0, Sampling::Drop)] {
        let tracer = MockTracer::new();
        let caller = Extracted::context(context.clone(), true);
        let built = tracer.span("x").continues(&caller);
        let built = built.tag("sampling.priority", priority).start();
        let set = tracer.span("x").continues(&caller).start();
        let child = tracer.span("x").child_of(&set);
        let child = child.tag("sampling.priority", priority).start();
        let bare = SpanRef::from_context(context.clone());
        let below = tracer.span("x").child_of(&bare);
        let below = below.tag("sampling.priority", priority).start();
        set.set_tag("sampling.priority", priority);
        for span in [built, set, child, below] {
            assert_eq!(span.sampling(), sampling, "{priority}");
        }
    }
}

#[test]
fn many_tags_at_once_mean_no_fields() {
    let tracer = MockTracer::new();
    let mut span = tracer.span("x").start();
    span.set_tags(&[Tag::new("error", "as it is")]);
    span.set_tags_mut(&[("n", 1).into()]);
    let held = span.handle();
    span.set_tags_mut(&[("n", 2).into()]);
    drop(held);
    span.finish_with(End {
        tags: &[Tag::new("n", 3)],
        ..End::default()
    });
    assert_eq!(tracer.tree(), "x [error=as it is, n=3]\n");
}

#[test]
fn the_last_error_counts_and_is_the_types_name_with_its_text() {
    let tracer = MockTracer::new();
    let span = tracer.span("x").start();
    assert!(!span.has_error());
    span.set_error(&std::fmt::Error);
    span.set_error(&"x".parse::<u8>().unwrap_err());
    assert!(span.has_error());
    span.finish();
    let text = "invalid digit found in string";
    assert_eq!(
        tracer.finished()[0].error,
        error("ParseIntError", Some(text))
    );

    let span = tracer.span("y").start();
    span.set_error(&std::fmt::Error);
    span.finish_with(End {
        error: Some(Error::kind("503")),
        ..End::default()
    });
    assert_eq!(tracer.finished()[1].error, error("503", None));
}

#[test]
fn log_and_finish_take_a_time_of_their_own() {
    let tracer = MockTracer::new();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let span = tracer.span("x").start_time(at(10)).start();
    span.log_at(Some(at(11)), &[Tag::new("event", "half"), Tag::new("n", 1)]);
    span.log(&[Tag::new("event", "now")]);
    span.finish_at(at(12));
    let span = tracer.finished().remove(0);
    assert_eq!((span.start, span.end), (at(10), at(12)));
    assert_eq!(span.logs[0].at, at(11));
    assert_eq!(span.logs[0].fields[1], ("n".to_owned(), MockValue::I64(1)));
    assert!(span.logs[1].at > at(12));
}

#[test]
fn a_value_may_look_at_its_own_span_while_it_is_printed() {
    struct Nosy(SpanRef);

    impl std::fmt::Display for Nosy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set_tag("asked", true);
            self.0.set_name("renamed");
            write!(f, "{}", self.0.has_error())
        }
    }

    let tracer = MockTracer::new();
    let span = tracer.span("x").start();
    let nosy = Nosy(span.handle());
    span.set_tag("nosy", Value::Display(&nosy));
    span.set_error(&nosy);
    span.log(&[Tag::new("nosy", Value::Display(&nosy))]);
    span.finish_with(End {
        tags: &[Tag::new("end", Value::Display(&nosy))],
        ..End::default()
    });
    let span = tracer.finished().remove(0);
    assert_eq!(span.name, "renamed");
    assert_eq!(span.tag("end").as_deref(), Some("true"));
}
