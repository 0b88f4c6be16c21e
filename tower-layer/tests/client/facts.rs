//! What a span of a call is told about it.

use std::convert::Infallible;
use std::future::{Ready, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::Kind;
use tracer_core::http::ErrorPolicy;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tower::ClientLayer;

use crate::support::{client, error, layer, only, request, serve};

fn answer(_: Request<()>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    ready(Ok(response))
}

/// The span of a call to this URL, which nobody has to resolve.
async fn span_of(set: impl FnOnce(ClientLayer) -> ClientLayer, url: &str) -> MockSpan {
    let tracer = MockTracer::new();
    let service = set(layer(&tracer)).layer(service_fn(answer));
    let request = Request::get(url).header("authorization", "secret");
    let request = request.header("x-tenant", "blue").body(()).unwrap();
    service.oneshot(request).await.unwrap();
    only(&tracer).await
}

fn peer(span: &MockSpan) -> String {
    let ip = span.remote.ip.map(|ip| ip.to_string());
    let host = span.remote.host.clone().or(ip).unwrap_or_default();
    format!("{host} {}", span.remote.port.unwrap_or_default())
}

#[tokio::test]
async fn the_peer_is_what_the_url_says() {
    for (url, expected) in [
        ("http://users.example/", "users.example 80"),
        ("https://users.example/", "users.example 443"),
        ("http://me:pw@users.example:8080/", "users.example 8080"),
        ("http://10.1.2.3:8080/", "10.1.2.3 8080"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1 8080"),
        ("http://[::ffff:10.1.2.3]/", "10.1.2.3 80"),
        ("/users", " 0"),
    ] {
        let span = span_of(|layer| layer, url).await;
        assert_eq!(peer(&span), expected, "{url}");
        assert_eq!(span.remote.service, None);
    }
}

#[tokio::test]
async fn without_an_authority_it_is_what_the_host_header_says() {
    let tracer = MockTracer::new();
    let request = Request::get("/users").header("host", "users.example:81");
    let service = layer(&tracer).layer(service_fn(answer));
    service.oneshot(request.body(()).unwrap()).await.unwrap();
    let span = only(&tracer).await;
    assert_eq!(peer(&span), "users.example 81");
}

#[tokio::test]
async fn a_layer_may_know_the_peer_better() {
    let set = |layer: ClientLayer| {
        layer.configure(|http| http.peer_service("users").peer_address("users.example:81"))
    };
    for url in ["/users", "http://10.1.2.3:8080/users"] {
        let span = span_of(set, url).await;
        assert_eq!(peer(&span), "users.example 81");
        assert_eq!(span.remote.service.as_deref(), Some("users"));
    }
}

#[tokio::test]
async fn a_host_name_is_not_resolved() {
    let tracer = MockTracer::new();
    let address = serve(axum::Router::new().fallback(async || "text")).await;
    let mut request = request(address, "/");
    let url = format!("http://localhost:{}/", address.port());
    *request.uri_mut() = url.parse().unwrap();
    let response = client(&layer(&tracer)).oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    let span = only(&tracer).await;
    assert_eq!(peer(&span), format!("localhost {}", address.port()));
    assert_eq!(span.remote.ip, None);
}

#[tokio::test]
async fn urls_lose_their_secrets() {
    let url = "https://me:pw@users.example/a?id=1&X-Amz-Signature=abc&AWSAccessKeyId=x&token=t";
    let bare = span_of(|layer| layer, url).await;
    assert_eq!(bare.kind, Kind::Client);
    let expected = "https://users.example/a";
    assert_eq!(bare.tag("http.url").as_deref(), Some(expected));
    let set =
        |layer: ClientLayer| layer.configure(|http| http.query(true).secret_parameters(["token"]));
    let query = "id=1&X-Amz-Signature=REDACTED&AWSAccessKeyId=REDACTED&token=REDACTED";
    let tag = span_of(set, url).await.tag("http.url");
    assert_eq!(tag, Some(format!("{expected}?{query}")));
}

#[tokio::test]
async fn headers_and_errors_are_a_matter_of_settings() {
    let set = |layer: ClientLayer| {
        layer.configure(|http| {
            http.component("mine")
                .request_headers(["x-tenant", "authorization"])
                .errors(ErrorPolicy::custom(|status| status >= 500))
                .on_request(|request, span| span.set_tag("asked", request.path()))
                .on_response(|response, span| span.set_tag("missing", response.status == 404))
        })
    };
    let span = span_of(set, "http://a/b").await;
    let mut tags: Vec<_> = span.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    tags.sort_unstable();
    let expected = [
        "asked=/b",
        "component=mine",
        "http.method=GET",
        "http.request.header.x-tenant=blue",
        "http.status_code=404",
        "http.url=http://a/b",
        "missing=true",
    ];
    assert_eq!(tags, expected);
    assert_eq!(error(&span), None);
    let span = span_of(|layer| layer, "http://a/b").await;
    assert_eq!(error(&span).as_deref(), Some("404"));
}
