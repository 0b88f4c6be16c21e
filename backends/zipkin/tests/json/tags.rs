//! Which tags a span gets.

use tracer_core::conventions::{ERROR, GRPC_STATUS_CODE, SPAN_KIND, TABLE};
use tracer_core::{Kind, ReferenceKind, Sampling};

use crate::support::{TRACE, context, span, tags};

#[test]
fn values_are_text() {
    let tagged = span()
        .tag("a", "x")
        .tag("b", 1.5)
        .tag("c", true)
        .tag("d", -42)
        .tag("a", "y");
    assert_eq!(tags(&tagged), r#"{"b":"1.5","c":"true","d":"-42","a":"y"}"#);
    assert_eq!(tags(&span()), "");
}

#[test]
fn names_that_layers_write_stand_there_as_any_other() {
    let others = [SPAN_KIND, ERROR, GRPC_STATUS_CODE];
    for row in TABLE.iter().filter(|row| !others.contains(&row.key)) {
        for len in 0..70 {
            let (key, text) = (row.key, "x".repeat(len));
            let tagged = span().tag(key, text.as_str()).tag("n", len);
            assert_eq!(
                tags(&tagged),
                format!(r#"{{"{key}":"{text}","n":"{len}"}}"#)
            );
            let other = span().tag("n", len).tag(key, text.as_str());
            assert_eq!(tags(&other), format!(r#"{{"n":"{len}","{key}":"{text}"}}"#));
        }
    }
}

#[test]
fn an_error_is_its_message_or_its_kind() {
    assert_eq!(
        tags(&span().error("Timeout", Some("took \"5\" s"))),
        r#"{"error":"took \"5\" s","error.kind":"Timeout"}"#
    );
    assert_eq!(tags(&span().error("503", None)), r#"{"error":"503"}"#);
    assert_eq!(tags(&span().error("503", Some(""))), r#"{"error":"503"}"#);
}

#[test]
fn a_span_without_an_error_has_no_error_tag_and_no_kind_tag() {
    let said = span()
        .kind(Kind::Client)
        .tag("error", false)
        .tag("span.kind", "client")
        .tag("x", "y");
    assert_eq!(tags(&said), r#"{"x":"y"}"#);
}

#[test]
fn there_is_one_error_tag_whatever_was_recorded() {
    let said = span()
        .tag("error", "other")
        .tag("error.kind", "Other")
        .error("Timeout", Some("late"));
    assert_eq!(tags(&said), r#"{"error":"late","error.kind":"Timeout"}"#);
}

#[test]
fn a_failed_grpc_call_has_its_code_as_brave_names_it() {
    let call = |code: &'static str| {
        span()
            .tag("rpc.system", "grpc")
            .tag("grpc.status_code", code)
    };
    assert_eq!(
        tags(&call("NOT_FOUND")),
        r#"{"rpc.system":"grpc","grpc.status_code":"NOT_FOUND","rpc.error_code":"NOT_FOUND"}"#
    );
    assert_eq!(
        tags(&call("OK")),
        r#"{"rpc.system":"grpc","grpc.status_code":"OK"}"#
    );
    assert_eq!(
        tags(
            &span()
                .tag("grpc.status_code", "INTERNAL")
                .tag("rpc.error_code", "mine")
        ),
        r#"{"grpc.status_code":"INTERNAL","rpc.error_code":"mine"}"#
    );
}

#[test]
fn further_references_are_tags_that_keep_all_of_them() {
    let one = span().tag("link.trace_id", "forged").reference(
        ReferenceKind::FollowsFrom,
        context(0xabc, 0x1, Sampling::Record),
    );
    assert_eq!(
        tags(&one),
        r#"{"link.trace_id":"0000000000000abc","link.span_id":"0000000000000001"}"#
    );
    let two = span()
        .reference(
            ReferenceKind::FollowsFrom,
            context(0xabc, 0x1, Sampling::Record),
        )
        .reference(
            ReferenceKind::ChildOf,
            context(TRACE, 0x2, Sampling::Record),
        );
    assert_eq!(
        tags(&two),
        concat!(
            r#"{"link.trace_id":"0000000000000abc,463ac35c9f6413ad48485a3953bb6124","#,
            r#""link.span_id":"0000000000000001,0000000000000002"}"#
        )
    );
}

#[test]
fn what_was_left_out_is_counted() {
    assert_eq!(
        tags(&span().tag("a", "b").tag("dropped", "x").left_out(7)),
        r#"{"a":"b","dropped":"7"}"#
    );
    assert_eq!(tags(&span().tag("dropped", "x")), r#"{"dropped":"x"}"#);
}
