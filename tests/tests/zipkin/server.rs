//! The server, asked through its query API.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The URL to post to.
pub(crate) fn endpoint() -> String {
    format!("{}/api/v2/spans", variable("ZIPKIN_URL"))
}

/// `name`, made unlike any other: all tests share one server.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{}", &*SpanId::random().hex())
}

/// What the server says at a path of its API.
pub(crate) fn get(path: &str) -> Value {
    let url = format!("{}/api/v2/{path}", variable("ZIPKIN_URL"));
    let config = ureq::config::Config::builder()
        .http_status_as_error(false)
        .timeout_global(Some(LONG));
    let mut answer = config.build().new_agent().get(&url).call().unwrap();
    // A trace that is not there yet.
    if answer.status() == 404 {
        return Value::Null;
    }
    let text = answer.body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"))
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

/// The spans of a trace, as soon as there are as many.
pub(crate) fn trace(id: TraceId, spans: usize) -> Vec<Value> {
    wait_for(&format!("trace {}", &*id.hex()), || {
        let trace = get(&format!("trace/{}", &*id.short_hex()));
        let trace = trace.as_array()?;
        (trace.len() >= spans).then(|| trace.clone())
    })
}

/// The only span of a trace that has this member with this value.
pub(crate) fn only<'a>(trace: &'a [Value], member: &str, value: &str) -> &'a Value {
    let mut found = trace.iter().filter(|span| span[member] == value);
    let first = found.next();
    assert!(found.next().is_none(), "several with {member} {value}");
    first.unwrap_or_else(|| panic!("none with {member} {value} in {trace:#?}"))
}

/// The names in a list.
pub(crate) fn names(path: &str) -> Vec<String> {
    let list = get(path);
    let list = list.as_array().unwrap().iter();
    list.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The links whose parent is one of these services, as `parent -> child calls errors`, in order.
pub(crate) fn links(parents: &[String]) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // Spans may be younger than this moment by the time the server looks.
    let end = now.as_millis() + 60_000;
    let all = get(&format!("dependencies?endTs={end}&lookback=3600000"));
    let mut links: Vec<String> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| parents.iter().any(|parent| link["parent"] == **parent))
        .map(|link| {
            let text = |member: &str| link[member].as_str().unwrap().to_owned();
            let count = |member: &str| link[member].as_u64().unwrap_or_default();
            format!(
                "{} -> {} {} {}",
                text("parent"),
                text("child"),
                count("callCount"),
                count("errorCount")
            )
        })
        .collect();
    links.sort();
    links
}
