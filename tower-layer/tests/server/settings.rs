//! What a layer can be told to record, and what it never does.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode};
use tracer_core::http::{ErrorPolicy, HttpServer};
use tracer_core::testing::{MockSpan, MockTracer};

use crate::support::{ask, error, layer, only, serve};

async fn span_of(
    set: impl FnOnce(HttpServer) -> HttpServer,
    path: &str,
    headers: &[(&str, &str)],
) -> MockSpan {
    let tracer = MockTracer::new();
    let status = async |Path(status): Path<u16>| {
        let mut headers = HeaderMap::new();
        headers.insert("x-cache", HeaderValue::from_static("hit"));
        headers.insert("set-cookie", HeaderValue::from_static("id=secret"));
        (StatusCode::from_u16(status).unwrap(), headers)
    };
    let app = Router::new().route("/{status}", get(status));
    let address = serve(app.layer(layer(&tracer).configure(set))).await;
    ask(address, path, headers).await;
    only(&tracer).await
}

#[tokio::test]
async fn the_policy_says_which_statuses_are_errors() {
    let policies = [
        (ErrorPolicy::by_side(), "503"),
        (ErrorPolicy::brave(), "404 503"),
        (ErrorPolicy::custom(|status| status == 302), "302"),
    ];
    for (policy, expected) in policies {
        let mut errors = Vec::new();
        for path in ["/200", "/302", "/404", "/503"] {
            let span = span_of(|http| http.errors(policy.clone()), path, &[]).await;
            errors.extend(error(&span));
        }
        assert_eq!(errors.join(" "), expected, "{policy:?}");
    }
}

#[tokio::test]
async fn a_query_is_recorded_on_demand_without_its_secrets() {
    let path = "/200?a=1&sig=abc&token=t";
    let bare = span_of(|http| http, path, &[]).await;
    assert_eq!(bare.tag("http.path").as_deref(), Some("/200"));
    let set = |http: HttpServer| http.query(true).secret_parameters(["token"]);
    let query = span_of(set, path, &[]).await;
    let expected = "/200?a=1&sig=REDACTED&token=REDACTED";
    assert_eq!(query.tag("http.path").as_deref(), Some(expected));
}

#[tokio::test]
async fn headers_are_recorded_by_name_unless_they_carry_secrets() {
    let sent = [("x-tenant", "blue"), ("authorization", "secret")];
    let bare = span_of(|http| http, "/200", &sent).await;
    assert!(!format!("{bare:?}").contains("blue"));
    let set = |http: HttpServer| {
        http.request_headers(["X-Tenant", "Authorization"])
            .response_headers(["x-cache", "Set-Cookie"])
    };
    let span = span_of(set, "/200", &sent).await;
    let tag = span.tag("http.request.header.x-tenant");
    assert_eq!(tag.as_deref(), Some("blue"));
    let tag = span.tag("http.response.header.x-cache");
    assert_eq!(tag.as_deref(), Some("hit"));
    assert!(!format!("{span:?}").contains("secret"));
}

#[tokio::test]
async fn hooks_see_requests_and_responses_and_may_annotate() {
    let set = |http: HttpServer| {
        http.on_request(|request, span| span.set_tag("host", request.host().unwrap_or_default()))
            .on_response(|response, span| span.set_tag("teapot", response.status == 418))
    };
    let span = span_of(set, "/418", &[("host", "api.example")]).await;
    assert_eq!(span.tag("host").as_deref(), Some("api.example"));
    assert_eq!(span.tag("teapot").as_deref(), Some("true"));
}
