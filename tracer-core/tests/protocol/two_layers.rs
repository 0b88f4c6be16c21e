//! Two server layers round one request make one span.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tracer_core::current::{self, FutureExt};
use tracer_core::http::{
    BodySize, ErrorPolicy, Failure, HttpClient, HttpServer, ResponseView, Rule,
};
use tracer_core::{Kind, NoopTracer, SpanRef, TracerExt};

use crate::tape::{Headers, Tape, grpc, headers, req};

#[test]
fn the_inner_layer_tells_the_outer_span_what_it_knows_better() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "axum");
    let inner = HttpServer::new(tracer, "tonic").rpc();
    let request = grpc("/shop.Orders/Place");
    let mut outside = outer.start(&request);
    let scope = outside.enter();
    let mut inside = inner.start(&request);
    assert!(inside.enter().is_none());
    let none = Headers::new();
    inside.response(&ResponseView::new(200, &none));
    inside.data(5, &[0; 5]);
    inside.trailers(&headers(&[("grpc-status", "14"), ("grpc-message", "down")]));
    drop((inside, scope));
    assert!(tape.finished().is_empty());
    outside.response(&ResponseView::new(200, &none));
    outside.complete();
    let span = tape.only();
    assert_eq!(span.name, "shop.Orders/Place");
    assert_eq!(span.error(), Some("UNAVAILABLE: down"));
    assert_eq!(
        span.tags(),
        "component=axum grpc.messages_sent=1 grpc.status_code=UNAVAILABLE http.method=POST \
         http.path=/shop.Orders/Place http.status_code=200 rpc.method=Place rpc.service=shop.Orders \
         rpc.system=grpc"
    );
}

/// The inner layer has named it after a path that anybody can send.
#[test]
fn what_nobody_implements_names_no_span_beneath_another_layer_either() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "axum");
    let inner = HttpServer::new(tracer, "tonic").rpc();
    let request = grpc("/x.Y/Z7");
    let mut outside = outer.start(&request);
    let scope = outside.enter();
    let mut inside = inner.start(&request);
    let answer = headers(&[("grpc-status", "12")]);
    inside.response(&ResponseView::new(200, &answer).body(BodySize::ENDED));
    drop((inside, scope));
    outside.response(&ResponseView::new(200, &answer).body(BodySize::ENDED));
    outside.complete();
    let span = tape.only();
    assert_eq!(span.name, "grpc");
    assert_eq!(span.tag("rpc.method"), Some("_OTHER"));
}

/// As under a server of one's own. What was served before on this thread means nothing.
#[test]
fn an_inner_layer_tells_a_span_that_was_opened_by_hand() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "x").rpc();
    let mut routed = req("GET", "/users/7");
    routed.route = Some("/users/{id}");
    routed.peer = Some(([10, 0, 0, 1], 1).into());
    for before in [None, Some(&routed), Some(&grpc("/shop.Orders/Place"))] {
        if let Some(before) = before {
            server.start(before).complete();
        }
        let forget = tape.finished().len();
        let own = tracer.span("GET").kind(Kind::Server).start();
        let mut proxied = req("GET", "/users/7");
        proxied.peer = Some(([10, 0, 0, 2], 2).into());
        let layers = async {
            drop(server.start(&routed));
            drop(server.start(&proxied));
        };
        let mut work = pin!(layers.in_span(own));
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
        let span = tape.finished().remove(forget);
        assert_eq!(span.name, "GET /users/{id}");
        assert_eq!(span.tag("http.route"), Some("/users/{id}"));
        assert_eq!(span.peer, "10.0.0.1:1");
    }
}

#[test]
fn an_inner_layer_adds_the_peer_that_the_outer_one_does_not_see() {
    let inners = SocketAddr::from(([10, 0, 0, 1], 1));
    for (outers, expected) in [
        (None, "10.0.0.1:1"),
        (Some(([10, 0, 0, 2], 2).into()), "10.0.0.2:2"),
    ] {
        let (tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "x");
        let mut request = req("GET", "/");
        request.peer = outers;
        let mut outside = server.start(&request);
        let scope = outside.enter();
        request.peer = Some(inners);
        drop(server.start(&request));
        // One further in sees a proxy, or trusts others.
        request.peer = Some(([10, 0, 0, 3], 3).into());
        drop(server.start(&request));
        drop(scope);
        outside.complete();
        assert_eq!(tape.only().peer, expected);
    }
    let (tape, tracer) = Tape::new();
    let said = HttpServer::new(tracer, "x").on_request(|_, span| {
        span.set_tag("peer.ipv4", "10.0.0.9");
    });
    let mut request = req("GET", "/");
    let mut outside = said.start(&request);
    let scope = outside.enter();
    request.peer = Some(inners);
    drop(said.start(&request));
    drop(scope);
    outside.complete();
    assert_eq!(tape.only().peer, "10.0.0.9");
}

#[test]
fn an_inner_layer_adds_its_route_and_its_error() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "tower");
    let inner = HttpServer::new(tracer, "axum").rule(|_| Some(Rule::PropagateOnly));
    let mut outside = outer.start(&req("GET", "/a/7"));
    let scope = outside.enter();
    let mut inside = inner.start(&req("GET", "/a/7").route("/a/{id}"));
    inside.fail(&Failure::new("Broken", &"why"));
    drop((inside, scope));
    let none = Headers::new();
    outside.response(&ResponseView::new(500, &none).body(BodySize::ENDED));
    let span = tape.only();
    assert_eq!(
        (span.name.as_str(), span.error()),
        ("GET /a/{id}", Some("Broken: why"))
    );
    assert_eq!(span.tag("cancelled"), None);
}

#[test]
fn the_outer_policy_judges_the_status() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "x");
    let inner = HttpServer::new(tracer, "y").errors(ErrorPolicy::brave());
    let mut outside = outer.start(&req("GET", "/"));
    let scope = outside.enter();
    let none = Headers::new();
    let response = ResponseView::new(404, &none).body(BodySize::ENDED);
    inner.start(&req("GET", "/")).response(&response);
    drop(scope);
    outside.response(&response);
    assert_eq!(tape.only().error(), None);
}

#[test]
fn an_inner_layer_that_ends_at_headers_ends_the_span_there() {
    let (tape, tracer) = Tape::new();
    let outer = HttpServer::new(tracer.clone(), "x").response_headers(["a"]);
    let inner = HttpServer::new(tracer.clone(), "y").end_at_headers(true);
    let mut outside = outer.start(&req("GET", "/events"));
    let scope = outside.enter();
    let mut inside = inner.start(&req("GET", "/events"));
    let none = Headers::new();
    inside.response(&ResponseView::new(200, &none));
    drop(scope);
    assert!(tape.finished().is_empty(), "the outer layer has its say");
    let said = headers(&[("a", "b")]);
    outside.response(&ResponseView::new(201, &said));
    let span = tape.only();
    assert_eq!(span.tag("http.status_code"), Some("201"));
    assert_eq!(span.tag("http.response.header.a"), Some("b"));
    assert_eq!(span.tag("cancelled"), None);
    drop((inside, outside));

    // The next request has not asked.
    let mut next = outer.start(&req("GET", "/"));
    next.response(&ResponseView::new(200, &none));
    assert!(next.is_recording());
}

#[test]
fn an_inner_drop_does_not_end_the_outer_span() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x");
    let mut outside = server.start(&req("GET", "/"));
    let scope = outside.enter();
    drop(server.start(&req("GET", "/")));
    drop(scope);
    assert!(tape.finished().is_empty() && outside.is_recording());
    outside.complete();
    assert_eq!(tape.only().tag("cancelled"), None);
}

#[test]
fn an_unsampled_or_passed_outer_layer_is_found_too() {
    for rule in [None, Some(Rule::PropagateOnly)] {
        let (tape, tracer) = Tape::new();
        let outer = HttpServer::new(tracer.clone(), "x").rule(move |_| rule);
        let inner = HttpServer::new(tracer, "y").rule(|_| Some(Rule::Trace));
        let request = req("GET", "/").header("ctx", "5-6-0");
        let mut outside = outer.start(&request);
        let id = outside.span().span_id();
        let _scope = outside.enter();
        let inside = inner.start(&req("GET", "/"));
        assert_eq!(inside.span().span_id(), id);
        drop(inside);
        assert!(tape.finished().is_empty());
    }
}

#[test]
fn an_inner_layer_returns_the_trace_id_whatever_the_outer_one_does() {
    for sampled in ["5-6-0", "5-6-1"] {
        let (_, tracer) = Tape::new();
        let outer = HttpServer::new(tracer.clone(), "x");
        let inner = HttpServer::new(tracer, "y").trace_id_header("x-trace-id");
        let mut outside = outer.start(&req("GET", "/").header("ctx", sampled));
        let id = outside.span().trace_id().unwrap().to_string();
        let _scope = outside.enter();
        let mut answer = Headers::new();
        inner.start(&req("GET", "/")).write_trace_id(&mut answer);
        assert_eq!(answer, headers(&[("x-trace-id", &id)]), "{sampled}");
    }
}

#[test]
fn a_server_reached_through_a_client_is_another_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "x");
    let client = tracer_core::http::HttpClient::new(tracer, "y");
    let mut outside = server.start(&req("GET", "/a"));
    let scope = outside.enter();
    let mut sent = client.start(&req("GET", "/b"));
    let mut head = Headers::new();
    client.inject(&sent, &mut head);
    {
        let _scope = sent.enter();
        let mut inside = req("GET", "/b");
        inside.headers = head;
        server.start(&inside).complete();
    }
    sent.complete();
    drop(scope);
    outside.complete();
    let spans = tape.finished();
    let contexts: Vec<_> = spans.iter().map(|span| &span.context).collect();
    let parents: Vec<_> = contexts.iter().map(|context| context.parent_id()).collect();
    let ids: Vec<_> = contexts
        .iter()
        .map(|context| Some(context.span_id()))
        .collect();
    assert_eq!(parents, [ids[1], ids[2], None]);
}

/// A task may serve connections of its own, with the span of the request that started it.
#[test]
fn what_is_served_in_a_task_of_a_request_is_another_request() {
    for header in ["5-6-1", "5-6-0"] {
        let (tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "x");
        let mut outer = server.start(&req("GET", "/").header("ctx", header));
        let handle = outer.enter().map(|_scope| SpanRef::current()).unwrap();
        let serve = || {
            assert!(current::server_entry().is_none());
            let request = req("GET", "/inner").header("ctx", "7-8-1");
            server.start(&request).complete();
        };
        for _ in 0..2 {
            let before = tape.finished().len();
            let mut task = pin!(async { serve() }.in_span(&handle));
            let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
            handle.scope(serve);
            assert_eq!(tape.finished().len(), before + 2, "{header}");
            // The second time, the request is over.
            outer.complete();
        }
    }
}

/// What is called through a client without a tracer is no part of the caller's request either.
#[test]
fn behind_a_client_without_a_tracer_is_another_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x");
    let client = HttpClient::new(Arc::new(NoopTracer), "x");
    let mut outer = server.start(&req("GET", "/"));
    let outside = outer.enter();
    let mut call = client.start(&req("GET", "/inner"));
    let scope = call.enter();
    assert!(SpanRef::current().is_none());
    current::set_baggage("a", "1").unwrap();
    assert_eq!(SpanRef::current().baggage("a"), Some("1"));
    server.start(&req("GET", "/inner")).complete();
    drop(scope);
    drop((call, outside));
    assert_eq!(outer.span().baggage("a"), None);
    outer.complete();
    assert_eq!(tape.finished().len(), 2);
}
