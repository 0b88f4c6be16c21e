//! Logs as events.

use opentelemetry::KeyValue;
use tracer_core::Tag;

use crate::support::{START, at, exported, span};

#[test]
fn a_log_is_an_event_with_attributes() {
    let fields = [Tag::new("event", "retry"), Tag::new("attempt", 2)];
    let data = exported(&span().log(START + 5, &fields).log(START + 9, &fields[..1]));
    let events = data.events.events;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].name, "retry");
    assert_eq!(events[0].timestamp, at(START + 5));
    assert_eq!(events[0].attributes, [KeyValue::new("attempt", 2)]);
    assert_eq!(events[1].timestamp, at(START + 9));
    assert_eq!(events[1].attributes, []);
}

#[test]
fn a_log_without_an_event_is_called_log() {
    let data = exported(&span().log(START, &[Tag::new("rows", 3)]));
    assert_eq!(data.events.events[0].name, "log");
    assert_eq!(data.events.events[0].attributes, [KeyValue::new("rows", 3)]);
}

#[test]
fn a_logged_error_is_an_exception() {
    let fields = [
        Tag::new("event", "error"),
        Tag::new("error.kind", "Elapsed"),
        Tag::new("message", "too late"),
        Tag::new("stack", "main"),
        Tag::new("attempt", 2),
    ];
    let data = exported(&span().log(START, &fields));
    let event = &data.events.events[0];
    assert_eq!(event.name, "exception");
    let attributes = [
        KeyValue::new("exception.type", "Elapsed"),
        KeyValue::new("exception.message", "too late"),
        KeyValue::new("exception.stacktrace", "main"),
        KeyValue::new("attempt", 2),
    ];
    assert_eq!(event.attributes, attributes);
}

#[test]
fn other_logs_keep_their_names() {
    let fields = [Tag::new("message", "hello"), Tag::new("stack", "main")];
    let data = exported(&span().log(START, &fields));
    let attributes = [
        KeyValue::new("message", "hello"),
        KeyValue::new("stack", "main"),
    ];
    assert_eq!(data.events.events[0].attributes, attributes);
}
