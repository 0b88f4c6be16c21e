//! The same chain of services over everything that Jaeger receives.

use serde_json::{Value, json};
use tracer_opentelemetry::{otlp_grpc, otlp_http, resource, zipkin};
use tracer_zipkin::{Encoding, ZipkinExporter};

use crate::server::{data, trace, variable, wait_for};
use crate::services::{AnyExporter, Chain, TREE};

pub(crate) fn over_http() -> AnyExporter {
    let known = resource([("deployment.environment.name", "test")]);
    Box::new(otlp_http(Some(&variable("JAEGER_OTLP_HTTP_URL")), known).unwrap())
}

pub(crate) fn over_grpc() -> AnyExporter {
    let known = resource([("deployment.environment.name", "test")]);
    Box::new(otlp_grpc(Some(&variable("JAEGER_OTLP_GRPC_URL")), known).unwrap())
}

fn our_zipkin(encoding: Encoding) -> AnyExporter {
    let exporter = ZipkinExporter::http(&variable("JAEGER_ZIPKIN_URL")).unwrap();
    Box::new(exporter.encoding(encoding))
}

fn their_zipkin() -> AnyExporter {
    Box::new(zipkin(Some(&variable("JAEGER_ZIPKIN_URL"))).unwrap())
}

/// Services, tree, and which spans failed.
fn check(exporter: impl Fn() -> AnyExporter) {
    let chain = Chain::new(exporter);
    let (good, bad) = (chain.request(false), chain.request(true));
    for service in [&chain.gateway, &chain.orders, &chain.stock] {
        wait_for(&service.name, || {
            let names = data("services");
            names
                .as_array()?
                .contains(&json!(service.name))
                .then_some(())
        });
    }
    let (good, bad) = (trace(good, 5), trace(bad, 5));
    assert_eq!(good.tree(), TREE);
    assert_eq!(bad.tree(), TREE);
    assert!(!good.spans().iter().any(failed), "{:#?}", good.spans());
    assert!(bad.spans().iter().all(failed), "{:#?}", bad.spans());
}

/// Jaeger's mark of a failure. Beside it, its Zipkin receiver keeps the message under that key.
fn failed(span: &Value) -> bool {
    let mark = json!({"key": "error", "type": "bool", "value": true});
    span["tags"]
        .as_array()
        .is_some_and(|tags| tags.contains(&mark))
}

#[test]
fn otlp_over_http() {
    check(over_http);
}

#[test]
fn otlp_over_grpc() {
    check(over_grpc);
}

#[test]
fn zipkin_json() {
    check(|| our_zipkin(Encoding::Json));
}

#[test]
fn zipkin_protobuf() {
    check(|| our_zipkin(Encoding::Protobuf));
}

#[test]
fn zipkin_of_the_opentelemetry_crate() {
    check(their_zipkin);
}
