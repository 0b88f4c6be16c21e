//! Whose decision counts, and what goes on to the next service.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, ServiceExt};
use tracer_core::http::{Incoming, Rule};
use tracer_core::testing::MockTracer;
use tracer_core::{ReferenceKind, Sampling, SpanRef, TraceId, TracerExt};
use tracer_tower::{ClientLayer, ServerLayer};

use crate::support::{ask, layer, only, serve, spans};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "00f067aa0ba902b7";

/// Trace, span, decision and the tenant in the baggage, as they came.
pub(crate) async fn echo(request: AxumRequest) -> String {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or("-", |value| value.to_str().unwrap())
    };
    let names = ["trace-id", "span-id", "sampled", "baggage-tenant"];
    names.map(|name| header(&format!("mock-{name}"))).join(" ")
}

/// Makes a span and a call of its own and answers what the next service got.
async fn gateway(tracer: &MockTracer, layer: ServerLayer) -> SocketAddr {
    serve(routes(tracer).await.layer(layer)).await
}

async fn routes(tracer: &MockTracer) -> Router {
    let next = serve(Router::new().route("/", get(echo))).await;
    let tracer = tracer.clone();
    let handler = async move || {
        tracer.span("work").start().finish();
        let plain = Client::builder(TokioExecutor::new()).build_http();
        let client = ClientLayer::new(Arc::new(tracer)).layer(plain);
        let request = Request::get(format!("http://{next}/")).body(Empty::<Bytes>::new());
        let response = client.oneshot(request.unwrap()).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    Router::new().route("/x", get(handler))
}

/// What a caller sends: ids, and a decision.
pub(crate) fn caller(ids: bool, decision: &str) -> Vec<(&'static str, &str)> {
    let mut headers = vec![("mock-baggage-tenant", "blue")];
    if ids {
        headers.extend([("mock-trace-id", TRACE), ("mock-span-id", SPAN)]);
    }
    if !decision.is_empty() {
        headers.push(("mock-sampled", decision));
    }
    headers
}

/// What the next service gets of a caller's trace and span id (`same`, another: `own`, or `none`) and
/// the decision. Either all spans are recorded, the server's, the local one and the client's, or none.
async fn outcome(
    tracer: &MockTracer,
    rule: Option<Rule>,
    headers: &[(&str, &str)],
    recorded: bool,
) -> String {
    let address = gateway(
        tracer,
        layer(tracer).configure(|http| http.rule(move |_| rule)),
    )
    .await;
    let sent = ask(address, "/x", headers).await;
    let [trace, span, decision, tenant] = sent.split(' ').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(tenant, "blue");
    let name = |id, callers| match id {
        "-" => "none",
        id if id == callers => "same",
        _ => "own",
    };
    let expected = if recorded { 3 } else { 0 };
    assert_eq!(spans(tracer, expected).await.len(), expected);
    format!("{} {} {decision}", name(trace, TRACE), name(span, SPAN))
}

#[tokio::test]
async fn propagate_only_hands_on_what_came_and_records_nothing() {
    for (ids, decision, expected) in [
        (true, "1", "same same 1"),
        (true, "0", "same same 0"),
        (true, "d", "same same d"),
        (true, "", "same same -"),
        (false, "1", "none none 1"),
        (false, "", "none none -"),
    ] {
        let headers = caller(ids, decision);
        let rule = Some(Rule::PropagateOnly);
        let sent = outcome(&MockTracer::new(), rule, &headers, false).await;
        assert_eq!(sent, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_spoken_after_an_upgrade_of_a_request_that_is_only_handed_on_is_not_recorded() {
    for (ids, decision) in [(true, "1"), (true, "0"), (false, "0"), (false, "")] {
        let tracer = MockTracer::new();
        let layer = layer(&tracer).configure(|http| http.rule(|_| Some(Rule::PropagateOnly)));
        let server = layer.handler().clone();
        let handler = async move || {
            let request = SpanRef::current();
            let spoken = tokio::spawn(async move {
                let span = server.upgraded(&request, "websocket");
                (span.is_recording(), span.span_id() == request.span_id())
            });
            format!("{:?}", spoken.await.unwrap())
        };
        let service = Router::new().route("/ws", get(handler)).layer(layer);
        let told = ask(serve(service).await, "/ws", &caller(ids, decision)).await;
        assert_eq!(told, "(false, true)", "{ids} {decision}");
        assert!(tracer.finished().is_empty());
    }
}

#[tokio::test]
async fn a_callers_decision_beats_the_rule_which_beats_the_tracer() {
    let (keep, drop) = (Sampling::Record, Sampling::Drop);
    for (rule, tracer, ids, decision, expected) in [
        (Some(Rule::Trace), drop, true, "0", "same own 0"),
        (Some(Rule::Trace), drop, true, "", "same own 1"),
        (Some(Rule::Trace), drop, false, "", "own own 1"),
        (Some(Rule::Trace), drop, false, "0", "own own 0"),
        (Some(Rule::Skip), keep, true, "1", "same own 1"),
        (Some(Rule::Skip), keep, true, "", "same own 0"),
        (Some(Rule::Skip), keep, false, "", "own own 0"),
        (Some(Rule::Skip), keep, false, "d", "own own d"),
        (None, keep, true, "", "same own 1"),
        (None, drop, true, "", "same own 0"),
        (None, drop, false, "1", "own own 1"),
        (None, keep, false, "0", "own own 0"),
    ] {
        let headers = caller(ids, decision);
        let tracer = MockTracer::new().sampling(tracer);
        let recorded = !expected.ends_with('0');
        let sent = outcome(&tracer, rule, &headers, recorded).await;
        assert_eq!(sent, expected, "{rule:?} {headers:?}");
    }
}

#[tokio::test]
async fn a_second_layer_round_the_same_request_changes_nothing() {
    for rule in [Rule::PropagateOnly, Rule::Skip] {
        let tracer = MockTracer::new();
        let outer = layer(&tracer).configure(|http| http.rule(move |_| Some(rule)));
        let inner = layer(&tracer).configure(|http| http.rule(|_| Some(Rule::Trace)));
        let app = routes(&tracer).await.layer(inner).layer(outer);
        let sent = ask(serve(app).await, "/x", &caller(true, "")).await;
        assert!(sent.starts_with(TRACE), "{sent}");
        assert_eq!(sent.contains(SPAN), rule == Rule::PropagateOnly, "{sent}");
        let decision = if rule == Rule::Skip { "0" } else { "-" };
        assert!(sent.ends_with(&format!(" {decision} blue")), "{sent}");
        assert!(tracer.finished().is_empty());
    }
}

#[tokio::test]
async fn the_first_rule_with_an_opinion_counts_and_rules_see_the_request() {
    let tracer = MockTracer::new();
    let probes = ["/health".to_owned()];
    let layer = layer(&tracer).configure(|http| {
        http.rule(move |request| {
            let probe = probes.iter().any(|probe| probe == request.path());
            probe.then_some(Rule::PropagateOnly)
        })
        .rule(|request| (request.method() == "OPTIONS").then_some(Rule::Skip))
        .rule(|request| request.headers().get("x-skip").map(|_| Rule::Skip))
        .rule(|_| Some(Rule::Trace))
    });
    let app = Router::new().fallback(async || "ok");
    let address = serve(app.layer(layer)).await;
    ask(address, "/health", &[]).await;
    ask(address, "/skipped", &[("x-skip", "")]).await;
    ask(address, "/traced", &[]).await;
    let span = only(&tracer).await;
    assert_eq!(span.tag("http.path").as_deref(), Some("/traced"));
}

#[tokio::test]
async fn an_edge_may_start_afresh_or_only_refer_to_its_caller() {
    for (incoming, follows) in [(Incoming::Ignore, false), (Incoming::Follow, true)] {
        let tracer = MockTracer::new();
        let address = gateway(
            &tracer,
            layer(&tracer).configure(|http| http.incoming(incoming)),
        )
        .await;
        let sent = ask(address, "/x", &caller(true, "0")).await;
        assert!(!sent.contains(TRACE) && sent.ends_with(" 1 -"), "{sent}");
        let spans = spans(&tracer, 3).await;
        let server = spans.iter().find(|span| span.name == "GET /x").unwrap();
        assert_ne!(server.trace_id().hex().as_str(), TRACE);
        assert_eq!(server.parent, None);
        let links = server.references.iter();
        let links: Vec<_> = links.map(|to| (to.kind, to.context.trace_id())).collect();
        let expected = TraceId::parse(TRACE.as_bytes()).unwrap();
        let expected = [(ReferenceKind::FollowsFrom, expected)];
        assert_eq!(links, if follows { &expected[..] } else { &[] });
    }
}

#[tokio::test]
async fn an_edge_that_does_not_trust_hands_on_nothing_either() {
    let tracer = MockTracer::new();
    let layer = layer(&tracer).configure(|http| http.rule(|_| Some(Rule::PropagateOnly)));
    let address = gateway(
        &tracer,
        layer.configure(|http| http.incoming(Incoming::Ignore)),
    )
    .await;
    assert_eq!(ask(address, "/x", &caller(true, "1")).await, "- - - -");
}

#[tokio::test]
async fn debug_may_be_refused() {
    let tracer = MockTracer::new();
    let address = gateway(
        &tracer,
        layer(&tracer).configure(|http| http.refuse_debug(true)),
    )
    .await;
    for ids in [true, false] {
        let sent = ask(address, "/x", &caller(ids, "d")).await;
        assert!(sent.ends_with(" 1 blue"), "{sent}");
    }
}

#[tokio::test]
async fn the_trace_id_is_returned_of_unsampled_traces_too() {
    let tracer = MockTracer::new().sampling(Sampling::Drop);
    let layer = layer(&tracer).configure(|http| http.trace_id_header("X-Trace-Id"));
    let address = serve(Router::new().route("/x", get(echo)).layer(layer)).await;
    let request = Request::get("/").header("mock-trace-id", TRACE);
    let request = request.header("mock-span-id", SPAN);
    let response = crate::support::send(address, request, "/x").await;
    assert_eq!(response.headers()["x-trace-id"], TRACE);
    let response = crate::support::send(address, Request::get("/"), "/x").await;
    assert_eq!(response.headers()["x-trace-id"].len(), 32);
}
