//! What arrives, beside what our own encoder writes.

use serde_json::{Map, Value, json};
use tracer_core::conventions::{Convention, Conventions};
use tracer_core::{Kind, ReferenceKind, Sampling, SpanContext, SpanId, Tag, TraceId};
use tracer_opentelemetry::zipkin;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter, OwnedEndpoint};
use tracer_zipkin::JsonEncoder;

use crate::server::{LONG, answer};

const TRACE: u128 = 0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124;

fn context(trace: u128, span: u64, sampling: Sampling) -> SpanContext {
    let span = SpanId::new(span).unwrap();
    SpanContext::new(TraceId::new(trace).unwrap(), span, sampling)
}

fn root(name: &str) -> SpanBuilder {
    SpanBuilder::new(name)
        .context(context(TRACE, 0xa1, Sampling::Record))
        .times(1_700_000_000_000_001_999, 1_500_999)
        .local("Shop", "192.0.2.1".parse().ok(), Some(8080))
}

fn peer(service: Option<&str>, host: Option<&str>, ip: Option<&str>) -> OwnedEndpoint {
    OwnedEndpoint {
        service: service.map(str::to_owned),
        host: host.map(str::to_owned),
        ip: ip.map(|ip| ip.parse().unwrap()),
        port: Some(8883),
    }
}

/// A span of every kind, with everything that can be said.
fn spans() -> Vec<SpanBuilder> {
    let parent = SpanId::new(0xb2);
    let below = || context(TRACE, 0xa1, Sampling::Record).with_parent(parent);
    vec![
        root("root"),
        root("short").context(context(0x4848_5a39_53bb_6124, 0xa1, Sampling::Record)),
        root("debug").context(context(TRACE, 0xa1, Sampling::Debug)),
        root("instant").times(1_700_000_000_000_000_000, 0),
        root("server")
            .kind(Kind::Server)
            .context(below())
            .remote_parent(true)
            .remote(peer(None, Some("caller.test"), Some("2001:db8::7")))
            .tag("component", "axum")
            .tag("http.method", "GET")
            .tag("http.path", "/a?b=1")
            .tag("http.request.header.x-tenant", "\"blue\", red")
            .tag("http.status_code", 503)
            .error("503", None),
        root("client")
            .kind(Kind::Client)
            .context(below())
            .remote(peer(Some("Stock"), None, Some("192.0.2.7")))
            .tag("ratio", 1.5)
            .tag("hit", true)
            .error("Elapsed", Some("too late")),
        root("producer")
            .kind(Kind::Producer)
            .remote(peer(None, Some("Broker.test"), None)),
        root("consumer")
            .kind(Kind::Consumer)
            .tag("key", "\u{1} \"é\""),
        root("logs")
            .log(1_700_000_000_000_005_000, &[Tag::new("event", "retry")])
            .log(
                1_700_000_000_000_006_000,
                &[Tag::new("event", "x"), Tag::new("n", 2)],
            )
            .log(1_700_000_000_000_007_000, &[Tag::new("rows", 3)]),
        root("links")
            .reference(
                ReferenceKind::FollowsFrom,
                context(TRACE, 0xc3, Sampling::Record),
            )
            .reference(ReferenceKind::ChildOf, context(7, 0xd4, Sampling::Record))
            .left_out(3),
        root("joined")
            .kind(Kind::Server)
            .context(below())
            .shared(true),
    ]
}

/// What the server gets.
fn received(spans: &[SpanBuilder]) -> Vec<Map<String, Value>> {
    let (url, served) = answer("202 Accepted");
    let mut exporter = zipkin(Some(&format!("{url}/api/v2/spans"))).unwrap();
    for span in spans {
        exporter.add(&span.view());
    }
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    serde_json::from_slice(&served.join().unwrap().body).unwrap()
}

/// What our own encoder writes, under the stable names.
fn native(span: &SpanBuilder) -> Map<String, Value> {
    let mut json = Vec::new();
    JsonEncoder::new()
        .conventions(Conventions::all(Convention::Otel))
        .encode(&span.view(), &mut json);
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn it_agrees_with_our_own_encoder() {
    let spans = spans();
    let received = received(&spans);
    assert_eq!(received.len(), spans.len());
    for (mut theirs, span) in received.into_iter().zip(&spans) {
        let mut ours = native(span);
        let tags = |span: &mut Map<String, Value>| match span.remove("tags") {
            Some(Value::Object(tags)) => tags,
            _ => Map::new(),
        };
        let (our_tags, their_tags) = (tags(&mut ours), tags(&mut theirs));
        assert_eq!(theirs, ours);
        for (key, value) in our_tags {
            match key.as_str() {
                // Attributes of another name there; see the next test.
                "component" | "error.kind" | "peer.hostname" => {}
                key => assert_eq!(their_tags.get(key), Some(&value), "{key}"),
            }
        }
    }
}

#[test]
fn what_it_says_beyond_that() {
    let all = received(&spans());
    let by_name = |name: &str| {
        let found = all.iter().find(|span| span["name"] == name);
        found.unwrap().clone()
    };
    assert_eq!(
        by_name("server")["tags"],
        json!({
            "client.address": "caller.test", "client.port": "8883",
            "error": "503", "error.type": "503",
            "http.request.header.x-tenant": "\"blue\", red",
            "http.request.method": "GET", "http.response.status_code": "503",
            "network.local.address": "192.0.2.1", "network.local.port": "8080",
            "otel.library.name": "axum", "otel.status_code": "ERROR",
            "url.path": "/a", "url.query": "b=1",
        })
    );
    assert_eq!(
        by_name("client")["tags"],
        json!({
            "error": "too late", "error.type": "Elapsed", "hit": "true", "ratio": "1.5",
            "network.peer.address": "192.0.2.7", "network.peer.port": "8883",
            "otel.library.name": "tracer-core", "otel.status_code": "ERROR",
            "server.address": "192.0.2.7", "server.port": "8883",
            "service.peer.name": "Stock",
        })
    );
}

#[test]
fn service_name_and_remote_endpoint_are_there() {
    let all = received(&[root("call")
        .kind(Kind::Client)
        .remote(peer(Some("Stock"), None, None))]);
    let local = json!({"serviceName": "shop", "ipv4": "192.0.2.1", "port": 8080});
    assert_eq!(all[0]["localEndpoint"], local);
    assert_eq!(
        all[0]["remoteEndpoint"],
        json!({"serviceName": "stock", "port": 8883})
    );
}
