//! The traced client against real servers.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use awc::Client;
use futures_util::{FutureExt, StreamExt, future, stream};
use tracer_actix::ClientTracing;
use tracer_core::current::FutureExt as _;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{Kind, Sampling, TracerExt};

use crate::support::{Server, error};

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/item/{id}", web::get().to(|| async { "item" }))
        .route("/none", web::get().to(HttpResponse::NoContent))
        .route("/empty", web::get().to(HttpResponse::Ok))
        .route("/echo", web::get().to(echo))
        .route("/known", web::get().to(|| async { "known" }))
        .route("/stale", web::get().to(stale))
        .route("/moved", web::get().to(moved))
        .route("/ws", web::get().to(switch))
        .route("/hang", web::get().to(future::pending::<HttpResponse>))
        .route("/stream", web::get().to(chunks));
}

/// What came as the header of a stale context.
async fn stale(request: HttpRequest) -> String {
    let headers = request.headers();
    let all = headers.get_all("mock-trace-id").count();
    let sampled = headers.get("mock-sampled").map(|it| it.to_str().unwrap());
    format!("{all} {}", sampled.unwrap_or("none"))
}

/// Every `x-echo` that came.
async fn echo(request: HttpRequest) -> String {
    let all = request.headers().get_all("x-echo");
    let all: Vec<_> = all.map(|it| it.to_str().unwrap()).collect();
    all.join(",")
}

async fn moved() -> HttpResponse {
    let to = ("location", "/item/2");
    HttpResponse::Found().insert_header(to).finish()
}

async fn switch(request: HttpRequest) -> HttpResponse {
    let mut response = actix_http::ws::handshake(request.head()).unwrap();
    let silence = stream::pending::<Result<web::Bytes, std::io::Error>>();
    let body = actix_web::body::BodyStream::new(silence);
    response
        .message_body(body)
        .unwrap()
        .map_into_boxed_body()
        .into()
}

async fn chunks() -> HttpResponse {
    let chunks = stream::repeat_with(|| Ok::<_, std::io::Error>(web::Bytes::from("x")));
    HttpResponse::Ok().streaming(chunks.take(3))
}

fn tracing(tracer: &MockTracer) -> ClientTracing {
    ClientTracing::new(Arc::new(tracer.clone()))
}

fn client(tracer: &MockTracer) -> Client {
    Client::builder().wrap(tracing(tracer)).finish()
}

fn of_kind(spans: &[MockSpan], kind: Kind) -> Vec<&MockSpan> {
    spans.iter().filter(|span| span.kind == kind).collect()
}

#[actix_web::test]
async fn client_and_server_join_in_one_trace() {
    let server = Server::start(routes);
    let job = server.tracer.span("job").start();
    let url = server.url("/item/1?token=1");
    let request = client(&server.tracer).get(&url);
    let answer = async {
        let mut response = request.send().await.unwrap();
        response.body().await.unwrap()
    };
    assert_eq!(answer.in_span(job.handle()).await, "item");
    job.finish();
    let spans = server.spans(3).await;
    let (calls, served) = (of_kind(&spans, Kind::Client), of_kind(&spans, Kind::Server));
    let job = spans.iter().find(|span| span.name == "job").unwrap();
    assert!(calls[0].is_child_of(job));
    assert!(served[0].is_child_of(calls[0]));
    let call = calls[0];
    assert_eq!(call.name, "GET");
    assert_eq!(call.tag("http.url"), Some(server.url("/item/1")));
    assert_eq!(call.tag("component").as_deref(), Some("awc"));
    assert_eq!(call.tag("http.status_code").as_deref(), Some("200"));
    assert_eq!(call.tag("cancelled"), None);
    assert_eq!(call.remote.ip, Some(server.address.ip()));
    assert_eq!(call.remote.port, Some(server.address.port()));
}

#[actix_web::test]
async fn a_client_error_is_the_callers_error() {
    let server = Server::start(routes);
    let mut response = client(&server.tracer)
        .get(server.url("/absent"))
        .send()
        .await
        .unwrap();
    response.body().await.unwrap();
    let spans = server.spans(2).await;
    assert_eq!(error(of_kind(&spans, Kind::Client)[0]), "404");
    assert_eq!(error(of_kind(&spans, Kind::Server)[0]), "");
}

#[actix_web::test]
async fn a_refused_connection_still_is_a_span() {
    let closed = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let tracer = MockTracer::new();
    let request = client(&tracer).get(format!("http://{closed}/"));
    assert!(request.send().await.is_err());
    let spans = tracer.finished();
    assert_eq!(spans.len(), 1);
    assert!(error(&spans[0]).starts_with("ConnectError: "), "{spans:?}");
}

#[actix_web::test]
async fn it_ends_with_the_body_or_when_that_is_dropped() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    let mut response = client(&ours)
        .get(server.url("/stream"))
        .send()
        .await
        .unwrap();
    assert!(ours.finished().is_empty());
    assert_eq!(response.body().await.unwrap(), "xxx");
    assert_eq!(ours.finished()[0].tag("cancelled"), None);
    ours.reset();
    drop(
        client(&ours)
            .get(server.url("/stream"))
            .send()
            .await
            .unwrap(),
    );
    let dropped = ours.finished().remove(0);
    assert_eq!(dropped.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(error(&dropped), "");
}

#[actix_web::test]
async fn a_request_that_is_given_up_is_cancelled() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    let mut request = client(&ours).get(server.url("/hang")).send();
    assert!((&mut request).now_or_never().is_none());
    drop(request);
    let span = ours.finished().remove(0);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
}

#[actix_web::test]
async fn every_hop_of_a_redirect_is_a_span() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    let mut response = client(&ours)
        .get(server.url("/moved"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.body().await.unwrap(), "item");
    let statuses: Vec<_> = ours
        .finished()
        .iter()
        .map(|it| it.tag("http.status_code"))
        .collect();
    assert_eq!(statuses, [Some("302".into()), Some("200".into())]);
}

#[actix_web::test]
async fn a_stale_context_is_replaced_also_in_frozen_requests() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    let stale = || {
        client(&ours)
            .get(server.url("/stale"))
            .append_header(("mock-trace-id", "1"))
            .append_header(("mock-trace-id", "2"))
            .append_header(("mock-sampled", "0"))
    };
    let mut response = stale().send().await.unwrap();
    assert_eq!(response.body().await.unwrap(), "1 1");
    let frozen = stale().freeze().unwrap();
    let extra = frozen.extra_header(("mock-sampled", "0"));
    let mut response = extra.send().await.unwrap();
    assert_eq!(response.body().await.unwrap(), "1 1");
    assert_eq!(ours.finished().len(), 2);
}

#[actix_web::test]
async fn an_unsampled_call_is_sent_on_and_leaves_nothing() {
    let server = Server::start(routes);
    let ours = MockTracer::new().sampling(Sampling::Drop);
    let mut response = client(&ours)
        .get(server.url("/stale"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.body().await.unwrap(), "1 0");
    assert!(ours.finished().is_empty());
    server.spans(0).await;
}

#[actix_web::test]
async fn hosts_that_may_not_know_get_no_context() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    let tracing = tracing(&ours).configure(|http| http.inject_to(|host| host == "ours"));
    let client = Client::builder().wrap(tracing).finish();
    let request = client.get(server.url("/stale"));
    let mut response = request
        .insert_header(("mock-sampled", "0"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.body().await.unwrap(), "0 none");
    assert_eq!(ours.finished().len(), 1);
}

#[actix_web::test]
async fn both_sides_end_when_the_protocol_is_switched() {
    let server = Server::start(routes);
    let url = server.url("/ws").replace("http:", "ws:");
    let (response, _socket) = client(&server.tracer).ws(url).connect().await.unwrap();
    assert_eq!(response.status(), 101);
    let spans = server.spans(2).await;
    for span in &spans {
        assert_eq!(
            span.tag("http.upgrade").as_deref(),
            Some("true"),
            "{span:?}"
        );
        assert_eq!(span.tag("cancelled"), None);
    }
    let (calls, served) = (of_kind(&spans, Kind::Client), of_kind(&spans, Kind::Server));
    assert!(served[0].is_child_of(calls[0]));
}

#[actix_web::test]
async fn it_ends_as_soon_as_nothing_can_follow() {
    let server = Server::start(routes);
    let ours = MockTracer::new();
    for path in ["/none", "/empty"] {
        let response = client(&ours).get(server.url(path)).send().await.unwrap();
        assert_eq!(ours.finished().len(), 1, "{path}");
        drop(response);
        ours.reset();
    }
    let mut known = client(&ours)
        .get(server.url("/known"))
        .send()
        .await
        .unwrap();
    assert!(ours.finished().is_empty());
    assert_eq!(known.next().await.unwrap().unwrap(), "known");
    assert_eq!(ours.finished()[0].tag("cancelled"), None);
}

#[actix_web::test]
async fn what_is_added_to_a_frozen_request_replaces_what_stood_there() {
    let server = Server::start(routes);
    let request = client(&server.tracer).get(server.url("/echo"));
    let frozen = request.insert_header(("x-echo", "old")).freeze().unwrap();
    let mut response = frozen.extra_header(("x-echo", "new")).send().await.unwrap();
    assert_eq!(response.body().await.unwrap(), "new");
    let mut response = frozen.send().await.unwrap();
    assert_eq!(response.body().await.unwrap(), "old");
}

#[actix_web::test]
async fn the_query_is_recorded_without_its_secrets_if_asked_for() {
    let rules = |tracing: tracer_actix::Tracing| tracing.configure(|http| http.query(true));
    let server = Server::with(MockTracer::new(), routes, rules);
    let tracing = tracing(&server.tracer).configure(|http| http.query(true));
    let client = Client::builder().wrap(tracing).finish();
    let target = "/known?page=2&sig=secret";
    client
        .get(server.url(target))
        .send()
        .await
        .unwrap()
        .body()
        .await
        .unwrap();
    let spans = server.spans(2).await;
    let clean = "/known?page=2&sig=REDACTED";
    let (calls, served) = (of_kind(&spans, Kind::Client), of_kind(&spans, Kind::Server));
    assert_eq!(served[0].tag("http.path").as_deref(), Some(clean));
    assert_eq!(calls[0].tag("http.url"), Some(server.url(clean)));
}

#[actix_web::test]
async fn requests_with_the_content_type_of_grpc_follow_its_rules_if_told_to() {
    let rules = |tracing: tracer_actix::Tracing| tracing.configure(|http| http.rpc());
    let server = Server::with(MockTracer::new(), routes, rules);
    let tracing = tracing(&server.tracer).configure(|http| http.rpc());
    let client = Client::builder().wrap(tracing).finish();
    let request = client
        .get(server.url("/item/1"))
        .content_type("application/grpc");
    request.send().await.unwrap().body().await.unwrap();
    let spans = server.spans(2).await;
    assert!(spans.iter().all(|span| span.name == "item/1"), "{spans:?}");
}
