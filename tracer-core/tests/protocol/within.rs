//! Requests that a handler sends within its process, while its own span is current.

use std::sync::Arc;

use tracer_core::current;
use tracer_core::http::{BodySize, HttpServer, Incoming, ResponseView, Rule, tell_route};
use tracer_core::testing::MockTracer;
use tracer_core::{InFlight, Kind, SpanId, SpanRef, TracerExt};

use crate::tape::{Headers, Req, Tape, grpc, headers, req};

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
        // The sender's decision.
        (Incoming::Trust, Some("1"), Parent::Outer),
        (Incoming::Trust, Some("d"), Parent::Nobody),
        (Incoming::Follow, Some("1"), Parent::Outer),
        (Incoming::Follow, Some("0"), Parent::Outer),
        (Incoming::Follow, Some("d"), Parent::Outer),
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
fn baggage_that_comes_without_a_context_counts_beside_the_senders() {
    use Incoming::{Follow, Ignore, Trust};
    for (edge, incoming, context, order) in [
        (Trust, Trust, false, Some("7")),
        // That of the caller, which the sender may have taken out.
        (Trust, Trust, true, None),
        (Trust, Follow, false, None),
        // It may be what the edge left out.
        (Ignore, Trust, false, None),
    ] {
        let layer = HttpServer::new(Arc::new(MockTracer::new()), "axum");
        let with_context = |request: Req| {
            request
                .header("mock-trace-id", "0af7651916cd43dd8448eb211c80319c")
                .header("mock-span-id", "00f067aa0ba902b7")
        };
        let outer = layer.clone().incoming(edge);
        let mut outside = outer.start(&with_context(req("GET", "/batch")));
        let _scope = outside.enter();
        current::set_baggage("tenant", "blue").unwrap();
        current::set_baggage("region", "eu").unwrap();
        let mut request = req("GET", "/part")
            .header("mock-baggage-tenant", "red")
            .header("mock-baggage-order", "7");
        if context {
            request = with_context(request);
        }
        let inside = layer.clone().incoming(incoming).start(&request);
        assert_eq!(inside.span().trace_id(), SpanRef::current().trace_id());
        let items = ["order", "tenant", "region"].map(|key| inside.span().baggage(key));
        let expected = [order, Some("blue"), Some("eu")];
        assert_eq!(items, expected, "{edge:?} {incoming:?} {context}");
        assert_eq!(SpanRef::current().baggage("order"), None);
    }
}

#[test]
fn the_same_path_with_another_method_is_another_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum");
    for (route, name) in [(Some("/users/{id}"), "PUT /users/{id}"), (None, "PUT")] {
        let mut request = req("PUT", "/users/7");
        if let Some(route) = route {
            request = request.route(route);
        }
        let mut outside = server.start(&request);
        let scope = outside.enter();
        assert!(server.start(&req("GET", "/users/7")).enter().is_some());
        tell_route("GET", "/users/7", "/other");
        drop(scope);
        drop(outside);
        let mut spans = tape.finished().into_iter().map(|span| span.name).rev();
        assert_eq!(spans.next().as_deref(), Some(name));
        assert_eq!(spans.next().as_deref(), Some("GET"));
    }
}

#[test]
fn a_method_that_nobody_knows_stands_in_no_name() {
    let (tape, tracer) = Tape::new();
    let mut outside = HttpServer::new(tracer, "axum").start(&req("BREW", "/pots/1"));
    let scope = outside.enter();
    tell_route("BREW", "/pots/1", "/pots/{id}");
    drop(scope);
    drop(outside);
    assert_eq!(tape.only().name, "HTTP /pots/{id}");
}

/// Frames are used again: what one served before says nothing of a span that somebody opens by hand.
#[test]
fn a_span_that_was_opened_by_hand_is_told_its_route() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "tonic").rpc();
    let mut call = server.start(&grpc("/shop.Orders/Place"));
    drop(call.enter());
    call.trailers(&headers(&[("grpc-status", "0")]));
    drop(call);
    let mut flight = InFlight::new(tracer.span("GET").kind(Kind::Server).start());
    let scope = flight.enter();
    tell_route("GET", "/users/7", "/users/{id}");
    drop(scope);
    drop(flight);
    let last = tape.finished().pop().unwrap();
    assert_eq!(last.name, "GET /users/{id}");
}

#[test]
fn a_route_is_told_behind_a_rewritten_path_but_once_it_is_known_to_no_other_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum").rpc();
    for (request, told, name) in [
        (req("GET", "/v1/a"), &["/a", "/b"][..], "GET /a-route"),
        (req("GET", "/v1/a"), &["/a", "/v1/a"], "GET /v1/a-route"),
        (req("GET", "/a").route("/known"), &["/b"], "GET /known"),
        (
            grpc("/shop.Orders/Place"),
            &["/shop.Orders/Place"],
            "shop.Orders/Place",
        ),
    ] {
        let mut outside = server.start(&request);
        let scope = outside.enter();
        for path in told {
            tell_route("GET", path, &format!("{path}-route"));
        }
        drop(scope);
        drop(outside);
        assert_eq!(tape.finished().pop().unwrap().name, name);
    }
}

#[test]
fn an_inner_layers_route_is_known_to_the_outer_one() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum");
    let mut outside = server.start(&req("GET", "/users/7"));
    let scope = outside.enter();
    drop(server.start(&req("GET", "/users/7").route("/users/{id}")));
    drop(scope);
    assert!(outside.has_route());
    let none = Headers::new();
    outside.response(
        &ResponseView::new(404, &none)
            .matched(Some(false))
            .body(BodySize::ENDED),
    );
    assert_eq!(tape.only().name, "GET /users/{id}");
}

#[test]
fn within_a_process_propagate_only_hands_on_the_senders_context() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "axum");
    let inner = HttpServer::new(tracer, "axum").rule(|_| Some(Rule::PropagateOnly));
    let mut outside = outer.start(&req("GET", "/batch"));
    let sender = outside.span().to_context();
    let scope = outside.enter();
    current::set_baggage("tenant", "blue").unwrap();
    let mut inside = inner.start(&req("GET", "/part"));
    let within = inside.enter().expect("its own");
    assert!(!SpanRef::current().is_recording());
    assert_eq!(SpanRef::current().span_id(), sender.map(|it| it.span_id()));
    assert_eq!(SpanRef::current().baggage("tenant"), Some("blue"));
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
