//! Every field of a span, as Jaeger tells it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tracer_core::{End, Endpoint, Error, Kind, Tag, TracerExt};

use crate::server::{parent, tag, trace};
use crate::services::{AnyExporter, Service};
use crate::transports::{over_grpc, over_http};

const NAME: &str = "GET /users/{id}";

fn check(exporter: AnyExporter) {
    let service = Service::new("fields", exporter);
    let tracer = &service.tracer;
    let earlier = tracer.span("earlier").root().start();
    let root = tracer.span("root").root().start();
    // Whole microseconds, which is what this API tells, and surely not before the root: no child
    // starts earlier.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = UNIX_EPOCH + Duration::from_micros(now.as_micros() as u64 + 1000);
    let span = tracer
        .span(NAME)
        .kind(Kind::Client)
        .child_of(&root)
        .follows_from(&earlier)
        .start_time(start)
        .tag("component", "reqwest")
        .tag("http.method", "GET")
        .tag("ratio", 1.5)
        .tag("cached", true)
        .start();
    span.set_tag("http.status_code", 503);
    span.set_remote(Endpoint {
        service: Some("users"),
        host: Some("users.test"),
        ip: Some("192.0.2.7".parse().unwrap()),
        port: Some(8883),
    });
    span.log(&[Tag::new("event", "retry"), Tag::new("attempt", 2)]);
    let (earlier_trace, earlier_id) = (earlier.trace_id().unwrap(), earlier.span_id().unwrap());
    let (root_id, id) = (root.span_id().unwrap(), root.trace_id().unwrap());
    span.finish_with(End {
        at: Some(start + Duration::from_micros(1500)),
        error: Some(Error::kind("503")),
        ..End::default()
    });
    root.finish();
    earlier.finish();
    service.flush();

    let trace = trace(id, 2);
    let span = trace.span(NAME, "client");
    assert_eq!(parent(span), Some(&*root_id.hex()));
    let follows = json!({
        "refType": "FOLLOWS_FROM",
        "traceID": &*earlier_trace.hex(),
        "spanID": &*earlier_id.hex(),
    });
    assert!(
        span["references"].as_array().unwrap().contains(&follows),
        "{span:#?}"
    );
    let micros = start.duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
    assert_eq!(span["startTime"], micros);
    assert_eq!(span["duration"], 1500);
    for (key, value) in [
        ("http.request.method", json!("GET")),
        ("http.response.status_code", json!(503)),
        ("ratio", json!(1.5)),
        ("cached", json!(true)),
        ("server.address", json!("users.test")),
        ("server.port", json!(8883)),
        ("network.peer.address", json!("192.0.2.7")),
        ("service.peer.name", json!("users")),
        ("error", json!(true)),
        ("error.type", json!("503")),
        ("otel.status_code", json!("ERROR")),
        ("otel.scope.name", json!("reqwest")),
    ] {
        assert_eq!(*tag(span, key), value, "{key}");
    }
    assert_eq!(*tag(span, "otel.status_description"), json!(null));
    let log = &span["logs"][0];
    assert_eq!(*tag(log, "event"), json!("retry"));
    assert_eq!(*tag(log, "attempt"), json!(2));
    let process = trace.process(span);
    assert_eq!(process["serviceName"], service.name);
    assert_eq!(*tag(process, "deployment.environment.name"), json!("test"));
    assert_eq!(*tag(process, "telemetry.sdk.language"), json!("rust"));
}

#[test]
fn over_otlp_http() {
    check(over_http());
}

#[test]
fn over_otlp_grpc() {
    check(over_grpc());
}
