//! Which context goes along, and which one stays.

use std::convert::Infallible;
use std::future::{Ready, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::current::{self, FutureExt};
use tracer_core::http::Rule;
use tracer_core::testing::MockTracer;
use tracer_core::{Sampling, SpanRef, TracerExt};
use tracer_tower::ClientLayer;

use crate::support::{client, layer, only, request, serve, spans};

type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// Answers with the ids, the decision and the tenant that came.
fn echo(request: &Request<()>) -> Ready<Answer> {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or("-", |value| value.to_str().unwrap())
    };
    let names = ["trace-id", "span-id", "sampled", "baggage-tenant"];
    let sent = names.map(|name| header(&format!("mock-{name}"))).join(" ");
    ready(Ok(Response::new(Full::new(Bytes::from(sent)))))
}

async fn sent(layer: &ClientLayer, request: Request<()>) -> String {
    let response = layer
        .layer(service_fn(|request| echo(&request)))
        .oneshot(request)
        .await;
    let body = response.unwrap().into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

/// As a gateway copies it from its own caller.
fn stale() -> Request<()> {
    let request = Request::get("http://users.example/")
        .header("mock-trace-id", "0af7651916cd43dd8448eb211c80319c")
        .header("mock-span-id", "00f067aa0ba902b7")
        .header("mock-sampled", "1")
        .header("mock-baggage-tenant", "stale");
    request.body(()).unwrap()
}

#[tokio::test]
async fn every_call_has_an_id_of_its_own_sampled_or_not() {
    for (decision, sampled) in [(Sampling::Record, "1"), (Sampling::Drop, "0")] {
        let tracer = MockTracer::new().sampling(decision);
        let job = tracer.span("job").start();
        let layer = layer(&tracer);
        let calls = async { [sent(&layer, stale()).await, sent(&layer, stale()).await] };
        let calls = calls.in_span(&job).await;
        let trace = job.trace_id().unwrap().hex();
        let own = job.span_id().unwrap().hex();
        let mut ids = vec![own.as_str()];
        for call in &calls {
            let [call_trace, id, call_sampled, tenant] =
                call.split(' ').collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(
                (call_trace, call_sampled, tenant),
                (trace.as_str(), sampled, "-")
            );
            assert!(!ids.contains(&id));
            ids.push(id);
        }
        drop(job);
        let expected = if sampled == "1" { 3 } else { 0 };
        assert_eq!(spans(&tracer, expected).await.len(), expected);
    }
}

#[tokio::test]
async fn other_peoples_servers_get_neither_ids_nor_baggage() {
    let tracer = MockTracer::new();
    let layer = layer(&tracer).configure(|http| http.inject_to(|host| host.ends_with(".internal")));
    let calls = async {
        current::set_baggage("tenant", "blue").unwrap();
        let mut inside = stale();
        *inside.uri_mut() = "http://users.internal:8080/".parse().unwrap();
        let mut nowhere = stale();
        *nowhere.uri_mut() = "/".parse().unwrap();
        [
            sent(&layer, inside).await,
            sent(&layer, stale()).await,
            sent(&layer, nowhere).await,
        ]
    };
    let job = tracer.span("job").start();
    let [inside, outside, nowhere] = calls.in_span(&job).await;
    assert!(inside.ends_with(" 1 blue"), "{inside}");
    assert_eq!([outside, nowhere], ["- - - -", "- - - -"]);
    // They are traced all the same.
    spans(&tracer, 3).await;
}

#[tokio::test]
async fn a_rule_may_leave_the_caller_as_the_parent_or_decide_for_a_new_trace() {
    let tracer = MockTracer::new();
    let quiet = layer(&tracer).configure(|http| http.rule(|_| Some(Rule::PropagateOnly)));
    let job = tracer.span("job").start();
    let call = sent(&quiet, stale()).in_span(&job).await;
    let (trace, span) = (job.trace_id().unwrap().hex(), job.span_id().unwrap().hex());
    assert_eq!(call, format!("{} {} 1 -", trace.as_str(), span.as_str()));
    job.finish();
    only(&tracer).await;
    let skipping = layer(&tracer).configure(|http| http.rule(|_| Some(Rule::Skip)));
    let call = sent(&skipping, stale()).await;
    assert!(call.ends_with(" 0 -"), "{call}");
    only(&tracer).await;
}

#[tokio::test]
async fn what_comes_after_the_call_runs_in_the_callers_context() {
    let tracer = MockTracer::new();
    let address = serve(axum::Router::new().fallback(async || "text")).await;
    let job = tracer.span("job").start();
    let own = job.span_id();
    let call = async {
        let call = client(&layer(&tracer)).oneshot(request(address, "/"));
        let call =
            futures_util::FutureExt::map(call, |response| (response, SpanRef::current().span_id()));
        let (response, in_callback) = call.await;
        let body = response.unwrap().into_body();
        let body = body.map_frame(move |frame| {
            assert_eq!(SpanRef::current().span_id(), own);
            frame
        });
        assert_eq!(body.collect().await.unwrap().to_bytes(), "text");
        [in_callback, SpanRef::current().span_id()]
    };
    assert_eq!(call.in_span(&job).await, [own, own]);
    assert!(SpanRef::current().is_none());
}

#[tokio::test]
async fn baggage_set_in_a_call_does_not_reach_its_caller() {
    let tracer = MockTracer::new();
    let inner = service_fn(|_: Request<()>| {
        current::set_baggage("tenant", "red").unwrap();
        ready(Ok::<_, Infallible>(Response::new(String::new())))
    });
    let job = tracer.span("job").start();
    let call = async {
        layer(&tracer).layer(inner).oneshot(stale()).await.unwrap();
        SpanRef::current().baggage("tenant").map(str::to_owned)
    };
    assert_eq!(call.in_span(&job).await, None);
}
