//! From the exporter of `opentelemetry-zipkin`, which by itself sends no service names and no peers.

use std::collections::BTreeSet;

use tracer_opentelemetry::{OpenTelemetryExporter, zipkin};

use crate::server::{endpoint, names, only, trace};
use crate::services::{Chain, Headers};
use crate::{dependencies, spans};

fn exporter() -> OpenTelemetryExporter {
    zipkin(Some(&endpoint())).unwrap()
}

#[test]
fn calls_and_errors_are_counted() {
    dependencies::calls_and_errors_are_counted(exporter);
}

#[test]
fn debug_is_kept() {
    spans::debug_is_kept(exporter);
}

#[test]
fn a_chain_is_listed() {
    let chain = Chain::new(exporter);
    let id = chain.request(&Headers::new(), true);
    chain.flush();
    let spans = trace(id, 6);
    // No server shares the id of its client.
    let ids: BTreeSet<_> = spans
        .iter()
        .filter_map(|span| span["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 6);
    let roots = spans.iter().filter(|span| span.get("parentId").is_none());
    assert_eq!(roots.count(), 1);
    assert!(
        spans
            .iter()
            .all(|span| span["tags"]["error"] == "no such item")
    );
    let query = only(&spans, "name", "select");
    assert_eq!(query["remoteEndpoint"]["serviceName"], *chain.database);
    let services = names("services");
    for service in [&chain.gateway, &chain.orders, &chain.stock] {
        assert!(services.contains(&service.name), "{services:?}");
    }
    let peers = names(&format!("remoteServices?serviceName={}", chain.stock.name));
    assert_eq!(peers, [&*chain.database]);
}
