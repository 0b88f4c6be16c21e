//! Which gRPC methods have an operation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracer_core::carrier::Empty;
use tracer_core::http::{BodySize, Call, HttpClient, HttpServer, RequestView, ResponseView};
use tracer_core::{
    Extract, Extracted, FlushError, Inject, OpenSpan, Operation, SpanRef, SpanStart, Tracer,
};

use crate::tape::{Tape, Written, headers};

/// Notes of which operation a span was when it started.
struct Asking {
    tape: Tape,
    operations: Arc<Mutex<Vec<Option<&'static str>>>>,
}

impl Tracer for Asking {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        let operation = start.operation().map(Operation::name);
        self.operations.lock().unwrap().push(operation);
        self.tape.start_span(start)
    }
    fn extract(&self, carrier: &dyn Extract) -> Extracted {
        self.tape.extract(carrier)
    }
    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}
    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}

/// A call of this path.
struct Rpc<'a>(&'a str);

impl RequestView for Rpc<'_> {
    fn method(&self) -> &str {
        "POST"
    }
    fn path(&self) -> &str {
        self.0
    }
    fn headers(&self) -> &dyn Extract {
        &Empty
    }
    fn content_type(&self) -> Option<&[u8]> {
        Some(b"application/grpc")
    }
}

struct Calls {
    server: HttpServer,
    tape: Tape,
    operations: Arc<Mutex<Vec<Option<&'static str>>>>,
}

fn calls(configure: impl FnOnce(HttpServer) -> HttpServer) -> Calls {
    let tape = Tape::new().0;
    let operations = Arc::default();
    let tracer = Asking {
        tape: tape.clone(),
        operations: Arc::clone(&operations),
    };
    let server = HttpServer::new(Arc::new(tracer), "tonic").rpc();
    Calls {
        server: configure(server),
        tape,
        operations,
    }
}

impl Calls {
    /// Calls a method that is answered so. Returns the operation and what was written down.
    fn call(&self, path: &str, status: u16, trailers: &[(&str, &str)]) -> (Option<&str>, Written) {
        let mut call = self.server.start(&Rpc(path));
        answer(&mut call, status, trailers);
        drop(call);
        self.last()
    }

    fn last(&self) -> (Option<&str>, Written) {
        let operation = *self.operations.lock().unwrap().last().unwrap();
        (operation, self.tape.finished().pop().unwrap())
    }
}

fn answer(call: &mut Call, status: u16, trailers: &[(&str, &str)]) {
    call.response(&ResponseView::new(status, &Empty).body(BodySize::UNKNOWN));
    if !trailers.is_empty() {
        call.trailers(&headers(trailers));
    }
}

const OK: &[(&str, &str)] = &[("grpc-status", "0")];

#[test]
fn a_method_that_has_answered_ok_has_one_and_looks_the_same() {
    let calls = calls(|server| server);
    let (before, first) = calls.call("/learned.Orders/Place", 200, OK);
    let (after, second) = calls.call("/learned.Orders/Place", 200, OK);
    assert_eq!((before, after), (None, Some("learned.Orders/Place")));
    assert_eq!(first.name, "learned.Orders/Place");
    assert_eq!(
        first.tags(),
        "component=tonic grpc.messages_sent=0 grpc.status_code=OK rpc.method=Place \
         rpc.service=learned.Orders rpc.system=grpc"
    );
    assert_eq!((&second.name, second.tags()), (&first.name, first.tags()));
    // It fails later: what is said of the outcome does not depend on what was learned.
    let (_, failed) = calls.call("/learned.Orders/Place", 200, &[("grpc-status", "13")]);
    assert_eq!(failed.error(), Some("INTERNAL"));
    let (_, gone) = calls.call("/learned.Orders/Place", 200, &[("grpc-status", "12")]);
    assert_eq!(
        (&*gone.name, gone.tag("rpc.method")),
        ("grpc", Some("_OTHER"))
    );
}

#[test]
fn what_did_not_answer_ok_teaches_nothing() {
    let calls = calls(|server| server);
    let mut outcomes: Vec<_> = (1..17).map(|code| (200, code.to_string())).collect();
    outcomes.extend([404, 500, 200].map(|status| (status, String::new())));
    for (status, code) in outcomes {
        let trailers = [("grpc-status", &*code)];
        let trailers = if code.is_empty() { &[][..] } else { &trailers };
        for _ in 0..3 {
            let (operation, _) = calls.call("/never.Orders/Place", status, trailers);
            assert_eq!(operation, None, "{status} {code}");
        }
    }
    assert_eq!(calls.call("/never.Orders/Place", 200, OK).0, None);
    assert!(calls.call("/never.Orders/Place", 200, OK).0.is_some());
}

#[test]
fn made_up_methods_get_none_however_many_come() {
    let calls = calls(|server| server);
    for at in 0..1_500 {
        let path = format!("/made.Up{at}/Call");
        for _ in 0..2 {
            let mut call = calls.server.start(&Rpc(&path));
            answer(&mut call, 200, &[("grpc-status", "12")]);
        }
    }
    assert!(calls.operations.lock().unwrap().iter().all(Option::is_none));
    let spans = calls.tape.finished();
    assert!(spans.len() == 3_000 && spans.iter().all(|span| span.name == "grpc"));
    // There may be no place left for this one: it is recorded all the same.
    for _ in 0..2 {
        let (_, span) = calls.call("/made.Real/Call", 200, OK);
        assert_eq!(span.name, "made.Real/Call");
        assert_eq!(span.tag("rpc.service"), Some("made.Real"));
    }
}

#[test]
fn a_method_that_the_layer_was_told_of_has_one_from_the_first_call() {
    let calls = calls(|server| server.rpc_methods(["/told.Orders/Place"]));
    let failed = calls.call("/told.Orders/Place", 200, &[("grpc-status", "13")]);
    assert_eq!(failed.0, Some("told.Orders/Place"));
    assert_eq!(failed.1.tag("rpc.service"), Some("told.Orders"));
}

#[test]
fn another_component_is_another_operation() {
    let first = calls(|server| server);
    for _ in 0..2 {
        first.call("/renamed.Orders/Place", 200, OK);
    }
    let server = first.server.clone().component("mesh");
    let renamed = Calls { server, ..first };
    for _ in 0..2 {
        let (_, span) = renamed.call("/renamed.Orders/Place", 200, OK);
        assert_eq!(span.tag("component"), Some("mesh"));
    }
}

#[test]
fn paths_that_are_no_methods_are_told_one_by_one() {
    let calls = calls(|server| server);
    let long = format!("/long.{}/Call", "x".repeat(300));
    for (path, name, service) in [
        ("/alone", "alone", None),
        ("/", "grpc", None),
        (
            "//odd.Orders/Place",
            "/odd.Orders/Place",
            Some("/odd.Orders"),
        ),
        (&long, &long[1..], long[1..].strip_suffix("/Call")),
    ] {
        for _ in 0..2 {
            let (_, span) = calls.call(path, 200, OK);
            assert_eq!((&*span.name, span.tag("rpc.service")), (name, service));
        }
    }
}

#[test]
fn clients_learn_too() {
    let (tape, operations) = (Tape::new().0, Arc::default());
    let tracer = Asking {
        tape: tape.clone(),
        operations: Arc::clone(&operations),
    };
    let client = HttpClient::new(Arc::new(tracer), "tonic").rpc();
    for _ in 0..2 {
        let mut call = client.start(&Rpc("/client.Orders/Place"));
        answer(&mut call, 200, OK);
    }
    let name = Some("client.Orders/Place");
    assert_eq!(*operations.lock().unwrap(), [None, name]);
    let [first, second] = &*tape.finished() else {
        panic!("two calls are two spans");
    };
    assert_eq!((&second.name, second.tags()), (&first.name, first.tags()));
}
