//! What users hook in may panic, and the request goes on.

use tracer_core::http::{
    BodySize, ErrorPolicy, Failure, HttpClient, HttpServer, ResponseView, Rule,
};

use crate::tape::{Headers, Tape, Written, req};

/// A request that is answered with this status.
fn served(settings: impl FnOnce(HttpServer) -> HttpServer, status: u16) -> Written {
    let (tape, tracer) = Tape::new();
    let server = settings(HttpServer::new(tracer, "x"));
    let mut call = server.start(&req("GET", "/"));
    let none = Headers::new();
    call.response(&ResponseView::new(status, &none).body(BodySize::ENDED));
    drop(call);
    tape.only()
}

#[test]
fn a_rule_that_panics_has_no_opinion() {
    let span = served(|server| server.rule(|_| panic!("a rule")), 200);
    assert_eq!((span.name.as_str(), span.error()), ("GET", None));

    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x").rule(|_| panic!("a rule"));
    let server = server.rule(|_| Some(Rule::PropagateOnly));
    drop(server.start(&req("GET", "/")));
    assert_eq!(tape.finished().len(), 0, "the next one is asked");
}

/// An error that cannot be printed.
struct Mute(bool);

impl std::fmt::Display for Mute {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert!(self.0, "no words");
        Err(std::fmt::Error)
    }
}

#[test]
fn an_error_that_cannot_be_printed_has_a_class_alone() {
    for error in [Mute(true), Mute(false)] {
        let (tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "x");
        let mut call = server.start(&req("GET", "/"));
        call.fail(&Failure::new("Mute", &error));
        let mut call = server.start(&req("GET", "/"));
        call.explain(&Failure::new("Mute", &error).status(500));
        drop(call);
        for span in tape.finished() {
            assert_eq!(span.error(), Some("Mute"));
        }
        assert_eq!(tape.finished().len(), 2);
    }
}

#[test]
fn a_hook_that_panics_ends_with_that() {
    let span = served(
        |server| {
            let server = server.on_request(|_, span| {
                span.set_tag("first", 1);
                panic!("a hook")
            });
            server.on_response(|_, span| {
                span.set_tag("second", 2);
                panic!("another")
            })
        },
        204,
    );
    assert_eq!(
        (span.tag("first"), span.tag("second")),
        (Some("1"), Some("2"))
    );
    assert_eq!(span.tag("http.status_code"), Some("204"));
    assert_eq!((span.tag("cancelled"), span.error()), (None, None));
}

#[test]
fn statuses_are_judged_as_usual_if_the_policy_panics() {
    let panics = |server: HttpServer| server.errors(ErrorPolicy::custom(|_| panic!("a policy")));
    assert_eq!(served(panics, 404).error(), None);
    assert_eq!(served(panics, 503).error(), Some("503"));
}

#[test]
fn nothing_is_told_to_a_host_of_which_nobody_knows_whether_it_may_know() {
    let (tape, tracer) = Tape::new();
    let client = HttpClient::new(tracer, "x")
        .inject_to(|_| panic!("a list of hosts"))
        .on_request(|_, _| panic!("a hook"));
    let call = client.start(&req("GET", "/").url("http", "a"));
    let mut sent = Headers::new();
    client.inject(&call, &mut sent);
    assert_eq!(sent, []);
    drop(call);
    assert_eq!(tape.only().tag("cancelled"), Some("true"));
}
