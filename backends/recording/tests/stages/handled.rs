use tracer_core::{Endpoint, Tag};
use tracer_recording::stages::{Handled, SpanEdit, Verdict};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{InMemoryReporter, OwnedSpan, Reporter};

use crate::names;

fn handled(
    handler: impl Fn(&mut SpanEdit<'_>) -> Verdict + Send + Sync + 'static,
) -> (Handled, InMemoryReporter) {
    let memory = InMemoryReporter::new();
    (Handled::new(memory.clone()).handler(handler), memory)
}

fn edited(edit: impl Fn(&mut SpanEdit<'_>) + Send + Sync + 'static) -> OwnedSpan {
    let (reporter, memory) = handled(move |span| {
        edit(span);
        Verdict::Report
    });
    let span = SpanBuilder::new("GET /users/7")
        .tag("user.email", "a@b.c")
        .tag("rows", 3)
        .log(
            5,
            &[Tag::new("event", "retry"), Tag::new("token", "s3cret")],
        )
        .log(6, &[Tag::new("event", "done")])
        .error("Refused", Some("token s3cret refused"));
    reporter.report(&span.view());
    memory.take().remove(0)
}

fn texts(fields: &[(String, tracer_recording::OwnedValue)]) -> Vec<String> {
    let text = |(key, value): &(String, _)| format!("{key}={value}");
    fields.iter().map(text).collect()
}

#[test]
fn a_span_can_be_renamed_and_retagged() {
    let span = edited(|span| {
        span.set_name("GET /users/{id}");
        span.remove_tag("user.email");
        span.set_tag("rows", 4);
        span.set_tag("team", "blue");
        span.set_remote(Endpoint {
            service: Some("db"),
            ..Endpoint::default()
        });
    });
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(texts(&span.tags), ["rows=4", "team=blue"]);
    assert_eq!(span.remote.service.as_deref(), Some("db"));
    let span = edited(|span| span.retain_tags(|key| key == "rows"));
    assert_eq!(texts(&span.tags), ["rows=3"]);
}

#[test]
fn every_text_can_be_redacted() {
    let span = edited(|span| {
        span.redact(|key, text| {
            (key == "user.email")
                .then(|| "[email]".to_owned())
                .or_else(|| {
                    text.contains("s3cret")
                        .then(|| text.replace("s3cret", "***"))
                })
        });
    });
    assert_eq!(span.tag("user.email").as_deref(), Some("[email]"));
    assert_eq!(
        span.tag("rows").as_deref(),
        Some("3"),
        "numbers stay numbers"
    );
    assert_eq!(texts(&span.logs[0].1), ["event=retry", "token=***"]);
    assert_eq!((span.logs[0].0, span.logs[1].0), (5, 6));
    let refused = Some("token *** refused".to_owned());
    assert_eq!(span.error, Some(("Refused".into(), refused)));
}

#[test]
fn errors_and_events_can_be_taken_away() {
    let span = edited(|span| {
        span.clear_error();
        span.clear_logs();
    });
    assert_eq!((span.error, span.logs.len()), (None, 0));
    let span = edited(|span| span.set_error("Mine", None));
    assert_eq!(span.error, Some(("Mine".into(), None)));
}

#[test]
fn a_handler_may_drop_a_span_and_later_ones_do_not_see_it() {
    let (reporter, memory) = handled(|span| match span.view().name {
        "health" => Verdict::Drop,
        _ => Verdict::Report,
    });
    let reporter = reporter.handler(|span| {
        assert_ne!(span.view().name, "health");
        span.set_name("seen");
        Verdict::Report
    });
    for name in ["health", "a"] {
        reporter.report(&SpanBuilder::new(name).view());
    }
    assert_eq!(names(&memory.take()), ["seen"]);
    assert_eq!((reporter.dropped(), reporter.failed()), (1, 0));
}

#[test]
fn a_span_whose_handler_panics_is_dropped_for_it_may_not_be_redacted() {
    let (reporter, memory) = handled(|span| {
        assert_ne!(span.view().name, "odd", "cannot handle this");
        Verdict::Report
    });
    for name in ["odd", "a"] {
        reporter.report(&SpanBuilder::new(name).view());
    }
    assert_eq!(names(&memory.take()), ["a"]);
    assert_eq!(reporter.failed(), 1);
}

#[test]
fn what_the_reporter_behind_it_says_goes_through() {
    let handled = |join| Handled::new(InMemoryReporter::new().join(join));
    assert!(handled(true).supports_join() && !handled(false).supports_join());
    assert!(!handled(true).wants_unsampled());
}
