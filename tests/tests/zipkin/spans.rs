//! What a span looks like in the server, whichever way it came.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracer_core::{Endpoint, Error, Kind, Tag, TracerExt};
use tracer_recording::Exporter;
use tracer_zipkin::ZipkinExporter;

use crate::server::{names, only, trace, wait_for};
use crate::services::{Chain, Headers, Service};

/// Every field of a span is there.
pub(crate) fn every_field_arrives(exporter: ZipkinExporter) {
    let shop = Service::new("Shop", exporter);
    let span = shop.tracer.span("LPUSH \"täglich\"").kind(Kind::Producer);
    let span = span.tag("http.method", "GET").tag("tries", 3).start();
    span.set_tag("empty", "");
    span.set_remote(Endpoint {
        service: Some("Broker"),
        ip: Some("2001:db8::1".parse().unwrap()),
        port: Some(6379),
        ..Endpoint::default()
    });
    span.log(&[Tag::new("event", "retry")]);
    span.log(&[Tag::new("event", "miss"), Tag::new("shard", 2)]);
    span.set_error_as(Error::new("Gone", &"the broker is gone 😀"));
    let context = span.to_context().unwrap();
    span.finish();
    shop.flush();

    let found = trace(context.trace_id(), 1).remove(0);
    let name = shop.name.to_lowercase();
    assert_eq!(found["id"], *context.span_id().hex());
    assert_eq!(found["traceId"], *context.trace_id().hex());
    assert_eq!(found.get("parentId"), None);
    assert_eq!(found["kind"], "PRODUCER");
    assert_eq!(found["name"], "lpush \"täglich\"");
    assert!(found["timestamp"].as_u64().unwrap() > 1_700_000_000_000_000);
    assert!(found["duration"].as_u64().unwrap() >= 1);
    assert_eq!(
        found["localEndpoint"],
        json!({"serviceName": name, "ipv4": "127.0.0.1", "port": 8881})
    );
    assert_eq!(
        found["remoteEndpoint"],
        json!({"serviceName": "broker", "ipv6": "2001:db8::1", "port": 6379})
    );
    let said: Vec<&Value> = found["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|annotation| &annotation["value"])
        .collect();
    assert_eq!(said, ["retry", "event=miss shard=2"]);
    assert_eq!(
        found["tags"],
        json!({
            "http.method": "GET",
            "tries": "3",
            "empty": "",
            "error": "the broker is gone 😀",
            "error.kind": "Gone",
        })
    );
    assert_eq!((found.get("debug"), found.get("shared")), (None, None));
}

/// Services, their spans and their peers can be looked up; a server's half says that it is one.
pub(crate) fn a_chain_is_listed(exporter: impl Fn() -> ZipkinExporter) {
    let chain = Chain::new(exporter);
    let id = chain.request(&Headers::new(), false);
    chain.flush();
    let spans = trace(id, 6);
    assert_eq!(spans.len(), 6);
    let ids: BTreeSet<&str> = spans
        .iter()
        .filter_map(|span| span["id"].as_str())
        .collect();
    // Each server shares the id of its client; the gateway has none.
    assert_eq!(ids.len(), 4);
    for (service, shared) in [
        (&chain.gateway, false),
        (&chain.orders, true),
        (&chain.stock, true),
    ] {
        let server = spans
            .iter()
            .find(|span| {
                span["kind"] == "SERVER" && span["localEndpoint"]["serviceName"] == *service.name
            })
            .unwrap();
        assert_eq!(server["shared"].as_bool().unwrap_or_default(), shared);
        let client = spans
            .iter()
            .filter(|span| span["kind"] == "CLIENT" && span["id"] == server["id"]);
        let parents: Vec<_> = client.map(|span| span["parentId"].clone()).collect();
        assert_eq!(parents.is_empty(), !shared);
        assert!(parents.iter().all(|parent| *parent == server["parentId"]));
    }
    let query = only(&spans, "name", "select");
    assert_eq!(query["remoteEndpoint"]["serviceName"], *chain.database);

    let services = names("services");
    for service in [&chain.gateway, &chain.orders, &chain.stock] {
        assert!(services.contains(&service.name), "{services:?}");
    }
    assert!(!services.contains(&chain.database));
    let stock = &chain.stock.name;
    assert_eq!(
        names(&format!("remoteServices?serviceName={stock}")),
        [&*chain.database]
    );
    assert_eq!(
        names(&format!("spans?serviceName={stock}")),
        ["get /stock/{item}", "select"]
    );
    let found = wait_for("the trace", || {
        let found = crate::server::get(&format!("traces?serviceName={stock}&spanName=select"));
        found.as_array()?.first().cloned()
    });
    assert_eq!(found.as_array().unwrap().len(), 6);
}

/// A trace that its caller wants for debugging says so on every span.
pub(crate) fn debug_is_kept<E: Exporter + 'static>(exporter: impl Fn() -> E) {
    let chain = Chain::new(exporter);
    let headers = Headers::from([("x-b3-flags".to_owned(), "1".to_owned())]);
    let id = chain.request(&headers, false);
    chain.flush();
    assert!(trace(id, 6).iter().all(|span| span["debug"] == true));
}
