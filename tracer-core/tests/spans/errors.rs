//! What errors say: no secrets, and nothing that harms.

use std::sync::Arc;
use std::{fmt, io};

use tracer_core::testing::MockTracer;
use tracer_core::{Error, InFlight, TracerExt, Value};

use crate::fields::both_ways;

#[test]
fn an_errors_urls_keep_no_secrets() {
    let tracer = MockTracer::new();
    let span = tracer.span("query").start();
    let error =
        "no such database: postgres://ada:hidden@db/shop?password=hidden (retry)".to_owned();
    span.set_error(&error);
    span.finish();
    let error = tracer.finished().remove(0).error.unwrap();
    assert_eq!(error.kind, "String");
    let message = error.message.unwrap();
    assert_eq!(message, "no such database: postgres://db/shop (retry)");
}

/// As a handler has it at hand: a value, a text, a box, or what a box holds.
#[test]
fn every_error_can_be_set_and_its_kind_is_that_of_no_pointer() {
    fn kind_of<E: fmt::Display + ?Sized>(error: &E) -> String {
        let tracer = MockTracer::new();
        tracer.span("job").in_scope(|span| span.set_error(error));
        let error = tracer.finished().remove(0).error.unwrap();
        assert_eq!(error.message.as_deref(), Some("refused"));
        error.kind
    }
    let refused = || io::Error::other("refused");
    let any: &(dyn std::error::Error + 'static) = &refused();
    let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(refused());
    let kinds = [
        kind_of(&refused()),
        kind_of(&&refused()),
        kind_of(any),
        kind_of(&any),
        kind_of(&boxed),
        kind_of(&*boxed),
        kind_of(&Box::new(refused())),
        kind_of(&Arc::new(refused())),
    ];
    assert_eq!(kinds, ["Error"; 8]);
    assert_eq!(kind_of("refused"), "str");
    assert_eq!(kind_of(&"refused"), "str");
}

#[test]
fn nor_do_the_messages_of_tags_and_panics() {
    let secret = "no such database: postgres://ada:hidden@db/shop?password=hidden".to_owned();
    let [built, set] = both_ways(&[("error", Value::from(&*secret))]);
    let [_, printed] = both_ways(&[("error", Value::Display(&secret))]);
    let tracer = MockTracer::new();
    let mut work = InFlight::new(tracer.span("work").start());
    work.panicked(&secret.clone());
    let panicked = tracer.finished().remove(0);
    for span in [built, set, printed, panicked] {
        let message = span.error.and_then(|error| error.message);
        assert_eq!(
            message.as_deref(),
            Some("no such database: postgres://db/shop"),
            "{}",
            span.name
        );
    }
}

/// Prints itself badly: panics, fails, or never comes to an end.
#[derive(Clone, Copy)]
struct Bad(&'static str);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        match self.0 {
            "panics" => panic!("as it was told"),
            "fails" => Err(fmt::Error),
            _ => loop {
                f.write_str("ö")?;
            },
        }
    }
}

#[test]
fn an_error_that_cannot_be_printed_harms_nobody() {
    for (how, says, bytes) in [
        ("panics", None, 0),
        ("fails", Some("half"), 4),
        ("endless", Some("halföö"), 65_536),
    ] {
        let tracer = MockTracer::new();
        tracer.span("set").in_scope(|span| {
            span.set_error(&Bad(how));
        });
        tracer
            .span("tag")
            .in_scope(|span| span.set_tag("error", Value::Display(&Bad(how))));
        tracer.span("both").in_scope(|span| {
            span.set_tag("value", Value::Display(&Bad(how)));
            span.set_error_as(Error::new("Bad", &Bad(how)));
        });
        let kinds = ["Bad", "error", "Bad"];
        for (span, kind) in tracer.finished().into_iter().zip(kinds) {
            let value = span.tag("value").filter(|value| !value.is_empty());
            assert!(value.is_none_or(|value| value.starts_with(says.unwrap())));
            let error = span.error.expect("marked as failed");
            assert_eq!(error.kind, kind);
            let message = error.message.as_deref();
            assert_eq!(message.map_or(0, str::len), bytes, "{how}");
            assert_eq!(
                message.map(|text| text.starts_with(says.unwrap())),
                says.map(|_| true)
            );
        }
    }
}
