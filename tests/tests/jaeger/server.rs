//! The server, asked through its query API.

use std::time::{Duration, Instant};

use serde_json::Value;
use tracer_core::{SpanId, TraceId};

/// Longer than any test may wait.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// What a script of `servers/` has printed.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run this by servers/with.sh, which starts the server")
    })
}

/// `name`, made unlike any other: all tests share one server.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{}", &*SpanId::random().hex())
}

/// The `data` at a path of its API; nothing for a trace that is not there yet.
pub(crate) fn data(path: &str) -> Value {
    let url = format!("{}/api/{path}", variable("JAEGER_URL"));
    let config = ureq::config::Config::builder()
        .http_status_as_error(false)
        .timeout_global(Some(LONG));
    let mut answer = config.build().new_agent().get(&url).call().unwrap();
    if answer.status() == 404 {
        return Value::Null;
    }
    let text = answer.body_mut().read_to_string().unwrap();
    let mut answer: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"));
    answer["data"].take()
}

/// Asks until the answer will do.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LONG;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A trace as the server tells it.
pub(crate) struct Trace(Value);

/// A trace, as soon as it has as many spans.
pub(crate) fn trace(id: TraceId, spans: usize) -> Trace {
    wait_for(&format!("trace {}", &*id.hex()), || {
        let mut found = data(&format!("traces/{}", &*id.hex()));
        let trace = found.get_mut(0)?.take();
        (trace["spans"].as_array()?.len() >= spans).then_some(Trace(trace))
    })
}

impl Trace {
    pub(crate) fn spans(&self) -> &[Value] {
        self.0["spans"].as_array().unwrap()
    }

    /// The only span of that name and, unless empty, that kind.
    pub(crate) fn span(&self, name: &str, kind: &str) -> &Value {
        let mut found = self.spans().iter().filter(|span| {
            span["operationName"] == name && (kind.is_empty() || tag(span, "span.kind") == kind)
        });
        let first = found.next();
        assert!(found.next().is_none(), "several {name} {kind}");
        first.unwrap_or_else(|| panic!("no {name} {kind} in {:#?}", self.0))
    }

    /// The process that recorded a span.
    pub(crate) fn process(&self, span: &Value) -> &Value {
        &self.0["processes"][span["processID"].as_str().unwrap()]
    }

    /// `service: kind name`, indented below the parent, children in alphabetical order.
    pub(crate) fn tree(&self) -> String {
        let mut out = String::new();
        let roots = self.spans().iter().filter(|span| parent(span).is_none());
        self.branch(roots.collect(), 0, &mut out);
        out
    }

    fn branch(&self, spans: Vec<&Value>, depth: usize, out: &mut String) {
        let mut lines: Vec<_> = spans
            .into_iter()
            .map(|span| {
                let service = self.process(span)["serviceName"].as_str().unwrap();
                // Without what made the name unique.
                let service = service.rsplit_once('-').map_or(service, |(name, _)| name);
                let kind = tag(span, "span.kind").as_str().unwrap_or("");
                let name = span["operationName"].as_str().unwrap();
                (format!("{service}: {kind} {name}"), span)
            })
            .collect();
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (line, span) in lines {
            out.push_str(&format!("{:1$}{line}\n", "", 2 * depth));
            let id = span["spanID"].as_str().unwrap();
            let below = self.spans().iter();
            let below = below.filter(|span| parent(span) == Some(id)).collect();
            self.branch(below, depth + 1, out);
        }
    }
}

/// The id of a span's parent.
pub(crate) fn parent(span: &Value) -> Option<&str> {
    let references = span["references"].as_array()?.iter();
    let mut parents = references.filter(|reference| reference["refType"] == "CHILD_OF");
    parents.next()?["spanID"].as_str()
}

/// The value of a tag of a span or a process, or of a field of a log.
pub(crate) fn tag<'a>(holder: &'a Value, key: &str) -> &'a Value {
    let list = holder.get("tags").or_else(|| holder.get("fields"));
    let list = list.and_then(Value::as_array).map(Vec::as_slice);
    let mut found = list
        .unwrap_or_default()
        .iter()
        .filter(|tag| tag["key"] == key);
    let value = found.next().map_or(&Value::Null, |tag| &tag["value"]);
    assert!(found.next().is_none(), "{key} stands twice in {holder}");
    value
}
