//! gRPC on the client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tracer_core::http::{BodySize, Call, Failure, HttpClient, ResponseView};
use tracer_core::rpc::Code;

use crate::tape::{Headers, Tape, Written, grpc, headers};

fn called(
    settings: impl FnOnce(HttpClient) -> HttpClient,
    steps: impl FnOnce(&mut Call),
) -> Written {
    let (tape, tracer) = Tape::new();
    let client = settings(HttpClient::new(tracer, "tonic").rpc());
    let mut call = client.start(&grpc("/shop.Orders/Watch"));
    steps(&mut call);
    drop(call);
    tape.only()
}

fn same(client: HttpClient) -> HttpClient {
    client
}

#[test]
fn a_stream_ends_with_its_trailers() {
    let told = |client: HttpClient| client.peer_service("orders").peer_address("orders:50051");
    let span = called(told, |call| {
        let none = Headers::new();
        call.response(&ResponseView::new(200, &none));
        call.data(6, &[0, 0, 0, 0, 1, 9]);
        call.trailers(&headers(&[("grpc-status", "0")]));
    });
    assert_eq!(span.name, "shop.Orders/Watch");
    assert_eq!(
        span.tags(),
        "component=tonic grpc.messages_received=1 grpc.status_code=OK rpc.method=Watch \
         rpc.service=shop.Orders rpc.system=grpc"
    );
    assert_eq!(
        (span.peer.as_str(), span.error()),
        ("orders@orders:50051", None)
    );
}

#[test]
fn a_repetition_is_told() {
    let (tape, tracer) = Tape::new();
    let mut request = grpc("/shop.Orders/Watch");
    request.resend = Some(2);
    drop(HttpClient::new(tracer, "tonic").rpc().start(&request));
    assert_eq!(tape.only().tag("http.resend_count"), Some("2"));
}

#[test]
fn anything_but_ok_is_an_error_also_a_cancellation_that_was_received() {
    for (status, code) in [
        ("5", "NOT_FOUND"),
        ("1", "CANCELLED"),
        ("12", "UNIMPLEMENTED"),
    ] {
        let span = called(same, |call| {
            let head = headers(&[("grpc-status", status)]);
            call.response(&ResponseView::new(200, &head).body(BodySize::ENDED));
        });
        assert_eq!(
            (span.error(), span.tag("grpc.status_code")),
            (Some(code), Some(code))
        );
        assert_eq!(
            (span.tag("cancelled"), span.name.as_str()),
            (None, "shop.Orders/Watch")
        );
    }
}

#[test]
fn a_panic_of_the_caller_gives_up_what_it_has_called() {
    let (tape, tracer) = Tape::new();
    let client = HttpClient::new(tracer, "tonic").rpc();
    let call = client.start(&grpc("/shop.Orders/Watch"));
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _call = call;
        panic!("a bug of the caller");
    }));
    assert!(unwound.is_err());
    let span = tape.only();
    assert_eq!((span.error(), span.tag("cancelled")), (None, Some("true")));
    assert_eq!(span.tag("grpc.status_code"), Some("CANCELLED"));
}

#[test]
fn giving_up_is_no_error_but_a_deadline_is() {
    let dropped = called(same, |_| {});
    assert_eq!(
        (dropped.error(), dropped.tag("cancelled")),
        (None, Some("true"))
    );
    assert_eq!(dropped.tag("grpc.status_code"), Some("CANCELLED"));
    let told = |client: HttpClient| client.rpc_timeout(Duration::from_millis(1));
    let over = called(told, |_| {});
    assert_eq!(over.error(), Some("DEADLINE_EXCEEDED"));
}

/// As gRPC-Web's are, whose trailers are decoded from the end of the body.
#[test]
fn trailers_may_follow_a_body_that_says_it_has_ended() {
    let streamed = |end: fn(&mut Call)| {
        called(same, |call| {
            let head = headers(&[("content-type", "application/grpc")]);
            call.response(&ResponseView::new(200, &head));
            call.data(5, &[0, 0, 0, 0, 0]);
            call.data_ended();
            assert!(call.is_recording());
            end(call);
        })
    };
    let status = |span: Written| span.tag("grpc.status_code").map(str::to_owned).unwrap();
    let trailed = streamed(|call| call.trailers(&headers(&[("grpc-status", "0")])));
    assert_eq!(status(trailed), "OK");
    assert_eq!(status(streamed(Call::complete)), "UNKNOWN");
    assert_eq!(status(streamed(|_| {})), "CANCELLED");
}

#[test]
fn a_transport_error_has_the_code_that_the_adapter_found() {
    let failed = |failure: Failure<'_>| called(same, |call| call.fail(&failure));
    let refused = failed(Failure::new("ConnectError", &"refused").code(Code::Unavailable));
    assert_eq!(refused.tag("grpc.status_code"), Some("UNAVAILABLE"));
    assert_eq!(refused.error(), Some("ConnectError: refused"));
    assert_eq!(
        failed(Failure::kind("x")).tag("grpc.status_code"),
        Some("UNKNOWN")
    );
}
