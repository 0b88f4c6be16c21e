//! When a SERVER span ends, and whether it failed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracer_core::http::{BodySize, Call, ErrorPolicy, Failure, HttpServer, ResponseView};

use crate::tape::{Headers, Tape, Written, headers, req};

fn run(method: &'static str, steps: impl FnOnce(&mut Call, &Tape)) -> Written {
    run_with(|server| server, method, steps)
}

fn run_with(
    settings: impl FnOnce(HttpServer) -> HttpServer,
    method: &'static str,
    steps: impl FnOnce(&mut Call, &Tape),
) -> Written {
    let (tape, tracer) = Tape::new();
    let mut call = settings(HttpServer::new(tracer, "x")).start(&req(method, "/"));
    steps(&mut call, &tape);
    drop(call);
    tape.only()
}

fn respond(call: &mut Call, status: u16, length: Option<u64>, pairs: &[(&str, &str)]) {
    let head = headers(pairs);
    let body = BodySize {
        ended: false,
        exact: length,
    };
    call.response(&ResponseView::new(status, &head).body(body));
}

#[test]
fn it_ends_with_the_body_not_with_the_headers() {
    run("GET", |call, tape| {
        respond(call, 200, None, &[]);
        assert!(tape.finished().is_empty());
        call.data(3, b"abc");
        assert!(tape.finished().is_empty());
        call.complete();
        assert_eq!(tape.finished().len(), 1);
        call.complete();
        call.cancel();
        assert!(!call.is_recording());
    });
    let span = run("GET", |call, _| {
        respond(call, 200, None, &[]);
        call.trailers(&Headers::new());
    });
    assert_eq!(span.tag("cancelled"), None);
}

#[test]
fn it_ends_at_headers_when_nothing_can_follow() {
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
        let span = run(method, |call, tape| {
            respond(call, status, None, &[("content-length", "7")]);
            assert_eq!(tape.finished().len(), 1, "{method} {status}");
        });
        assert_eq!(span.tag("cancelled"), None);
        assert_eq!(span.tag("http.upgrade"), None);
    }
    let endless = run_with(
        |server| server.end_at_headers(true),
        "GET",
        |call, tape| {
            respond(call, 200, None, &[]);
            assert_eq!(tape.finished().len(), 1);
        },
    );
    assert_eq!(endless.tag("http.status_code"), Some("200"));
}

#[test]
fn a_switch_of_protocols_ends_it() {
    for (method, status) in [("GET", 101), ("CONNECT", 200)] {
        let span = run(method, |call, tape| {
            respond(call, status, None, &[]);
            assert_eq!(tape.finished().len(), 1);
        });
        assert_eq!(span.tag("http.upgrade"), Some("true"));
    }
    let refused = run("CONNECT", |call, _| respond(call, 403, Some(0), &[]));
    assert_eq!(refused.tag("http.upgrade"), None);
}

#[test]
fn what_goes_on_after_a_switch_follows_from_the_request() {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "x");
    let mut call = server.start(&req("GET", "/ws"));
    let request = call.span().clone();
    respond(&mut call, 101, None, &[]);
    server.upgraded(&request, "websocket").finish();
    let names: Vec<_> = tape
        .finished()
        .into_iter()
        .map(|s| (s.name, s.follows))
        .collect();
    assert_eq!(names, [("GET".to_owned(), 0), ("websocket".to_owned(), 1)]);
}

#[test]
fn dropped_early_is_cancelled_and_no_error() {
    let span = run("GET", |_, _| {});
    assert_eq!((span.tag("cancelled"), span.error()), (Some("true"), None));
    let span = run("GET", |call, _| {
        respond(call, 200, Some(4), &[]);
        call.data(3, b"abc");
    });
    assert_eq!(span.tag("cancelled"), Some("true"));
    assert_eq!(span.tag("http.status_code"), Some("200"));
}

#[test]
fn a_body_dropped_after_its_whole_length_is_complete() {
    let by_hint = run("GET", |call, _| {
        respond(call, 200, Some(4), &[]);
        call.data(3, b"abc");
        call.data(1, b"d");
    });
    let by_header = run("GET", |call, _| {
        respond(call, 200, None, &[("Content-Length", "4")]);
        call.data(4, b"abcd");
    });
    let empty = run("GET", |call, _| respond(call, 200, Some(0), &[]));
    for span in [by_hint, by_header, empty] {
        assert_eq!(span.tag("cancelled"), None);
    }
}

#[test]
fn a_body_that_ends_before_its_length_has_failed() {
    let short = |pairs: &[(&str, &str)], view: fn(ResponseView<'_>) -> ResponseView<'_>| {
        run("GET", |call, _| {
            let head = headers(pairs);
            call.response(&view(ResponseView::new(200, &head)));
            call.data(3, b"abc");
            call.complete();
        })
    };
    const EXACT: BodySize = BodySize {
        ended: false,
        exact: Some(4),
    };
    let told = [("content-length", "4")];
    for span in [
        short(&told, |view| view),
        short(&[], |view| view.body(EXACT)),
    ] {
        let why = "BodyError: the body ended before its size";
        assert_eq!(span.error(), Some(why));
        assert_eq!(span.tag("http.status_code"), Some("200"));
    }
    for span in [
        short(&told, |view| view.in_chunks()),
        short(&[("content-length", "3")], |view| view),
        short(&[], |view| view),
    ] {
        assert_eq!(span.error(), None);
    }
}

#[test]
fn so_it_has_if_trailers_end_it() {
    let span = run("GET", |call, _| {
        respond(call, 200, Some(4), &[]);
        call.data(3, b"abc");
        call.trailers(&Headers::new());
    });
    assert!(span.error().is_some_and(|why| why.starts_with("BodyError")));
}

#[test]
fn a_bare_status_is_an_error_without_text() {
    let error = |status| {
        run("GET", |call, _| {
            respond(call, status, None, &[]);
            call.complete();
        })
        .error
    };
    assert_eq!(error(503).as_deref(), Some("503"));
    assert_eq!(error(404), None);
    let brave = run_with(
        |server| server.errors(ErrorPolicy::brave()),
        "GET",
        |call, _| {
            respond(call, 404, None, &[]);
            call.complete();
        },
    );
    assert_eq!(brave.error(), Some("404"));
}

#[test]
fn what_the_handler_said_beats_the_status() {
    let span = run("GET", |call, _| {
        call.span().set_error(&std::fmt::Error);
        respond(call, 500, None, &[]);
        call.complete();
    });
    assert!(
        span.error()
            .is_some_and(|error| error.starts_with("Error: an error occurred"))
    );
}

#[test]
fn failures_carry_kind_and_message_without_secrets() {
    let span = run("GET", |call, _| {
        let message = "cannot get https://u:p@h/x?token=1";
        call.fail(&Failure::new("Elapsed", &message));
    });
    assert_eq!(span.error(), Some("Elapsed: cannot get https://h/x"));
    assert_eq!(span.tag("http.status_code"), None);
    let after_headers = run("GET", |call, _| {
        respond(call, 200, None, &[]);
        call.fail(&Failure::kind("timeout"));
    });
    assert_eq!(after_headers.error(), Some("timeout"));
    assert_eq!(after_headers.tag("http.status_code"), Some("200"));
}

#[test]
fn an_error_with_a_status_is_judged_by_the_status() {
    let failed = |status| {
        run("GET", |call, _| {
            call.fail(&Failure::new("AuthError", &"who?").status(status))
        })
    };
    assert_eq!(failed(401).error(), None);
    assert_eq!(failed(401).tag("http.status_code"), Some("401"));
    assert_eq!(failed(500).error(), Some("AuthError: who?"));
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    let panicked = |f: fn()| {
        run("GET", |call, _| {
            let payload = catch_unwind(f).unwrap_err();
            call.panic(&*payload);
        })
    };
    assert_eq!(
        panicked(|| panic!("literal")).error(),
        Some("panic: literal")
    );
    assert_eq!(
        panicked(|| panic!("number {}", 7)).error(),
        Some("panic: number 7")
    );
    assert_eq!(panicked(|| std::panic::panic_any(7)).error(), Some("panic"));
}

#[test]
fn what_is_more_than_the_length_is_not_sent() {
    for (passes, cancelled) in [(2, true), (3, false), (6, false)] {
        let (tape, tracer) = Tape::new();
        let mut call = HttpServer::new(tracer, "x").start(&req("GET", "/"));
        let told = headers(&[("content-length", "3")]);
        call.response(&ResponseView::new(200, &told));
        call.data(passes, &[]);
        drop(call);
        let expected = cancelled.then_some("true");
        assert_eq!(tape.only().tag("cancelled"), expected, "{passes}");
    }
}

#[test]
fn a_call_dropped_by_a_panic_is_no_cancellation() {
    let (tape, tracer) = Tape::new();
    let call = HttpServer::new(tracer, "x").start(&req("GET", "/"));
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _call = call;
        panic!("lost");
    }));
    assert!(unwound.is_err());
    assert_eq!(tape.only().error(), Some("panic"));
    assert_eq!(tape.only().tag("cancelled"), None);
}

#[test]
fn the_trace_id_is_returned_if_asked_for_sampled_or_not() {
    for decision in ["1", "0"] {
        let (_tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "x").trace_id_header("X-Trace-Id");
        let context = format!("10-6-{decision}");
        let call = server.start(&req("GET", "/").header("ctx", &context));
        let mut out = Headers::new();
        call.write_trace_id(&mut out);
        let trace = call.span().trace_id().unwrap();
        assert_eq!(out, headers(&[("x-trace-id", trace.hex().as_str())]));
    }
    let (_tape, tracer) = Tape::new();
    let mut out = Headers::new();
    let call = HttpServer::new(tracer, "x").start(&req("GET", "/"));
    call.write_trace_id(&mut out);
    assert!(out.is_empty());
}

#[test]
fn an_error_kept_beside_the_response_explains_its_status() {
    let explained = |status, said: bool| {
        run("GET", |call, _| {
            if said {
                call.span().set_error_as(tracer_core::Error::kind("said"));
            }
            let text = "no rows at db://me:pw@stock/items";
            call.explain(&Failure::new("E", &text).status(status));
            respond(call, status, Some(0), &[]);
        })
    };
    let span = explained(500, false);
    assert_eq!(span.error(), Some("E: no rows at db://stock/items"));
    assert_eq!(explained(404, false).error(), None);
    assert_eq!(explained(500, true).error(), Some("said"));
}
