//! One call, one trace.

use tonic::{Code, Request};
use tracer_core::TracerExt;
use tracer_core::current::FutureExt;
use tracer_core::testing::MockTracer;

use crate::service::Order;
use crate::support::{
    both, client_layer, connect, error, pair, serve, server_layer, spans, status,
};

const TAGS: &str = "rpc.system=grpc, rpc.service=test.calls.Calls";

#[tokio::test]
async fn a_unary_call_is_a_client_span_round_a_server_span() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let reply = client.unary(Order::default()).await.unwrap();
    assert_eq!(reply.get_ref().orders, 1);
    spans(&tracer, 2).await;
    let end = "component=tonic, grpc.status_code=OK";
    assert_eq!(
        tracer.tree(),
        format!(
            "CLIENT test.calls.Calls/Unary [{TAGS}, rpc.method=Unary, {end}, grpc.messages_received=1]\n  \
             SERVER test.calls.Calls/Unary [{TAGS}, rpc.method=Unary, {end}, grpc.messages_sent=1]\n"
        )
    );
}

#[tokio::test]
async fn the_spans_of_a_stream_end_after_its_trailers() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let mut replies = client.download(Order::ok(3)).await.unwrap().into_inner();
    for _ in 0..3 {
        assert!(replies.message().await.unwrap().is_some());
    }
    assert!(
        tracer
            .finished()
            .iter()
            .all(|span| span.kind == tracer_core::Kind::Server)
    );
    assert!(replies.message().await.unwrap().is_none());
    let (client, server) = pair(&tracer).await;
    for (span, direction) in [(&client, "received"), (&server, "sent")] {
        assert_eq!(span.name, "test.calls.Calls/Download");
        assert_eq!(status(span).as_deref(), Some("OK"));
        let key = format!("grpc.messages_{direction}");
        assert_eq!(span.tag(&key).as_deref(), Some("3"));
        assert_eq!(span.error, None);
    }
    assert!(client.end >= server.start);
}

#[tokio::test]
async fn a_status_in_the_trailers_is_an_error_by_side() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let order = Order {
        replies: 2,
        ..Order::fails(Code::NotFound, "no such dish: 100% gone")
    };
    let mut replies = client.download(order).await.unwrap().into_inner();
    while let Ok(Some(_)) = replies.message().await {}
    let (client, server) = pair(&tracer).await;
    assert_eq!(status(&client).as_deref(), Some("NOT_FOUND"));
    assert_eq!(status(&server).as_deref(), Some("NOT_FOUND"));
    assert_eq!(
        error(&client).as_deref(),
        Some("NOT_FOUND: no such dish: 100% gone")
    );
    assert_eq!(error(&server), None);
}

#[tokio::test]
async fn both_sides_say_who_is_at_the_other_end() {
    let tracer = MockTracer::new();
    let address = serve(server_layer(&tracer)).await;
    let layer = client_layer(&tracer)
        .peer_service("kitchen")
        .peer_address(&address.to_string());
    let mut client = connect(layer, address);
    client.unary(Order::default()).await.unwrap();
    let (client, server) = pair(&tracer).await;
    assert_eq!(client.remote.service.as_deref(), Some("kitchen"));
    assert_eq!(client.remote.ip, Some(address.ip()));
    assert_eq!(client.remote.port, Some(address.port()));
    assert_eq!(server.remote.ip, Some(address.ip()));
    assert!(
        server
            .remote
            .port
            .is_some_and(|port| port != address.port())
    );
}

#[tokio::test]
async fn what_a_channel_does_not_say_is_left_empty() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    client.unary(Order::default()).await.unwrap();
    let (client, _) = pair(&tracer).await;
    assert_eq!(client.remote, Default::default());
}

#[tokio::test]
async fn calls_join_the_trace_of_whoever_makes_them() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let job = tracer.span("job").start();
    client.unary(Order::default()).in_span(job).await.unwrap();
    let mut request = Request::new(Order::default());
    request
        .metadata_mut()
        .insert("mock-trace-id", "stale".parse().unwrap());
    client.unary(request).await.unwrap();
    let all = spans(&tracer, 5).await;
    let names: Vec<_> = tracer
        .tree()
        .lines()
        .map(|line| {
            let end = line.find(" [").unwrap_or(line.len());
            line[..end].to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "job",
            "  CLIENT test.calls.Calls/Unary",
            "    SERVER test.calls.Calls/Unary",
            "CLIENT test.calls.Calls/Unary",
            "  SERVER test.calls.Calls/Unary",
        ]
    );
    let mut traces: Vec<_> = all.iter().map(|span| span.trace_id()).collect();
    traces.dedup();
    assert_eq!(traces.len(), 2, "{traces:?}");
}
