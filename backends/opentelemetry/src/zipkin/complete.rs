//! The body that the exporter wrote, completed.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::amend::FIELDS;

/// The completed list; `None` if it is none, which is then sent as it is.
pub(super) fn body(given: &Bytes) -> Option<Bytes> {
    let mut list: Vec<Map<String, Value>> = serde_json::from_slice(given).ok()?;
    list.iter_mut().for_each(span);
    serde_json::to_vec(&list).ok().map(Bytes::from)
}

fn span(span: &mut Map<String, Value>) {
    /// The upper half of a trace id of 64 bits, or a span id.
    const ZEROS: &str = "0000000000000000";
    span.retain(|_, value| match value {
        Value::Bool(value) => *value,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    });
    if text(span, "parentId") == Some(ZEROS) {
        span.remove("parentId");
    }
    let short = text(span, "traceId").and_then(|id| id.strip_prefix(ZEROS));
    if let Some(short) = short.map(str::to_owned) {
        span.insert("traceId".to_owned(), json!(short));
    }
    // A zero would be read as "not known".
    if number(span, "duration") == Some(0) {
        span.insert("duration".to_owned(), json!(1));
    }
    if number(span, "timestamp") == Some(0) {
        span.remove("timestamp");
    }
    fields(span);
}

/// Moves what [`FIELDS`] carries to where it belongs.
fn fields(span: &mut Map<String, Value>) {
    let Some(Value::Object(tags)) = span.get_mut("tags") else {
        return;
    };
    let carried = tags.remove(FIELDS);
    if tags.is_empty() {
        span.remove("tags");
    }
    let Some(Value::String(carried)) = carried else {
        return;
    };
    if let Ok(fields) = serde_json::from_str::<Map<String, Value>>(&carried) {
        span.extend(fields);
    }
}

fn text<'a>(span: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    span.get(key)?.as_str()
}

fn number(span: &Map<String, Value>, key: &str) -> Option<u64> {
    span.get(key)?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(given: &Value) -> Value {
        let given = Bytes::from(given.to_string());
        serde_json::from_slice(&body(&given).unwrap()).unwrap()
    }

    #[test]
    fn what_says_nothing_is_taken_out() {
        let given = json!([{
            "traceId": "0000000000000000463ac35c9f6413ad", "parentId": "0000000000000000",
            "id": "00000000000000a1", "name": "job", "timestamp": 0, "duration": 0,
            "localEndpoint": {}, "annotations": [], "tags": {}, "debug": false, "shared": false,
        }]);
        let expected = json!([{
            "traceId": "463ac35c9f6413ad", "id": "00000000000000a1", "name": "job",
            "duration": 1, "localEndpoint": {},
        }]);
        assert_eq!(completed(&given), expected);
    }

    #[test]
    fn carried_fields_go_where_they_belong() {
        let fields = json!({"localEndpoint": {"serviceName": "shop"}, "debug": true}).to_string();
        let given =
            json!([{"localEndpoint": {}, "debug": false, "tags": {"a": "b", FIELDS: fields}}]);
        let expected = json!([
            {"localEndpoint": {"serviceName": "shop"}, "debug": true, "tags": {"a": "b"}}
        ]);
        assert_eq!(completed(&given), expected);
    }

    #[test]
    fn another_body_is_left_alone() {
        assert!(body(&Bytes::from_static(b"{}")).is_none());
        assert!(body(&Bytes::from_static(b"nonsense")).is_none());
    }
}
