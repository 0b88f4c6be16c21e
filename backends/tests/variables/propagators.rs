//! `OTEL_PROPAGATORS`.

use crate::support::{build, error, headers, hop, recorded};

const PROPAGATORS: &str = "OTEL_PROPAGATORS";

fn written(value: &str) -> Vec<String> {
    let backend = build(&[(PROPAGATORS, value)]).unwrap();
    hop(&backend, &headers(&[])).into_keys().collect()
}

#[test]
fn names_choose_what_is_written() {
    let multi = [
        "x-b3-parentspanid",
        "x-b3-sampled",
        "x-b3-spanid",
        "x-b3-traceid",
    ];
    assert_eq!(written("tracecontext"), ["traceparent"]);
    assert_eq!(written("b3"), ["b3"]);
    assert_eq!(written("b3multi"), multi);
    assert_eq!(written("jaeger"), ["uber-trace-id"]);
    assert_eq!(written("Jaeger , b3"), ["b3", "uber-trace-id"]);
    assert!(written("none").is_empty() && written("baggage").is_empty());
    let default = written("");
    assert!(default.contains(&"traceparent".to_owned()) && default.len() == 5);
    for empty in ["  ", ",", " , ,"] {
        assert_eq!(written(empty), default, "{empty:?}");
    }
}

#[test]
fn names_choose_what_is_read() {
    let trace = "463ac35c9f6413ad48485a3953bb6124";
    let span = "a2fb4a1d1a96d312";
    let w3c = headers(&[("traceparent", &format!("00-{trace}-{span}-01"))]);
    let jaeger = headers(&[("uber-trace-id", &format!("{trace}:{span}:0:1"))]);
    for (value, request, joins) in [
        ("tracecontext", &w3c, true),
        ("jaeger", &w3c, false),
        ("jaeger", &jaeger, true),
        ("b3,tracecontext", &jaeger, false),
        ("none", &w3c, false),
        ("", &w3c, true),
        ("", &jaeger, true),
    ] {
        let (backend, memory) = recorded(&[(PROPAGATORS, value)]);
        hop(&backend, request);
        let found = memory.spans()[0].context.trace_id().to_string();
        assert_eq!(found == trace, joins, "{value:?} {request:?}");
    }
}

#[test]
fn what_was_wrong_with_headers_is_counted_where_the_backend_shows_it() {
    let backend = build(&[]).unwrap();
    hop(&backend, &headers(&[("traceparent", "00-x-y-01")]));
    let counts = backend.recording_tracer().propagation().counts();
    assert_eq!((counts.malformed, counts.baggage_dropped), (1, 0));
}

#[test]
fn a_wrong_name_is_an_error_with_variable_value_and_allowed_ones() {
    let message = error(&[(PROPAGATORS, "b3,xray")]);
    assert!(
        message.contains(PROPAGATORS) && message.contains("b3,xray"),
        "{message}"
    );
    for allowed in ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "none"] {
        assert!(message.contains(allowed), "{message}");
    }
}
