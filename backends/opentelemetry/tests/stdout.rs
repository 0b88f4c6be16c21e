//! What is printed, by a process of its own.
#![cfg(feature = "stdout")]

use std::process::Command;
use std::time::Duration;

use tracer_opentelemetry::{resource, stdout};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};

/// Set in the process that prints.
const CHILD: &str = "TRACER_TEST_CHILD";

/// Not a test: what the other starts.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut exporter = stdout(resource([("host.name", "here")]));
    for (service, name) in [
        ("shop", "job one"),
        ("stock", "job two"),
        ("shop", "job three"),
    ] {
        exporter.add(&SpanBuilder::new(name).local(service, None, None).view());
    }
    let delivery = exporter.send(Duration::from_secs(20));
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}

#[test]
fn spans_are_printed_under_their_services() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let places = [
        place(r#"service.name=String(Owned("shop"))"#),
        place("job one"),
        place("job three"),
        place(r#"service.name=String(Owned("stock"))"#),
        place("job two"),
    ];
    assert!(places.is_sorted(), "{text}");
    assert_eq!(text.matches("host.name").count(), 2);
}
