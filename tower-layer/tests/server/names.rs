//! What spans are called and what they say.

use axum::Router;
use axum::routing::{any, get};
use http::Request;
use tracer_core::testing::MockTracer;
use tracer_core::{Kind, SpanRef};

use crate::support::{self, layer, only, send, serve};

async fn name_of(build: impl FnOnce(&MockTracer) -> Router, path: &str) -> String {
    let tracer = MockTracer::new();
    let address = serve(build(&tracer)).await;
    support::get(address, path).await;
    only(&tracer).await.name
}

fn users() -> Router {
    Router::new().route("/users/{id}", get(async || "user"))
}

#[tokio::test]
async fn a_request_is_a_server_span_with_its_facts() {
    let tracer = MockTracer::new();
    let address = serve(users().layer(layer(&tracer))).await;
    assert_eq!(support::get(address, "/users/7?secret=1").await.0, 200);
    let span = only(&tracer).await;
    assert_eq!((span.kind, &*span.name), (Kind::Server, "GET /users/{id}"));
    let tags: Vec<_> = span.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let mut tags: Vec<_> = tags.iter().map(String::as_str).collect();
    tags.sort_unstable();
    let expected = [
        "component=axum",
        "http.method=GET",
        "http.path=/users/7",
        "http.route=/users/{id}",
        "http.status_code=200",
    ];
    assert_eq!(tags, expected);
    assert_eq!(span.remote.ip, Some([127, 0, 0, 1].into()));
    assert!(span.remote.port.is_some());
    assert_eq!(support::error(&span), None);
}

#[tokio::test]
async fn nothing_matched_is_said_only_when_the_router_says_so() {
    let inside = |tracer: &MockTracer| users().layer(layer(tracer));
    assert_eq!(name_of(inside, "/nothing/7").await, "GET not_found");
    let around = |tracer: &MockTracer| Router::new().fallback_service(layered(tracer, users()));
    assert_eq!(name_of(around, "/users/7").await, "GET");
    let handled = |tracer: &MockTracer| {
        let missing = get(async || http::StatusCode::NOT_FOUND);
        Router::new().route("/gone", missing).layer(layer(tracer))
    };
    assert_eq!(name_of(handled, "/gone").await, "GET /gone");
    let fallback = |tracer: &MockTracer| users().fallback(async || "page").layer(layer(tracer));
    assert_eq!(name_of(fallback, "/nothing").await, "GET");
}

fn layered(tracer: &MockTracer, app: Router) -> tracer_tower::Server<Router> {
    tower::Layer::layer(&layer(tracer), app)
}

#[tokio::test]
async fn a_nested_router_keeps_the_whole_route_and_path() {
    let tracer = MockTracer::new();
    let app = Router::new().nest("/api", users().layer(layer(&tracer)));
    let address = serve(app).await;
    support::get(address, "/api/users/7").await;
    let span = only(&tracer).await;
    assert_eq!(span.name, "GET /api/users/{id}");
    assert_eq!(span.tag("http.path").as_deref(), Some("/api/users/7"));
}

#[tokio::test]
async fn a_layer_round_nested_routers_sees_all_of_the_route() {
    let nested = |tracer: &MockTracer| {
        let files = Router::new().route("/files/{*path}", get(async || "file"));
        let app = Router::new().nest("/api", users().merge(files));
        app.layer(layer(tracer))
    };
    assert_eq!(name_of(nested, "/api/users/7").await, "GET /api/users/{id}");
    let file = name_of(nested, "/api/files/a/b").await;
    assert_eq!(file, "GET /api/files/{*path}");
    assert_eq!(name_of(nested, "/api/nothing").await, "GET not_found");
    assert_eq!(name_of(nested, "/nothing").await, "GET not_found");
}

#[tokio::test]
async fn a_method_that_is_not_allowed_keeps_the_route() {
    let tracer = MockTracer::new();
    let address = serve(users().layer(layer(&tracer))).await;
    let response = send(address, Request::post("/"), "/users/7").await;
    assert_eq!(response.status(), 405);
    assert_eq!(only(&tracer).await.name, "POST /users/{id}");
}

#[tokio::test]
async fn an_inner_layer_for_grpc_tells_the_outer_span_what_it_knows_better() {
    let tracer = MockTracer::new();
    let handler = async || {
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static("14"));
        let frame = Ok::<_, std::convert::Infallible>(http_body::Frame::trailers(trailers));
        let body = http_body_util::StreamBody::new(futures_util::stream::iter([frame]));
        axum::response::Response::new(axum::body::Body::new(body))
    };
    let app = Router::new().route("/pkg.Users/Get", any(handler));
    let app = app.layer(layer(&tracer).configure(|http| http.rpc()));
    let address = serve(app.layer(layer(&tracer))).await;
    let request = Request::post("/").header("content-type", "application/grpc");
    let response = send(address, request, "/pkg.Users/Get").await;
    http_body_util::BodyExt::collect(response).await.unwrap();
    let span = only(&tracer).await;
    assert_eq!((span.kind, &*span.name), (Kind::Server, "pkg.Users/Get"));
    let status = span.tag("grpc.status_code");
    assert_eq!(status.as_deref(), Some("UNAVAILABLE"));
    assert_eq!(support::error(&span).as_deref(), Some("UNAVAILABLE"));
}

#[tokio::test]
async fn a_route_layer_names_the_span_from_inside() {
    let routed = || {
        let missing = get(async || http::StatusCode::NOT_FOUND);
        let app = users().route("/gone", missing);
        app.layer(tracer_tower::RouteLayer::new())
    };
    let around = |tracer: &MockTracer| Router::new().fallback_service(layered(tracer, routed()));
    assert_eq!(name_of(around, "/users/7").await, "GET /users/{id}");
    assert_eq!(name_of(around, "/gone").await, "GET /gone");
    let nested = |tracer: &MockTracer| {
        let app = Router::new().nest_service("/api", routed());
        app.layer(layer(tracer))
    };
    assert_eq!(name_of(nested, "/api/users/7").await, "GET /api/users/{id}");
    assert_eq!(name_of(nested, "/api/gone").await, "GET /api/gone");
    assert_eq!(name_of(nested, "/nothing").await, "GET not_found");
}

#[tokio::test]
async fn what_a_middleware_said_beats_the_route_layer() {
    let around = |tracer: &MockTracer| {
        let named = tower::util::MapRequestLayer::new(|request: Request<axum::body::Body>| {
            SpanRef::current().set_name("mine");
            request
        });
        let routed = users().layer(tracer_tower::RouteLayer::new()).layer(named);
        Router::new().fallback_service(layered(tracer, routed))
    };
    assert_eq!(name_of(around, "/users/7").await, "mine");
}
