//! A process that has no room for another operation records the same: the table is one for all, so
//! this test has a process of its own.

use std::sync::Arc;

use tracer_core::carrier::Empty;
use tracer_core::http::{BodySize, HttpServer, RequestView, ResponseView};
use tracer_core::testing::MockTracer;
use tracer_core::{Extract, Operation};

struct Request(&'static str);

/// A gRPC call of this path.
struct Rpc(&'static str);

impl RequestView for Rpc {
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

impl RequestView for Request {
    fn method(&self) -> &str {
        "GET"
    }
    fn path(&self) -> &str {
        "/users/7"
    }
    fn route(&self) -> Option<&str> {
        Some(self.0)
    }
    fn headers(&self) -> &dyn Extract {
        &Empty
    }
}

#[test]
fn spans_look_the_same_without_room_for_their_operation() {
    let tracer = MockTracer::new();
    let server = HttpServer::new(Arc::new(tracer.clone()), "axum").rpc();
    let serve = |route| {
        let mut call = server.start(&Request(route));
        call.response(&ResponseView::new(200, &Empty).body(BodySize::ENDED));
    };
    let trailers = vec![("grpc-status", "0")];
    let answer = |path| {
        let mut call = server.start(&Rpc(path));
        call.trailers(&trailers);
    };
    serve("/first/{id}");
    for at in 0..2 * Operation::MOST {
        let made = Operation::of(&at.to_string(), &[]);
        assert_eq!(made.is_some(), at < Operation::MOST - 1, "{at}");
    }
    let last = Operation::MOST as u16 - 1;
    assert_eq!(
        Operation::from_number(last).map(Operation::number),
        Some(last)
    );
    assert_eq!(Operation::from_number(last + 1), None);
    serve("/first/{id}");
    serve("/later/{id}");
    for _ in 0..3 {
        answer("/later.Orders/Place");
    }
    let spans = tracer.finished();
    let shown = |at: usize| {
        let span = spans.get(at).unwrap();
        let mut tags: Vec<_> = span.tags.iter().map(|tag| format!("{tag:?}")).collect();
        tags.sort_unstable();
        (
            span.name.replace("first", "later"),
            tags.join(" ").replace("first", "later"),
        )
    };
    assert_eq!(spans.len(), 6);
    assert!(shown(0).0 == "GET /later/{id}" && shown(0).1.contains("axum"));
    assert_eq!(shown(0), shown(1));
    assert_eq!(shown(0), shown(2));
    assert!(shown(3).0 == "later.Orders/Place" && shown(3).1.contains("later.Orders"));
    assert_eq!((shown(3), shown(3)), (shown(4), shown(5)));
}
