//! Requests that a handler sends within its process.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::routing::get;
use http::StatusCode;
use http_body_util::BodyExt;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};
use tracer_core::testing::MockTracer;
use tracer_tower::RouteLayer;

use crate::rules::{caller, echo};
use crate::support::{ask, layer, only, serve, spans};

/// Batches, façades and gateways call services within their process, also traced ones.
#[tokio::test]
async fn requests_that_a_handler_sends_within_its_process_have_spans_of_their_own() {
    let tracer = MockTracer::new();
    let fails = || async { (StatusCode::INTERNAL_SERVER_ERROR, "boom") };
    let parts = Router::new()
        .route("/boom", get(fails))
        .route("/users/{id}", get(echo))
        .layer(layer(&tracer));
    let handler = async move || {
        for path in ["/boom", "/users/7"] {
            let request = http::Request::get(path).body(Body::empty()).unwrap();
            let response = parts.clone().oneshot(request).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
        "recovered"
    };
    let app = Router::new()
        .route("/batch", get(handler))
        .layer(layer(&tracer));
    let said = ask(serve(app).await, "/batch", &caller(true, "1")).await;
    assert_eq!(said, "recovered");
    let spans = spans(&tracer, 3).await;
    let batch = spans.iter().find(|span| span.name == "GET /batch").unwrap();
    assert!(batch.error.is_none());
    for (name, fails) in [("GET /boom", true), ("GET /users/{id}", false)] {
        let span = spans.iter().find(|span| span.name == name).unwrap();
        assert_eq!(span.context.parent_id(), Some(batch.context.span_id()));
        assert_eq!(span.context.trace_id(), batch.context.trace_id());
        assert_eq!(span.error.is_some(), fails, "{name}");
    }
}

#[tokio::test]
async fn a_route_layer_within_the_process_names_no_other_request() {
    let tracer = MockTracer::new();
    let parts = Router::new()
        .route("/users/{id}", get(echo))
        .layer(RouteLayer::new());
    let handler = async move || {
        let request = http::Request::get("/users/7").body(Body::empty());
        parts.oneshot(request.unwrap()).await.unwrap();
    };
    let app = Router::new()
        .route("/batch", get(handler))
        .layer(layer(&tracer));
    ask(serve(app).await, "/batch", &[]).await;
    let span = only(&tracer).await;
    assert_eq!(span.name, "GET /batch");
}

/// A gateway that changes the target of the request that it got, and calls a service with it.
#[tokio::test]
async fn a_request_that_a_handler_hands_on_with_another_target_is_another_request() {
    let tracer = MockTracer::new();
    let fails = async || StatusCode::INTERNAL_SERVER_ERROR;
    let parts = |inside: bool| {
        let parts = Router::new().route("/boom/{id}", get(fails));
        if inside {
            parts.layer(layer(&tracer))
        } else {
            parts.layer(RouteLayer::new())
        }
    };
    for (inside, names) in [(true, 2), (false, 1)] {
        let parts = parts(inside);
        let handler = async move |mut request: Request| {
            *request.uri_mut() = "/boom/1".parse().unwrap();
            parts.oneshot(request).await.unwrap();
        };
        let app = Router::new()
            .route("/batch", get(handler))
            .layer(layer(&tracer));
        ask(serve(app).await, "/batch", &[]).await;
        let spans = spans(&tracer, names).await;
        let batch = spans.last().unwrap();
        assert_eq!((spans.len(), &*batch.name), (names, "GET /batch"));
        assert!(batch.error.is_none());
        if inside {
            assert_eq!(spans[0].name, "GET /boom/{id}");
            assert_eq!(spans[0].tag("http.path").as_deref(), Some("/boom/1"));
            assert_eq!(spans[0].context.parent_id(), Some(batch.context.span_id()));
        }
        tracer.reset();
    }
}

/// What axum leaves in a request's extensions says nothing of another target with which it is handed on.
#[tokio::test]
async fn a_request_that_is_handed_on_is_not_named_after_the_one_that_it_was() {
    let tracer = MockTracer::new();
    let fails = async || StatusCode::INTERNAL_SERVER_ERROR;
    for (path, template, target, around, name) in [
        // Ends alike, but not at a segment.
        ("/kaboom", "/kaboom", "/boom", false, "GET /boom"),
        ("/orders/17", "/orders/{id}", "/7", false, "GET /7"),
        // Nothing matches there, or nobody can know yet.
        ("/batch", "/batch", "/nothing", false, "GET"),
        ("/users/7", "/users/{id}", "/nothing", false, "GET"),
        ("/batch", "/batch", "/boom", true, "GET"),
        ("/v1/users/me", "/v1/users/{id}", "/users/7", false, "GET"),
        ("/acme", "/{tenant}", "/part", false, "GET"),
        // A gateway.
        ("/p/7", "/{*rest}", "/orders/7", false, "GET /orders/{id}"),
    ] {
        let parts = Router::new()
            .route("/boom", get(fails))
            .route("/7", get(fails))
            .route("/orders/{id}", get(fails));
        let parts = if around {
            Router::new().fallback_service(layer(&tracer).layer(parts))
        } else {
            parts.layer(layer(&tracer))
        };
        let handler = async move |mut request: Request| {
            *request.uri_mut() = target.parse().unwrap();
            let response = parts.oneshot(request).await.unwrap();
            response.into_body().collect().await.unwrap();
            "recovered"
        };
        let app = Router::new()
            .route(template, get(handler))
            .layer(layer(&tracer));
        ask(serve(app).await, path, &[]).await;
        let spans = spans(&tracer, 2).await;
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, [name, &format!("GET {template}")], "{target}");
        assert_eq!(spans[0].tag("http.path").as_deref(), Some(target));
        assert_eq!(spans[1].tag("http.path").as_deref(), Some(path));
        tracer.reset();
    }
}

fn people_to_users(mut request: Request) -> Request {
    let path = request.uri().path().replace("people", "users");
    *request.uri_mut() = path.parse().unwrap();
    request
}

/// Inside of a router that has seen the path as it was.
#[tokio::test]
async fn behind_a_path_that_was_rewritten_under_a_prefix_the_rest_of_the_route_is_known() {
    let tracer = MockTracer::new();
    let users = || Router::new().route("/users/{id}", get(async || "user"));
    let rewrite = MapRequestLayer::new(people_to_users);
    let inside =
        Router::new().nest_service("/v1", rewrite.clone().layer(users().layer(layer(&tracer))));
    let around = Router::new()
        .nest_service("/v1", rewrite.layer(users().layer(RouteLayer::new())))
        .layer(layer(&tracer));
    for app in [inside, around] {
        ask(serve(app).await, "/v1/people/7", &[]).await;
        let span = only(&tracer).await;
        assert_eq!(span.name, "GET /users/{id}");
        tracer.reset();
    }
}

/// A nested router sees what is left of the path; its span is told of all of it.
#[tokio::test]
async fn a_layer_in_a_nested_router_knows_the_whole_path() {
    let tracer = MockTracer::new();
    let api = Router::new()
        .route("/", get(async || "root"))
        .route("/users/{id}/", get(async || "user"))
        .layer(layer(&tracer));
    let address = serve(Router::new().nest("/api", api)).await;
    for (path, route) in [("/api", "/api"), ("/api/users/7/", "/api/users/{id}/")] {
        ask(address, path, &[]).await;
        let span = only(&tracer).await;
        assert_eq!(span.name, format!("GET {route}"));
        assert_eq!(span.tag("http.path").as_deref(), Some(path));
        tracer.reset();
    }
}

/// Middleware in front of a router, as axum's documentation has it.
#[tokio::test]
async fn a_route_layer_names_the_request_behind_a_rewritten_path() {
    let tracer = MockTracer::new();
    let status = async |Path(id): Path<u16>| StatusCode::from_u16(id).unwrap();
    let users = Router::new()
        .route("/users/{id}", get(status))
        .layer(RouteLayer::new());
    let rewrite = MapRequestLayer::new(people_to_users);
    let app = layer(&tracer).layer(rewrite.layer(users));
    let address = serve(Router::new().fallback_service(app)).await;
    for path in ["/people/200", "/people/404"] {
        ask(address, path, &[]).await;
        let span = only(&tracer).await;
        assert_eq!(span.name, "GET /users/{id}");
        assert_eq!(span.tag("http.path").as_deref(), Some(path));
        tracer.reset();
    }
}
