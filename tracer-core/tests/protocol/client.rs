//! CLIENT spans.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracer_core::http::{
    BodySize, ErrorPolicy, Failure, HttpClient, HttpServer, ResponseView, Rule,
};
use tracer_core::{Kind, SpanRef, current};

use crate::tape::{Headers, Req, Tape, Written, headers, req};

fn called(settings: impl FnOnce(HttpClient) -> HttpClient, request: &Req) -> Written {
    let (tape, tracer) = Tape::new();
    let client = settings(HttpClient::new(tracer, "reqwest"));
    let mut call = client.start(request);
    let none = Headers::new();
    call.response(&ResponseView::new(200, &none).body(BodySize::ENDED));
    tape.only()
}

#[test]
fn name_url_and_peer_keep_secrets_out() {
    let mut request = req("GET", "/users/7").url("https", "me:pw@example.com");
    request.query = Some("token=1");
    request.resend = Some(2);
    let span = called(|client| client.peer_service("users"), &request);
    assert_eq!((span.name.as_str(), span.kind), ("GET", Kind::Client));
    assert_eq!(
        span.tags(),
        "component=reqwest http.method=GET http.resend_count=2 http.status_code=200 \
         http.url=https://example.com/users/7"
    );
    assert_eq!(span.peer, "users@example.com:443");
    let span = called(|client| client.query(true), &request.route("/users/{id}"));
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(
        span.tag("http.url"),
        Some("https://example.com/users/7?token=1")
    );
}

/// A connection that breaks off is an error of the transport; who takes data away need not change the length.
#[test]
fn a_body_that_is_shorter_than_its_length_is_no_error_by_itself() {
    let (tape, tracer) = Tape::new();
    let mut call = HttpClient::new(tracer, "x").start(&req("GET", "/"));
    let told = headers(&[("content-length", "4")]);
    call.response(&ResponseView::new(200, &told));
    call.data(3, b"abc");
    call.complete();
    assert_eq!(tape.only().error(), None);
}

#[test]
fn a_method_that_is_not_registered_is_told_as_it_was_sent() {
    let span = called(|client| client, &req("BREW", "/pot").url("http", "a"));
    assert_eq!(
        span.tags(),
        "component=reqwest http.method=_OTHER http.method_original=BREW http.status_code=200 \
         http.url=http://a/pot"
    );
    assert_eq!(span.name, "HTTP");
}

#[test]
fn the_peer_is_an_address_or_a_name_and_can_be_told() {
    let peer = |host| called(|client| client, &req("GET", "/").url("http", host)).peer;
    assert_eq!(peer("127.0.0.1:81"), "127.0.0.1:81");
    assert_eq!(peer("[::1]"), "::1:80");
    let told = |client: HttpClient| client.peer_service("s").peer_address("db:5432");
    assert_eq!(called(told, &req("GET", "/")).peer, "s@db:5432");
    assert_eq!(called(|client| client, &req("GET", "/")).peer, "");
}

#[test]
fn statuses_failures_and_drops() {
    let end = |policy: ErrorPolicy, status: Option<u16>| {
        let (tape, tracer) = Tape::new();
        let mut call = HttpClient::new(tracer, "x")
            .errors(policy)
            .start(&req("GET", "/"));
        if let Some(status) = status {
            let none = Headers::new();
            call.response(&ResponseView::new(status, &none).body(BodySize::ENDED));
        }
        drop(call);
        tape.only()
    };
    let default = ErrorPolicy::default;
    assert_eq!(end(default(), Some(404)).error(), Some("404"));
    assert_eq!(end(default(), Some(302)).error(), None);
    assert_eq!(end(ErrorPolicy::custom(|_| false), Some(500)).error(), None);
    let dropped = end(default(), None);
    assert_eq!(
        (dropped.tag("cancelled"), dropped.error()),
        (Some("true"), None)
    );

    let (tape, tracer) = Tape::new();
    let mut call = HttpClient::new(tracer, "x").start(&req("GET", "/"));
    let text = "error sending request for url (http://u:p@h/?q=1)";
    call.fail(&Failure::new("reqwest", &text));
    let expected = "reqwest: error sending request for url (http://h/)";
    assert_eq!(tape.only().error(), Some(expected));
}

#[test]
fn a_call_dropped_by_a_panic_of_its_caller_is_cancelled() {
    for begins in [false, true] {
        let (tape, tracer) = Tape::new();
        let mut call = HttpClient::new(tracer, "x").start(&req("GET", "/"));
        if begins {
            call.response(&ResponseView::new(200, &Headers::new()));
        }
        let unwound = catch_unwind(AssertUnwindSafe(move || {
            let _call = call;
            panic!("a bug of the caller");
        }));
        assert!(unwound.is_err());
        let span = tape.only();
        assert_eq!((span.tag("cancelled"), span.error()), (Some("true"), None));
    }
}

/// What goes out for a request with these headers from a server that got `context`.
fn injected(
    context: &str,
    settings: impl FnOnce(HttpClient) -> HttpClient,
    request: &Req,
) -> (Headers, usize) {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "x");
    let client = settings(HttpClient::new(tracer, "y"));
    let mut serving = server.start(&req("GET", "/").header("ctx", context));
    let mut out = request.headers.clone();
    {
        let _scope = serving.enter();
        current::set_baggage("user", "7").unwrap();
        let mut call = client.start(request);
        client.inject(&call, &mut out);
        call.complete();
    }
    serving.complete();
    (out, tape.finished().len())
}

#[test]
fn every_call_has_an_id_of_its_own_sampled_or_not() {
    for (decision, spans) in [("1", 2), ("0", 0)] {
        let stale = req("GET", "/").header("ctx", "9-9-1");
        let (out, recorded) = injected(&format!("5-6-{decision}"), |client| client, &stale);
        assert_eq!(recorded, spans);
        let [(_, context), baggage] = &out[..] else {
            panic!("{out:?}")
        };
        assert!(
            context.starts_with("5-") && context.ends_with(decision),
            "{context}"
        );
        assert!(!context.starts_with("5-6-"), "{context}");
        assert_eq!(*baggage, ("baggage".to_owned(), "user=7".to_owned()));
    }
}

#[test]
fn hosts_off_the_list_get_nothing_not_even_what_stood_there() {
    let only = |client: HttpClient| client.inject_to(|host| host == "in.example");
    let to = |host| {
        req("GET", "/")
            .url("http", host)
            .header("ctx", "9-9-1")
            .header("accept", "*")
    };
    assert_eq!(injected("5-6-1", only, &to("in.example:81")).0.len(), 3);
    let (out, spans) = injected("5-6-1", only, &to("out.example"));
    assert_eq!((out, spans), (headers(&[("accept", "*")]), 2));
    let unknown = req("GET", "/");
    assert!(injected("5-6-1", only, &unknown).0.is_empty());
    let told = |client| only(client).peer_address("in.example:443");
    assert_eq!(injected("5-6-1", told, &unknown).0.len(), 2);
    // Hosts have no case (RFC 3986, section 3.2.2).
    assert_eq!(injected("5-6-1", only, &to("In.Example")).0.len(), 3);
    let but = |client: HttpClient| client.inject_to(|host| host != "out.example");
    assert_eq!(injected("5-6-1", but, &to("OUT.example")).0.len(), 1);
    // A header says less than the layer was told; a URL says more.
    let mut header = req("GET", "/");
    header.host = Some("in.example");
    let elsewhere = |client| only(client).peer_address("out.example:443");
    assert!(injected("5-6-1", elsewhere, &header).0.is_empty());
    assert_eq!(injected("5-6-1", elsewhere, &to("in.example")).0.len(), 3);
}

#[test]
fn a_rule_can_leave_a_call_without_a_span() {
    let pass = |client: HttpClient| client.rule(|_| Some(Rule::PropagateOnly));
    let (out, spans) = injected("5-6-0", pass, &req("GET", "/"));
    assert!(spans == 0 && out[0].1.starts_with("5-"));
    assert_eq!(injected("5-6-1", pass, &req("GET", "/")).1, 1);
}

#[test]
fn without_a_current_span_a_call_is_a_root() {
    let (tape, tracer) = Tape::new();
    let mut call = HttpClient::new(tracer, "x").start(&req("GET", "/"));
    assert!(
        call.span()
            .context()
            .is_some_and(|context| context.parent_id().is_none())
    );
    let id = call.span().span_id();
    {
        let _scope = call.enter();
        assert_eq!(SpanRef::current().span_id(), id);
    }
    call.complete();
    assert!(SpanRef::current().is_none());
    assert_eq!(tape.only().kind, Kind::Client);
}
