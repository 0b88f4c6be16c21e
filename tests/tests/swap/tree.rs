//! Spans of any backend as one tree of text.

use std::collections::BTreeMap;
use std::fmt::Write;

use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value;
use tracer_recording::OwnedSpan;

/// What every backend must keep of a span.
pub(super) struct Node {
    id: String,
    parent: Option<String>,
    line: String,
}

impl Node {
    fn new(id: String, parent: Option<String>, kind: &str, service: &str, name: &str) -> Self {
        Self {
            id,
            parent,
            line: format!("{kind} {service} {name}"),
        }
    }

    fn facts(mut self, peer: Option<&str>, failed: bool) -> Self {
        if let Some(peer) = peer {
            let _ = write!(self.line, " -> {peer}");
        }
        if failed {
            self.line.push_str(" error");
        }
        self
    }

    pub(super) fn from_memory(span: &OwnedSpan) -> Self {
        let id = span.context.span_id().to_string();
        let parent = span.parent_id().map(|parent| parent.to_string());
        let kind = span.kind.as_str().unwrap_or("local").to_uppercase();
        Self::new(id, parent, &kind, span.service(), &span.name)
            .facts(span.remote.service.as_deref(), span.error.is_some())
    }

    pub(super) fn from_zipkin(span: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let or_empty = |value: &Value| text(value).unwrap_or_default();
        let (service, name) = (&span["localEndpoint"]["serviceName"], &span["name"]);
        let (service, name) = (or_empty(service), or_empty(name));
        Self::new(
            or_empty(&span["id"]),
            text(&span["parentId"]),
            &or_empty(&span["kind"]),
            &service,
            &name,
        )
        .facts(
            span["remoteEndpoint"]["serviceName"].as_str(),
            !span["tags"]["error"].is_null(),
        )
    }

    pub(super) fn from_opentelemetry(service: &str, span: &SpanData) -> Self {
        let attribute = |key: &str| {
            let found = span
                .attributes
                .iter()
                .find(|attribute| attribute.key.as_str() == key);
            found.map(|attribute| attribute.value.to_string())
        };
        let parent =
            (span.parent_span_id != SpanId::INVALID).then(|| span.parent_span_id.to_string());
        let kind = format!("{:?}", span.span_kind).to_uppercase();
        let failed = matches!(span.status, Status::Error { .. });
        Self::new(
            span.span_context.span_id().to_string(),
            parent,
            &kind,
            service,
            &span.name,
        )
        .facts(attribute("service.peer.name").as_deref(), failed)
    }
}

/// The trees of all spans, siblings and roots in the order of their lines.
pub(super) fn render(nodes: impl Iterator<Item = Node>) -> String {
    let mut below: BTreeMap<Option<String>, Vec<Node>> = BTreeMap::new();
    for node in nodes {
        below.entry(node.parent.clone()).or_default().push(node);
    }
    let mut trees: Vec<String> = Vec::new();
    for root in below.get(&None).into_iter().flatten() {
        let mut tree = String::new();
        push(&below, root, 0, &mut tree);
        trees.push(tree);
    }
    trees.sort();
    trees.concat()
}

fn push(below: &BTreeMap<Option<String>, Vec<Node>>, node: &Node, depth: usize, tree: &mut String) {
    let _ = writeln!(tree, "{:indent$}{}", "", node.line, indent = depth * 2);
    let mut children: Vec<&Node> = below
        .get(&Some(node.id.clone()))
        .into_iter()
        .flatten()
        .collect();
    children.sort_by(|a, b| a.line.cmp(&b.line));
    for child in children {
        push(below, child, depth + 1, tree);
    }
}
