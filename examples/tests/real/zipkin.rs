//! Into a real Zipkin: over HTTP, through Kafka and through RabbitMQ.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::Value;

use super::demo::{self, Traces};
use super::{Failed, get, server, until};

/// Calls and errors of each edge.
type Graph = BTreeMap<(String, String), (u64, u64)>;

fn graph(zipkin: &str) -> Result<Graph, Failed> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_millis()
        + 60_000;
    let url = format!("{zipkin}/api/v2/dependencies?endTs={now}&lookback=86400000");
    let links = get(&url)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let edge = |link: &Value| {
        let counts = (link["callCount"].as_u64(), link["errorCount"].as_u64());
        let counts = (counts.0.unwrap_or_default(), counts.1.unwrap_or_default());
        ((text(&link["parent"]), text(&link["child"])), counts)
    };
    Ok(links.as_array().into_iter().flatten().map(edge).collect())
}

/// What the server has of these traces, once it has as many spans of each.
fn stored(zipkin: &str, expected: &Traces) -> Result<Traces, Failed> {
    let mut found = Traces::new();
    for (id, hops) in expected {
        let spans = until(|| {
            let spans = get(&format!("{zipkin}/api/v2/trace/{id}"))?;
            let spans = spans.as_array().cloned().unwrap_or_default();
            if spans.len() < hops.len() {
                return Err(format!("{} of {} spans of {id}", spans.len(), hops.len()).into());
            }
            Ok(spans)
        })?;
        found.extend(demo::traces(&spans));
    }
    Ok(found)
}

/// One test for all transports, one after the other: the graph counts every call that it has seen.
#[test]
fn each_transport_stores_the_demos_trees_and_draws_its_graph() -> Result<(), Failed> {
    let zipkin = server("ZIPKIN_URL")?;
    let http = format!("{zipkin}/api/v2/spans");
    let kafka = format!("{}/zipkin", server("KAFKA_URL")?);
    let rabbit = format!("{}/?queue=zipkin", server("RABBITMQ_URL")?);
    let transports = [
        ("zipkin", &http, "json"),
        ("zipkin", &http, "protobuf"),
        ("zipkin", &kafka, "json"),
        ("zipkin", &kafka, "protobuf"),
        ("zipkin", &rabbit, "json"),
        ("zipkin", &rabbit, "protobuf"),
        ("otel-zipkin", &http, "json"),
    ];
    for (exporter, endpoint, protocol) in transports {
        let case = format!("{exporter} {protocol} {endpoint}");
        let before = graph(&zipkin)?;
        let shown = demo::run(&[
            ("OTEL_TRACES_EXPORTER", exporter),
            ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_ZIPKIN_PROTOCOL", protocol),
        ])?;
        assert_eq!(stored(&zipkin, &shown)?, shown, "{case}");
        let services = get(&format!("{zipkin}/api/v2/services"))?;
        let services = services.as_array().cloned().unwrap_or_default();
        for service in ["gateway", "orders", "stock"] {
            assert!(
                services.iter().any(|known| known == service),
                "{case}: {service}"
            );
        }
        // Four checkouts, one of which fails all the way, and one order that is watched.
        let calls = [
            ("gateway", "orders", 5, 1),
            ("orders", "stock", 4, 1),
            ("stock", "inventory-db", 4, 1),
        ];
        let after = graph(&zipkin)?;
        let drawn: Graph = after
            .into_iter()
            .map(|(edge, (calls, errors))| {
                let (earlier, wrong) = before.get(&edge).copied().unwrap_or_default();
                (edge, (calls - earlier, errors - wrong))
            })
            // What other tests have drawn in the same server.
            .filter(|(_, counts)| *counts != (0, 0))
            .collect();
        let expected: Graph = calls
            .into_iter()
            .map(|(from, to, calls, errors)| ((from.into(), to.into()), (calls, errors)))
            .collect();
        assert_eq!(drawn, expected, "{case}");
    }
    Ok(())
}
