//! `traceparent` in the first line, a `tracestate` in each other one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_recording::Propagation;

static W3C: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("tracecontext"));

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let parent = lines.next().unwrap_or_default();
    let mut received = vec![("traceparent", parent)];
    received.extend(lines.map(|line| ("tracestate", line)));
    let extracted = tracer_fuzz::extract(&W3C, &received);
    let Some(context) = extracted.span_context() else {
        assert!(extracted.is_absent() && extracted.extra().is_none());
        return;
    };
    let sent = tracer_fuzz::sent(&W3C, context);
    let received = String::from_utf8_lossy(parent);
    let received = received.trim_matches([' ', '\t']);
    assert_eq!(sent["traceparent"].len(), 55);
    // Version and unknown flags become ours; the ids stay.
    assert_eq!(sent["traceparent"].get(2..53), received.get(2..53));
    let version = received.get(..2);
    assert!(version == Some("00") && received.len() == 55 || version > Some("00"));
    assert_ne!(version, Some("ff"));
    if let Some(state) = sent.get("tracestate") {
        let members = state.split(',');
        assert!(members.clone().count() <= 32);
        for member in members {
            let (key, value) = member.split_once('=').expect("a key and a value");
            assert!((1..=256).contains(&key.len()) && (1..=256).contains(&value.len()));
            assert!(!value.ends_with(' ') && !value.contains('='));
        }
    }
});
