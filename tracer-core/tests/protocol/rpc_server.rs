//! gRPC on the server.

use std::time::Duration;

use tracer_core::http::{BodySize, Call, Failure, HttpServer, ResponseView};
use tracer_core::rpc::Code;

use crate::tape::{Headers, Req, Tape, Written, grpc, headers, req};

fn serve(request: &Req, steps: impl FnOnce(&mut Call)) -> Written {
    let (tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer, "tonic").rpc_methods(["shop.Orders/Place"]);
    let mut call = server.start(request);
    steps(&mut call);
    drop(call);
    tape.only()
}

fn head(call: &mut Call, status: u16, pairs: &[(&str, &str)], body: BodySize) {
    let head = headers(pairs);
    call.response(&ResponseView::new(status, &head).body(body));
}

#[test]
fn the_status_stands_in_the_trailers() {
    let span = serve(&grpc("/shop.Orders/Place"), |call| {
        assert!(call.is_rpc());
        head(call, 200, &[], BodySize::UNKNOWN);
        call.data(7, &[0, 0, 0, 0, 2, 9, 9]);
        call.data(5, &[0, 0, 0, 0, 0]);
        call.trailers(&headers(&[("grpc-status", "0")]));
    });
    assert_eq!(span.name, "shop.Orders/Place");
    assert_eq!(
        span.tags(),
        "component=tonic grpc.messages_sent=2 grpc.status_code=OK rpc.method=Place \
         rpc.service=shop.Orders rpc.system=grpc"
    );
    assert_eq!(span.error(), None);
}

#[test]
fn only_what_the_server_did_wrong_is_its_error() {
    let ended = |status: &str, message: &str| {
        serve(&grpc("/shop.Orders/Place"), |call| {
            head(call, 200, &[], BodySize::UNKNOWN);
            call.trailers(&headers(&[
                ("grpc-status", status),
                ("grpc-message", message),
            ]));
        })
    };
    assert_eq!(ended("5", "no such order").error(), None);
    assert_eq!(ended("5", "").tag("grpc.status_code"), Some("NOT_FOUND"));
    assert_eq!(ended("13", "").error(), Some("INTERNAL"));
    let encoded = "caf%C3%A9 http://u:p@h?t=1";
    assert_eq!(
        ended("13", encoded).error(),
        Some("INTERNAL: café http://h")
    );
    assert_eq!(ended("77", "").tag("grpc.status_code"), Some("UNKNOWN"));
}

#[test]
fn what_the_handler_said_beats_the_trailers() {
    let span = serve(&grpc("/shop.Orders/Place"), |call| {
        call.span().set_error(&std::fmt::Error);
        head(call, 200, &[], BodySize::UNKNOWN);
        call.trailers(&headers(&[("grpc-status", "13"), ("grpc-message", "oops")]));
    });
    assert!(
        span.error()
            .is_some_and(|error| error.starts_with("Error: "))
    );
}

#[test]
fn trailers_only_responses_end_at_once() {
    let pairs = [("grpc-status", "14"), ("grpc-message", "down")];
    let ended = serve(&grpc("/shop.Orders/Place"), |call| {
        head(call, 200, &pairs, BodySize::ENDED);
        assert!(!call.is_recording());
    });
    let dropped = serve(&grpc("/shop.Orders/Place"), |call| {
        head(call, 200, &pairs, BodySize::UNKNOWN);
    });
    for span in [ended, dropped] {
        assert_eq!(span.error(), Some("UNAVAILABLE: down"));
        assert_eq!(span.tag("cancelled"), None);
    }
}

#[test]
fn a_missing_status_is_unknown_or_what_http_says() {
    for (status, code) in [
        (200, "UNKNOWN"),
        (401, "UNAUTHENTICATED"),
        (503, "UNAVAILABLE"),
    ] {
        let span = serve(&grpc("/shop.Orders/Place"), |call| {
            head(call, status, &[], BodySize::UNKNOWN);
            call.complete();
        });
        assert_eq!(span.tag("grpc.status_code"), Some(code));
    }
}

#[test]
fn an_error_that_becomes_a_status_is_judged_by_it() {
    let failed = |code| {
        serve(&grpc("/shop.Orders/Place"), |call| {
            call.fail(&Failure::new("Status", &"said").code(code));
        })
    };
    let not_found = failed(Code::NotFound);
    assert_eq!(not_found.tag("grpc.status_code"), Some("NOT_FOUND"));
    assert_eq!(not_found.error(), None);
    assert_eq!(failed(Code::Internal).error(), Some("Status: said"));
}

#[test]
fn methods_that_nobody_implements_do_not_name_spans() {
    let answered = |path, message: &str| {
        serve(&grpc(path), |call| {
            let pairs = [("grpc-status", "12"), ("grpc-message", message)];
            head(call, 200, &pairs, BodySize::ENDED);
        })
    };
    let nobody = answered("/x.Y/Z7", "");
    assert_eq!(
        (nobody.name.as_str(), nobody.tag("rpc.method")),
        ("grpc", Some("_OTHER"))
    );
    assert_eq!(nobody.error(), Some("UNIMPLEMENTED"));
    assert_eq!(answered("/x.Y/Z7", "not yet").name, "x.Y/Z7");
    assert_eq!(answered("/shop.Orders/Place", "").name, "shop.Orders/Place");
    let named = serve(&grpc("/x.Y/Z7"), |call| {
        call.span().set_name("by the handler");
        head(call, 200, &[("grpc-status", "12")], BodySize::ENDED);
    });
    assert_eq!(named.name, "by the handler");
    // The same as an error, of which the transport makes the answer.
    let failed = |failure: Failure<'_>| {
        let failure = failure.code(Code::Unimplemented);
        serve(&grpc("/x.Y/Z7"), |call| call.fail(&failure)).name
    };
    assert_eq!(failed(Failure::new("Status", &"not yet")), "x.Y/Z7");
    assert_eq!(failed(Failure::new("Status", &"")), "grpc");
    assert_eq!(failed(Failure::kind("Status")), "grpc");
}

#[test]
fn a_dropped_call_is_cancelled_or_ran_into_its_deadline() {
    let cancelled = serve(&grpc("/shop.Orders/Place"), |_| {});
    assert_eq!(cancelled.tag("grpc.status_code"), Some("CANCELLED"));
    assert_eq!(
        (cancelled.tag("cancelled"), cancelled.error()),
        (Some("true"), None)
    );
    let far = grpc("/shop.Orders/Place").header("grpc-timeout", "1H");
    assert_eq!(
        serve(&far, |_| {}).tag("grpc.status_code"),
        Some("CANCELLED")
    );
    let over = grpc("/shop.Orders/Place").header("grpc-timeout", "1u");
    let over = serve(&over, |call| head(call, 200, &[], BodySize::UNKNOWN));
    assert_eq!(over.tag("grpc.status_code"), Some("DEADLINE_EXCEEDED"));
    assert_eq!(over.error(), Some("DEADLINE_EXCEEDED"));
    assert_eq!(over.tag("cancelled"), Some("true"));
}

/// The timer that the layer is told of ends with the headers, that of the caller with the call.
#[test]
fn a_stream_that_outlives_the_time_for_its_head_is_not_late() {
    let left = |request: &Req, streams: bool| {
        let (tape, tracer) = Tape::new();
        let server = HttpServer::new(tracer, "tonic").rpc_timeout(Duration::from_nanos(1));
        let mut call = server.start(request);
        if streams {
            head(&mut call, 200, &[], BodySize::UNKNOWN);
        }
        drop(call);
        tape.only()
            .tag("grpc.status_code")
            .map(str::to_owned)
            .unwrap()
    };
    let patient = grpc("/shop.Orders/Watch");
    let soon = grpc("/shop.Orders/Watch").header("grpc-timeout", "1u");
    assert_eq!(left(&patient, false), "DEADLINE_EXCEEDED");
    assert_eq!(left(&patient, true), "CANCELLED");
    assert_eq!(left(&soon, true), "DEADLINE_EXCEEDED");
}

#[test]
fn a_body_that_says_it_has_ended_ends_the_call() {
    let (tape, tracer) = Tape::new();
    let mut call = HttpServer::new(tracer, "tonic").rpc().start(&grpc("/a/b"));
    head(&mut call, 200, &[], BodySize::UNKNOWN);
    call.data_ended();
    assert_eq!(tape.only().tag("grpc.status_code"), Some("UNKNOWN"));
}

#[test]
fn failures_and_panics_are_unknown() {
    let failed = serve(&grpc("/shop.Orders/Place"), |call| {
        call.fail(&Failure::new("Broken", &"why"));
    });
    assert_eq!(failed.tag("grpc.status_code"), Some("UNKNOWN"));
    assert_eq!(failed.error(), Some("Broken: why"));
    let panicked = serve(&grpc("/shop.Orders/Place"), |call| call.panic(&"oh"));
    assert_eq!(panicked.error(), Some("panic: oh"));
}

#[test]
fn what_is_not_grpc_is_http() {
    for content_type in ["application/json", "application/grpc-web+proto"] {
        let request = req("POST", "/shop.Orders/Place").header("content-type", content_type);
        let span = serve(&request, |call| {
            head(call, 200, &[("grpc-status", "13")], BodySize::UNKNOWN);
            call.complete();
        });
        assert_eq!((span.name.as_str(), span.error()), ("POST", None));
        assert_eq!(span.tag("http.status_code"), Some("200"));
        assert_eq!(span.tag("grpc.status_code"), None);
    }
    let (tape, tracer) = Tape::new();
    let mut call = HttpServer::new(tracer, "x").start(&grpc("/shop.Orders/Place"));
    call.trailers(&Headers::new());
    assert_eq!(tape.only().name, "POST");
}

#[test]
fn a_path_without_a_slash_is_the_name() {
    let name = |path| serve(&grpc(path), |call| call.fail(&Failure::kind("x"))).name;
    assert_eq!(name("/alone"), "alone");
    assert_eq!(name("/"), "grpc");
}
