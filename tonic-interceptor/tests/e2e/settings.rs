//! The settings of the layers.

use std::net::SocketAddr;

use http::Response;
use tower::ServiceBuilder;
use tracer_core::http::TrustList;
use tracer_core::testing::MockTracer;

use crate::service::{CallsClient, Order};
use crate::support::{client_layer, endpoint, kitchen, only, pair, serve, serve_app, server_layer};

#[tokio::test]
async fn metadata_is_recorded_by_name_and_secrets_never() {
    let tracer = MockTracer::new();
    let layer =
        server_layer(&tracer).configure(|http| http.request_headers(["x-table", "authorization"]));
    let address = serve_app(kitchen().layer(layer)).await;
    let client = client_layer(&tracer)
        .configure(|http| http.response_headers(["x-served-by", "set-cookie"]));
    let stack = ServiceBuilder::new()
        .layer(client)
        .map_response(|mut response: Response<_>| {
            let headers = response.headers_mut();
            headers.insert("x-served-by", "jo".parse().unwrap());
            headers.insert("set-cookie", "secret".parse().unwrap());
            response
        });
    let channel = stack.service(endpoint(address).connect_lazy());
    let mut request = tonic::Request::new(Order::default());
    request
        .metadata_mut()
        .insert("x-table", "7".parse().unwrap());
    request
        .metadata_mut()
        .insert("authorization", "secret".parse().unwrap());
    CallsClient::new(channel).unary(request).await.unwrap();
    let (client, server) = pair(&tracer).await;
    assert_eq!(
        server.tag("http.request.header.x-table").as_deref(),
        Some("7")
    );
    assert_eq!(
        client.tag("http.response.header.x-served-by").as_deref(),
        Some("jo")
    );
    assert!(!tracer.tree().contains("secret"));
}

#[tokio::test]
async fn a_closure_finds_the_peer_before_tonic_is_asked() {
    let here = SocketAddr::from(([10, 1, 2, 3], 4567));
    for (found, expected) in [
        (Some(here), Some(here.ip())),
        (None, Some([127, 0, 0, 1].into())),
    ] {
        let tracer = MockTracer::new();
        let address = serve(server_layer(&tracer).peer(move |_| found)).await;
        let mut client = CallsClient::new(endpoint(address).connect_lazy());
        client.unary(Order::default()).await.unwrap();
        assert_eq!(only(&tracer).await.remote.ip, expected);
    }
}

#[tokio::test]
async fn proxies_on_the_list_say_who_the_caller_is() {
    let tracer = MockTracer::new();
    let proxies = TrustList::parse(["127.0.0.0/8"]).unwrap();
    let address =
        serve(server_layer(&tracer).configure(|http| http.trusted_proxies(proxies))).await;
    let mut client = CallsClient::new(endpoint(address).connect_lazy());
    let mut request = tonic::Request::new(Order::default());
    let caller = "203.0.113.7".parse().unwrap();
    request.metadata_mut().insert("x-forwarded-for", caller);
    client.unary(request).await.unwrap();
    let caller = only(&tracer).await.remote.ip;
    assert_eq!(caller, Some([203, 0, 113, 7].into()));
}

#[tokio::test]
async fn the_settings_of_http_are_there_too() {
    let tracer = MockTracer::new();
    let layer = server_layer(&tracer).configure(|http| http.trace_id_header("x-trace-id"));
    let address = serve(layer).await;
    let mut client = CallsClient::new(endpoint(address).connect_lazy());
    let reply = client.unary(Order::default()).await.unwrap();
    let id = reply
        .metadata()
        .get("x-trace-id")
        .unwrap()
        .to_str()
        .unwrap();
    assert_eq!(id, only(&tracer).await.trace_id().to_string());
}
