//! What a SERVER span says when its request starts.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::{BodySize, HttpServer, ResponseView, Rule};
use tracer_core::{
    Extract, Extracted, FlushError, Inject, Kind, OpenSpan, SpanRef, SpanStart, Tracer, TracerExt,
    current,
};

use crate::tape::{Headers, Req, Tape, grpc, headers, req};

fn serve(server: &HttpServer, request: &Req, status: u16, matched: Option<bool>) {
    let mut call = server.start(request);
    let none = Headers::new();
    let response = ResponseView::new(status, &none).matched(matched);
    call.response(&response.body(BodySize::ENDED));
}

#[test]
fn name_and_tags_say_what_was_asked_for() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "axum");
    let mut request = req("GET", "/users/7").route("/users/{id}");
    request.query = Some("token=1");
    request.peer = Some("[::ffff:10.0.0.1]:999".parse().unwrap());
    serve(&server, &request, 200, None);
    let span = tape.only();
    assert_eq!(
        (span.name.as_str(), span.kind),
        ("GET /users/{id}", Kind::Server)
    );
    assert_eq!(
        span.tags(),
        "component=axum http.method=GET http.path=/users/7 http.route=/users/{id} \
         http.status_code=200"
    );
    assert_eq!((span.peer.as_str(), span.error()), ("10.0.0.1:999", None));
}

#[test]
fn the_raw_path_is_never_a_name() {
    let cases = [
        ("GET", None, 200, "GET", "GET"),
        ("BREW", None, 200, "HTTP", "_OTHER"),
        ("GET", Some(false), 404, "GET not_found", "GET"),
        ("BREW", Some(false), 404, "HTTP not_found", "_OTHER"),
        ("GET", Some(false), 200, "GET", "GET"),
        ("GET", Some(true), 404, "GET", "GET"),
        ("GET", None, 404, "GET", "GET"),
    ];
    for (method, matched, status, name, tag) in cases {
        let (tape, tracer) = Tape::new();
        serve(
            &HttpServer::new(tracer, "x"),
            &req(method, "/a/7"),
            status,
            matched,
        );
        let span = tape.only();
        assert_eq!(
            (span.name.as_str(), span.tag("http.method")),
            (name, Some(tag))
        );
        let original = span.tag("http.method_original");
        assert_eq!(original, Some(method).filter(|method| *method != tag));
    }
    let (tape, tracer) = Tape::new();
    let routed = req("GET", "/a").route("/{x}");
    serve(&HttpServer::new(tracer, "x"), &routed, 404, Some(false));
    assert_eq!(tape.only().name, "GET /{x}");
}

#[test]
fn a_route_that_is_known_late_names_the_span() {
    let (tape, tracer) = Tape::new();
    let mut call = HttpServer::new(tracer, "actix-web").start(&req("GET", "/users/7"));
    call.route("/users/{id}");
    call.complete();
    assert_eq!(tape.only().name, "GET /users/{id}");
    assert_eq!(tape.only().tag("http.route"), Some("/users/{id}"));
}

#[test]
fn a_target_without_a_path_has_none() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x");
    serve(&server, &req("CONNECT", ""), 200, None);
    assert_eq!(tape.only().tag("http.path"), None);
    assert_eq!(tape.only().tag("http.method"), Some("CONNECT"));
}

#[test]
fn the_scheme_is_what_the_layer_was_told_or_the_requests() {
    let scheme = |said, told: Option<&str>| {
        let (tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "x");
        let server = match told {
            Some(told) => server.scheme(told),
            None => server,
        };
        let mut request = req("GET", "/a");
        request.scheme = said;
        serve(&server, &request, 200, None);
        tape.only().tag("http.scheme").map(str::to_owned)
    };
    assert_eq!(scheme(None, None), None);
    assert_eq!(scheme(None, Some("https")).as_deref(), Some("https"));
    assert_eq!(scheme(Some("http"), None).as_deref(), Some("http"));
    assert_eq!(
        scheme(Some("http"), Some("https")).as_deref(),
        Some("https")
    );
    assert_eq!(scheme(Some("made-up"), None), None);
}

#[test]
fn the_query_is_recorded_only_when_asked_for_and_without_secrets() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x")
        .query(true)
        .secret_parameters(["token"]);
    let mut request = req("GET", "/a");
    request.query = Some("b=1&token=2&sig=3");
    serve(&server, &request, 200, None);
    assert_eq!(
        tape.only().tag("http.path"),
        Some("/a?b=1&token=REDACTED&sig=REDACTED")
    );
}

#[test]
fn headers_are_recorded_by_name_and_secrets_never() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x")
        .request_headers(["X-Id", "Authorization", "cookie", "absent"])
        .response_headers(["x-out", "Set-Cookie"]);
    let request = req("GET", "/")
        .header("x-id", "a")
        .header("X-ID", "b")
        .header("authorization", "secret")
        .header("cookie", "secret");
    let mut call = server.start(&request);
    let out = headers(&[("x-out", "c"), ("set-cookie", "secret")]);
    call.response(&ResponseView::new(200, &out).body(BodySize::ENDED));
    let span = tape.only();
    assert_eq!(span.tag("http.request.header.x-id"), Some("a, b"));
    assert_eq!(span.tag("http.response.header.x-out"), Some("c"));
    assert!(!span.tags().contains("secret") && !span.tags().contains("absent"));
}

#[test]
fn hooks_see_the_span_and_cannot_finish_it() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x")
        .on_request(|request, span| span.set_tag("asked", request.path().len()))
        .on_response(|response, span| span.set_tag("answered", response.status));
    serve(&server, &req("GET", "/abc"), 201, None);
    assert_eq!(tape.only().tag("asked"), Some("4"));
    assert_eq!(tape.only().tag("answered"), Some("201"));
}

#[test]
fn the_span_is_current_while_it_is_entered() {
    let (_tape, tracer) = Tape::new();
    let mut call = HttpServer::new(tracer, "x").start(&req("GET", "/"));
    let id = call.span().span_id();
    {
        let _scope = call.enter();
        assert_eq!(SpanRef::current().span_id(), id);
    }
    assert!(SpanRef::current().is_none());
}

/// What the span of this request is, and what a call made below it would carry.
fn ruled(rule: Option<Rule>, context: Option<&str>) -> (usize, Option<String>) {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "x").rule(move |request| {
        assert_eq!(request.path(), "/health");
        rule
    });
    let mut request = req("GET", "/health");
    if let Some(context) = context {
        request = request.header("ctx", context);
    }
    let mut out = Headers::new();
    let mut call = server.start(&request);
    tracer.inject(call.span(), &mut out);
    {
        let _scope = call.enter();
        drop(SpanRef::current().start_child(tracer_core::SpanStart::new("below".into())));
    }
    call.complete();
    (tape.finished().len(), out.pop().map(|(_, value)| value))
}

#[test]
fn propagate_only_beats_the_caller_and_hands_on_what_came() {
    let rule = Some(Rule::PropagateOnly);
    for sent in ["5-6-1", "5-6-0", "5-6-d", "5-6-?", "1", "0", "d"] {
        assert_eq!(ruled(rule, Some(sent)), (0, Some(sent.to_owned())));
    }
    assert_eq!(ruled(rule, None), (0, None));
}

#[test]
fn trace_and_skip_count_only_where_the_caller_deferred() {
    assert_eq!(ruled(Some(Rule::Skip), Some("5-6-1")).0, 2);
    assert_eq!(ruled(Some(Rule::Trace), Some("5-6-0")).0, 0);
    assert_eq!(ruled(Some(Rule::Trace), Some("5-6-?")).0, 2);
    let (spans, sent) = ruled(Some(Rule::Skip), Some("5-6-?"));
    assert_eq!(spans, 0);
    assert!(sent.is_some_and(|sent| sent.starts_with("5-") && sent.ends_with("-0")));
    let (spans, sent) = ruled(Some(Rule::Skip), None);
    assert!(spans == 0 && sent.is_some_and(|sent| sent.ends_with("-0")));
    assert_eq!(ruled(None, None).0, 2);
}

#[test]
fn the_first_rule_with_an_opinion_counts() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x")
        .rule(|request| (request.path() == "/b").then_some(Rule::Trace))
        .rule(|_| Some(Rule::PropagateOnly));
    serve(&server, &req("GET", "/a"), 200, None);
    serve(&server, &req("GET", "/b"), 200, None);
    assert_eq!(tape.only().tag("http.path"), Some("/b"));
}

/// A tracer that says that it is there and makes no spans.
struct Silent;

impl Tracer for Silent {
    fn start_span(&self, _: SpanStart<'_>) -> OpenSpan {
        OpenSpan::none()
    }

    fn extract(&self, _: &dyn Extract) -> Extracted {
        Extracted::absent()
    }

    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}

#[test]
fn requests_without_a_span_keep_their_baggage_to_themselves() {
    let server = HttpServer::new(Arc::new(Silent), "x");
    let (_tape, tracer) = Tape::new();
    let connection = tracer.span("connection").start();
    let _current = connection.enter();
    for _ in 0..2 {
        let mut call = server.start(&req("GET", "/"));
        {
            let _scope = call.enter();
            assert!(SpanRef::current().is_none());
            current::set_baggage("user", "1").unwrap();
        }
        assert_eq!(SpanRef::current().baggage("user"), None);
        let _scope = call.enter();
        assert_eq!(SpanRef::current().baggage("user"), Some("1"));
    }
}

#[test]
fn what_is_set_in_a_request_without_a_span_knows_nothing_of_an_earlier_one() {
    let (_tape, tracer) = Tape::new();
    let before = HttpServer::new(tracer, "x").rpc().start(&grpc("/a.B/C"));
    assert!(before.is_rpc());
    drop(before);
    let mut call = HttpServer::new(Arc::new(Silent), "x").start(&req("GET", "/"));
    {
        let _scope = call.enter();
        current::set_baggage("user", "1").unwrap();
    }
    assert!(!call.is_rpc());
}
