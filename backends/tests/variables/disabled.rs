//! `OTEL_SDK_DISABLED`.

use tracer_backends::Setup;
use tracer_recording::InMemoryReporter;

use crate::support::{headers, hop, recorded};

const DISABLED: &str = "OTEL_SDK_DISABLED";

#[test]
fn nothing_is_recorded_and_everything_is_passed_on() {
    let memory = InMemoryReporter::new();
    // Neither a name nor a right exporter is needed for nothing.
    let vars = [(DISABLED, "True"), ("OTEL_TRACES_EXPORTER", "zipkni")];
    let backend = Setup::from_vars(vars).unwrap().also(memory.clone());
    let backend = backend.build().unwrap();
    let parent = "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01";
    let request = headers(&[
        ("traceparent", parent),
        ("tracestate", "a=b"),
        ("baggage", "k=v"),
    ]);
    let sent = hop(&backend, &request);
    for (name, value) in &request {
        assert_eq!(sent.get(name), Some(value));
    }
    assert!(hop(&backend, &headers(&[])).is_empty());
    assert!(memory.spans().is_empty() && backend.counts().is_empty());
    assert!(backend.describe().contains(DISABLED));
}

#[test]
fn it_still_propagates_in_the_chosen_formats() {
    let vars = [(DISABLED, "true"), ("OTEL_PROPAGATORS", "b3")];
    let backend = Setup::from_vars(vars).unwrap().build().unwrap();
    let b3 = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1";
    assert_eq!(
        hop(&backend, &headers(&[("b3", b3)])),
        headers(&[("b3", b3)])
    );
    let wrong = [(DISABLED, "true"), ("OTEL_PROPAGATORS", "b4")];
    assert!(Setup::from_vars(wrong).is_err());
}

#[test]
fn only_true_is_true() {
    for (value, warnings) in [("", 0), ("false", 0), ("FALSE", 0), ("1", 1), ("yes", 1)] {
        let (backend, memory) = recorded(&[(DISABLED, value)]);
        hop(&backend, &headers(&[]));
        assert_eq!(memory.spans().len(), 2, "{value}");
        assert_eq!(backend.warnings().len(), warnings, "{value}");
    }
}
