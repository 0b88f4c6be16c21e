//! Into a real Jaeger 2: over OTLP.

use std::collections::HashMap;

use serde_json::Value;

use super::demo::{self, Hop, Traces};
use super::{Failed, get, server, until};

/// What the server has of these traces, once it has as many spans of each.
fn stored(jaeger: &str, expected: &Traces) -> Result<Traces, Failed> {
    let mut found = Traces::new();
    for (id, hops) in expected {
        let trace = until(|| {
            let trace = get(&format!("{jaeger}/api/traces/{id}"))?["data"][0].clone();
            match trace["spans"].as_array() {
                Some(spans) if spans.len() >= hops.len() => Ok(trace),
                spans => Err(format!("{spans:?} of {id}, not {} spans", hops.len()).into()),
            }
        })?;
        let hops = trace["spans"].as_array().into_iter().flatten();
        let hops = hops.map(|span| hop(span, &trace["processes"]));
        found.insert(id.clone(), hops.collect());
    }
    Ok(found)
}

fn hop(span: &Value, processes: &Value) -> Hop {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = span["tags"].as_array().into_iter().flatten();
    let tags: HashMap<&str, &Value> = tags
        .filter_map(|tag| Some((tag["key"].as_str()?, &tag["value"])))
        .collect();
    let process = span["processID"].as_str().unwrap_or_default();
    let kind = tags
        .get("span.kind")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default();
    Hop {
        id: text(&span["spanID"]),
        parent: span["references"][0]["spanID"]
            .as_str()
            .map(ToOwned::to_owned),
        kind: kind.to_uppercase(),
        service: text(&processes[process]["serviceName"]),
        name: text(&span["operationName"]).to_lowercase(),
        failed: tags
            .get("error")
            .is_some_and(|error| **error == Value::Bool(true)),
    }
}

#[test]
fn otlp_over_both_protocols_stores_the_demos_trees() -> Result<(), Failed> {
    let jaeger = server("JAEGER_URL")?;
    let (http, grpc) = (
        server("JAEGER_OTLP_HTTP_URL")?,
        server("JAEGER_OTLP_GRPC_URL")?,
    );
    for (protocol, endpoint) in [("http/protobuf", &http), ("grpc", &grpc)] {
        let shown = demo::run(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
        ])?;
        assert_eq!(stored(&jaeger, &shown)?, shown, "{protocol}");
        let services = get(&format!("{jaeger}/api/services"))?;
        let services = services["data"].as_array().cloned().unwrap_or_default();
        for service in ["gateway", "orders", "stock"] {
            assert!(
                services.iter().any(|known| known == service),
                "{protocol}: {service}"
            );
        }
    }
    Ok(())
}
