//! Who calls whom.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::server::{data, trace, wait_for};
use crate::services::Chain;
use crate::transports::over_http;

/// The edges that leave a service, as `child calls`.
fn edges(parent: &str) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // Spans may be younger than this moment by the time the server looks.
    let end = now.as_millis() + 60_000;
    let all = data(&format!("dependencies?endTs={end}&lookback=3600000"));
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    let edge = |edge: &Value| format!("{} {}", edge["child"].as_str().unwrap(), edge["callCount"]);
    all.iter()
        .filter(|link| link["parent"] == parent && link["child"] != parent)
        .map(edge)
        .collect()
}

#[test]
fn each_service_calls_the_next() {
    let chain = Chain::new(over_http);
    for _ in 0..2 {
        trace(chain.request(false), 5);
    }
    for (parent, child) in [
        (&chain.gateway, &chain.orders),
        (&chain.orders, &chain.stock),
    ] {
        let edges = wait_for(&child.name, || {
            let edges = edges(&parent.name);
            (!edges.is_empty()).then_some(edges)
        });
        assert_eq!(edges, [format!("{} 2", child.name)]);
    }
    assert!(edges(&chain.stock.name).is_empty());
}
