//! Requests that a handler sends within its process, while its own span is current.

use tracer_core::current;
use tracer_core::http::{BodySize, HttpServer, Incoming, ResponseView, Rule};
use tracer_core::{InFlight, Kind, SpanId, SpanRef, TracerExt};

use crate::tape::{Headers, Tape, grpc, headers, req};

#[test]
fn a_request_that_a_handler_sends_within_its_process_has_a_span_of_its_own() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum").rpc();
    let none = Headers::new();
    let mut outside = server.start(&req("GET", "/batch").route("/batch"));
    let outer = outside.span().span_id();
    let scope = outside.enter();
    let mut plain = server.start(&req("GET", "/boom").route("/boom"));
    {
        let _scope = plain.enter().expect("its own span");
        // A second layer round it is one all the same.
        let mut again = server.start(&req("GET", "/boom/"));
        assert!(again.enter().is_none());
        again.response(&ResponseView::new(500, &none).body(BodySize::ENDED));
    }
    plain.response(&ResponseView::new(500, &none).body(BodySize::ENDED));
    let mut called = server.start(&grpc("/shop.Orders/Place").header("ctx", "7-8-1"));
    assert!(called.enter().is_some());
    called.trailers(&headers(&[("grpc-status", "14")]));
    drop(scope);
    outside.response(&ResponseView::new(200, &none).body(BodySize::ENDED));
    let spans = tape.finished();
    let told: Vec<_> = spans
        .iter()
        .map(|span| {
            let parent = span.context.parent_id();
            (span.name.as_str(), parent, span.error().is_some())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("GET /boom", outer, true),
            ("shop.Orders/Place", SpanId::new(8), true),
            ("GET /batch", None, false)
        ]
    );
}

/// What a handler's own request sends, and whose child it is then; `None`: of nobody.
#[test]
fn a_context_that_was_only_handed_on_is_no_context_of_its_own() {
    for (incoming, sent, parent) in [
        // The caller's headers, copied.
        (Incoming::Trust, Some("7-8-1"), Parent::Outer),
        (Incoming::Trust, Some("outer"), Parent::Outer),
        (Incoming::Trust, None, Parent::Outer),
        (Incoming::Trust, Some("9-8-1"), Parent::Sent(8)),
        (Incoming::Trust, Some("7-9-1"), Parent::Sent(9)),
        (Incoming::Trust, Some("1"), Parent::Nobody),
        (Incoming::Follow, Some("1"), Parent::Outer),
        (Incoming::Follow, Some("9-8-1"), Parent::Nobody),
        (Incoming::Ignore, Some("9-8-1"), Parent::Outer),
    ] {
        let (tape, tracer) = Tape::new();
        let layer = HttpServer::new(tracer.clone(), "axum");
        let mut outside = layer.start(&req("GET", "/batch").header("ctx", "7-8-1"));
        let outer = outside.span().context().unwrap().clone();
        let scope = outside.enter();
        current::set_baggage("tenant", "blue").unwrap();
        let mut request = req("GET", "/part").header("baggage", "tenant=red");
        if let Some(sent) = sent {
            let own = format!(
                "{}-{}-1",
                u128::from(outer.trace_id().low()),
                outer.span_id().get()
            );
            request = request.header("ctx", if sent == "outer" { &own } else { sent });
        }
        let inside = layer.clone().incoming(incoming).start(&request);
        let span = inside.span().to_context().unwrap();
        assert_ne!(span.span_id(), outer.span_id());
        let expected = match parent {
            Parent::Outer => Some(outer.span_id()),
            Parent::Sent(id) => SpanId::new(id),
            Parent::Nobody => None,
        };
        assert_eq!(span.parent_id(), expected, "{incoming:?} {sent:?}");
        if expected == Some(outer.span_id()) {
            assert_eq!(span.trace_id(), outer.trace_id());
            assert_eq!(span.baggage("tenant"), Some("blue"));
        }
        drop((inside, scope));
        drop(outside);
        assert_eq!(tape.finished().len(), 2);
    }
}

enum Parent {
    Outer,
    Sent(u64),
    Nobody,
}

#[test]
fn within_a_process_propagate_only_hands_on_the_senders_context() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "axum");
    let inner = HttpServer::new(tracer, "axum").rule(|_| Some(Rule::PropagateOnly));
    let mut outside = outer.start(&req("GET", "/batch"));
    let sender = outside.span().to_context();
    let scope = outside.enter();
    let mut inside = inner.start(&req("GET", "/part"));
    let within = inside.enter().expect("its own");
    assert!(!SpanRef::current().is_recording());
    assert_eq!(SpanRef::current().span_id(), sender.map(|it| it.span_id()));
    drop(within);
    drop((inside, scope));
    drop(outside);
    assert_eq!(tape.only().name, "GET");
}

#[test]
fn a_span_that_was_opened_by_hand_is_joined_whatever_the_path() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "axum");
    // What is kept of it knows its path.
    drop(server.start(&req("GET", "/before")));
    let mut flight = InFlight::new(tracer.span("by hand").kind(Kind::Server).root().start());
    let scope = flight.enter();
    assert!(server.start(&req("GET", "/x")).enter().is_none());
    drop(scope);
    drop(flight);
    assert_eq!(tape.finished().len(), 2);
}

#[test]
fn a_slash_at_the_end_makes_no_other_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum");
    let mut outside = server.start(&req("GET", "/a/"));
    let scope = outside.enter();
    let mut inside = server.start(&req("GET", "/a").route("/a"));
    assert!(inside.enter().is_none());
    drop((inside, scope));
    drop(outside);
    assert_eq!(tape.only().name, "GET /a");
}
