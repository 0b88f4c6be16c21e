//! Who the client is.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::http::TrustList;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tower::ServerLayer;

use crate::support::{ask, layer, only, serve};

fn proxies() -> TrustList {
    TrustList::parse(["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]).unwrap()
}

/// The address, and the port unless a socket of ours chose it.
fn peer(span: &MockSpan) -> String {
    match (span.remote.ip, span.remote.port) {
        (Some(ip), Some(port)) if !ip.is_loopback() => SocketAddr::new(ip, port).to_string(),
        (Some(ip), _) => ip.to_string(),
        (None, _) => "nobody".to_owned(),
    }
}

#[tokio::test]
async fn a_proxy_on_the_list_says_who_the_client_is() {
    let headers = [
        (("x-forwarded-for", "1.2.3.4"), "1.2.3.4"),
        (("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9"), "1.2.3.4"),
        (
            ("x-forwarded-for", "6.6.6.6, 2001:db8::1, fd00::2"),
            "2001:db8::1",
        ),
        (("x-forwarded-for", "6.6.6.6, ::ffff:1.2.3.4"), "1.2.3.4"),
        (("x-forwarded-for", "6.6.6.6, garbage"), "127.0.0.1"),
        (
            ("forwarded", "for=\"[2001:db8::1]:4711\";proto=https"),
            "[2001:db8::1]:4711",
        ),
        (("forwarded", "for=6.6.6.6, for=1.2.3.4:99"), "1.2.3.4:99"),
        (("x-real-ip", "1.2.3.4"), "127.0.0.1"),
    ];
    for (header, expected) in headers {
        let tracer = MockTracer::new();
        let app = Router::new().route("/x", get(async || ""));
        let address =
            serve(app.layer(layer(&tracer).configure(|http| http.trusted_proxies(proxies()))))
                .await;
        ask(address, "/x", &[header]).await;
        assert_eq!(peer(&only(&tracer).await), expected, "{header:?}");
    }
}

#[tokio::test]
async fn nobody_else_does() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(async || ""));
    let address = serve(app.layer(layer(&tracer))).await;
    ask(address, "/x", &[("x-forwarded-for", "1.2.3.4")]).await;
    assert_eq!(peer(&only(&tracer).await), "127.0.0.1");
    let elsewhere: SocketAddr = "8.8.8.8:5".parse().unwrap();
    let request = forwarded().extension(ConnectInfo(elsewhere));
    let span = answered(
        |layer| layer.configure(|http| http.trusted_proxies(proxies())),
        request,
    )
    .await;
    assert_eq!(peer(&span), "8.8.8.8:5");
}

fn forwarded() -> http::request::Builder {
    Request::get("/").header("x-forwarded-for", "1.2.3.4")
}

/// The span of a request that came by another way than a socket of axum's.
async fn answered(
    set: impl Fn(ServerLayer) -> ServerLayer,
    request: http::request::Builder,
) -> MockSpan {
    let tracer = MockTracer::new();
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(
            String::new(),
        )))
    });
    let service = set(layer(&tracer)).layer(inner);
    service.oneshot(request.body(()).unwrap()).await.unwrap();
    only(&tracer).await
}

/// An extension of another server.
#[derive(Clone)]
struct Connection(SocketAddr);

#[tokio::test]
async fn a_closure_finds_the_socket_where_axum_did_not_put_it() {
    let mapped = Connection("[::ffff:10.0.0.1]:5".parse().unwrap());
    let by_closure = |layer: ServerLayer| {
        layer.peer(|extensions| {
            extensions
                .get::<Connection>()
                .map(|connection| connection.0)
        })
    };
    let request = || forwarded().extension(mapped.clone());
    assert_eq!(peer(&answered(by_closure, request()).await), "10.0.0.1:5");
    let trusting = |layer| by_closure(layer).configure(|http| http.trusted_proxies(proxies()));
    assert_eq!(peer(&answered(trusting, request()).await), "1.2.3.4");
    assert_eq!(peer(&answered(trusting, forwarded()).await), "nobody");
    let broken = |layer: ServerLayer| layer.peer(|_| panic!("what is this?"));
    assert_eq!(peer(&answered(broken, request()).await), "nobody");
}
