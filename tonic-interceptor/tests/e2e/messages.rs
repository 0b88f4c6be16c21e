//! The messages of a call.

use std::sync::Arc;

use tokio_stream::iter;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tracer_core::current::FutureExt;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{Kind, NoopTracer, Sampling, TracerExt};
use tracer_tonic::{ClientLayer, MessageLayer, ServerLayer};

use crate::service::{CallsClient, CallsServer, Kitchen, Order};
use crate::support::{
    client_layer, endpoint, kitchen, listen, only, pair, serve_app, server_layer,
};

/// Three orders, three replies, with this layer on both sides.
async fn chat(tracer: &MockTracer, settings: fn(MessageLayer) -> MessageLayer) {
    let (listener, address) = listen().await;
    let server = Server::builder()
        .layer(server_layer(tracer))
        .layer(settings(MessageLayer::server()))
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let channel = ServiceBuilder::new()
        .layer(client_layer(tracer))
        .layer(settings(MessageLayer::client()))
        .service(endpoint(address).connect_lazy());
    let orders = iter([Order::ok(1), Order::ok(0), Order::ok(300)]);
    let replies = CallsClient::new(channel).chat(orders).await.unwrap();
    let mut replies = replies.into_inner();
    while replies.message().await.unwrap().is_some() {}
}

fn counts(span: &MockSpan) -> (Option<String>, Option<String>) {
    (
        span.tag("grpc.messages_sent"),
        span.tag("grpc.messages_received"),
    )
}

fn events(span: &MockSpan) -> Vec<String> {
    let log = |log: &tracer_core::testing::MockLog| {
        let fields = log.fields.iter();
        let fields = fields.map(|(key, value)| format!("{key}={value}"));
        fields.collect::<Vec<_>>().join(" ")
    };
    let mut events: Vec<_> = span.logs.iter().map(log).collect();
    events.sort();
    events
}

#[tokio::test]
async fn both_directions_are_counted_and_nothing_is_logged_unless_asked_for() {
    let tracer = MockTracer::new();
    chat(&tracer, |layer| layer).await;
    let (client, server) = pair(&tracer).await;
    for span in [&client, &server] {
        assert_eq!(counts(span), (Some("3".into()), Some("3".into())));
        assert!(span.logs.is_empty());
    }
}

#[tokio::test]
async fn events_are_logged_up_to_a_cap_in_each_direction() {
    let tracer = MockTracer::new();
    chat(&tracer, |layer| layer.events(2).payloads(2)).await;
    let (client, server) = pair(&tracer).await;
    let event = |kind, id, size, payload| {
        format!(
            "event=message rpc.message.type={kind} rpc.message.id={id} \
             rpc.message.compressed_size={size} rpc.message.payload={payload}"
        )
    };
    let expected = |orders, replies| {
        let mut events = vec![
            event(orders, 1, 2, "1801"),
            event(orders, 2, 0, ""),
            event(replies, 1, 2, "0801"),
            event(replies, 2, 2, "0802"),
        ];
        events.sort();
        events
    };
    assert_eq!(events(&client), expected("SENT", "RECEIVED"));
    assert_eq!(events(&server), expected("RECEIVED", "SENT"));
    assert_eq!(counts(&client), (Some("3".into()), Some("3".into())));
}

#[tokio::test]
async fn payloads_are_logged_only_if_asked_for() {
    let tracer = MockTracer::new();
    chat(&tracer, |layer| layer.events(1)).await;
    let (client, _) = pair(&tracer).await;
    assert_eq!(
        events(&client),
        [
            "event=message rpc.message.type=RECEIVED rpc.message.id=1 rpc.message.compressed_size=2",
            "event=message rpc.message.type=SENT rpc.message.id=1 rpc.message.compressed_size=2",
        ]
    );
}

#[tokio::test]
async fn axum_bodies_are_counted_too() {
    let tracer = MockTracer::new();
    let app = kitchen().layer(
        ServiceBuilder::new()
            .layer(server_layer(&tracer))
            .layer(MessageLayer::server()),
    );
    let address = serve_app(app).await;
    let mut client = crate::support::connect(client_layer(&tracer), address);
    client
        .upload(iter([Order::ok(0), Order::ok(0)]))
        .await
        .unwrap();
    let (client, server) = pair(&tracer).await;
    assert_eq!(counts(&server), (Some("1".into()), Some("2".into())));
    assert_eq!(counts(&client), (None, Some("1".into())));
}

#[tokio::test]
async fn calls_that_nobody_records_are_left_alone() {
    let noop = Arc::new(NoopTracer);
    let unsampled = Arc::new(MockTracer::new().sampling(Sampling::Drop));
    for tracer in [noop as Arc<dyn tracer_core::Tracer>, unsampled] {
        let layer = ServiceBuilder::new()
            .layer(ServerLayer::new(Arc::clone(&tracer)))
            .layer(MessageLayer::server().events(9));
        let address = serve_app(kitchen().layer(layer)).await;
        let channel = ServiceBuilder::new()
            .layer(ClientLayer::new(tracer))
            .layer(MessageLayer::client().events(9))
            .service(endpoint(address).connect_lazy());
        let reply = CallsClient::new(channel).upload(iter([Order::ok(0)])).await;
        assert_eq!(reply.unwrap().get_ref().orders, 1);
    }
}

#[tokio::test]
async fn a_request_without_messages_is_counted_as_well() {
    let tracer = MockTracer::new();
    let layer = ServiceBuilder::new()
        .layer(server_layer(&tracer))
        .layer(MessageLayer::server());
    let address = serve_app(kitchen().layer(layer)).await;
    let mut client = crate::support::connect(client_layer(&tracer), address);
    client.upload(tokio_stream::empty()).await.unwrap();
    let (_, server) = pair(&tracer).await;
    assert_eq!(counts(&server), (Some("1".into()), Some("0".into())));
}

fn request(content_type: &str) -> http::Request<Body> {
    let message: &[u8] = &[0, 0, 0, 0, 0];
    http::Request::post("/test.calls.Calls/Unary")
        .header("content-type", content_type)
        .body(Body::new(http_body_util::Full::from(message)))
        .unwrap()
}

#[tokio::test]
async fn bodies_that_are_no_grpc_are_left_alone() {
    let tracer = MockTracer::new();
    let routes = Routes::new(CallsServer::new(Kitchen));
    let layer = ServiceBuilder::new()
        .layer(server_layer(&tracer))
        .layer(MessageLayer::server());
    let response = layer.service(routes).oneshot(request("application/json"));
    drop(response.await.unwrap());
    let span = only(&tracer).await;
    assert_eq!(counts(&span), (None, None));
}

#[tokio::test]
async fn a_span_of_another_kind_hears_nothing_of_messages() {
    for (kind, layer) in [
        (Kind::Local, MessageLayer::server()),
        (Kind::Local, MessageLayer::client()),
        (Kind::Server, MessageLayer::client()),
        (Kind::Client, MessageLayer::server()),
    ] {
        let tracer = MockTracer::new();
        let service = layer.layer(Routes::new(CallsServer::new(Kitchen)));
        let span = tracer.span("another").kind(kind).start();
        let response = service.oneshot(request("application/grpc")).in_span(span);
        drop(response.await.unwrap());
        assert_eq!(counts(&only(&tracer).await), (None, None), "{layer:?}");
    }
}
