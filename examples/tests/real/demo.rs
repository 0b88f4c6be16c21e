//! Runs the demo once and reads the spans that it prints as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::Failed;

/// What every backend must keep of a span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hop {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) kind: String,
    pub(super) service: String,
    /// Lower-case, as Zipkin keeps it.
    pub(super) name: String,
    pub(super) failed: bool,
}

/// The spans of each trace.
pub(super) type Traces = BTreeMap<String, BTreeSet<Hop>>;

/// Runs the demo with these variables; returns the traces that it shows itself.
pub(super) fn run(variables: &[(&str, &str)]) -> Result<Traces, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    for variable in ["GATEWAY_ADDR", "ORDERS_ADDR", "STOCK_ADDR"] {
        command.env(variable, "127.0.0.1:0");
    }
    let ran = command
        .args(["--once", "--json"])
        .envs(variables.iter().copied())
        .output()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    if !ran.status.success() || said.contains("lost") {
        return Err(format!("{variables:?}: {}: {said}", ran.status).into());
    }
    let spans: Vec<Value> = serde_json::from_slice(&ran.stdout)?;
    Ok(traces(&spans))
}

/// Zipkin's JSON as traces.
pub(super) fn traces(spans: &[Value]) -> Traces {
    let mut traces = Traces::new();
    for span in spans {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        traces
            .entry(text(&span["traceId"]))
            .or_default()
            .insert(Hop {
                id: text(&span["id"]),
                parent: span["parentId"].as_str().map(ToOwned::to_owned),
                kind: text(&span["kind"]),
                service: text(&span["localEndpoint"]["serviceName"]),
                name: text(&span["name"]).to_lowercase(),
                failed: !span["tags"]["error"].is_null(),
            });
    }
    traces
}
