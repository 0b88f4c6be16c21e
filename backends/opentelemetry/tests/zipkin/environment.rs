//! The standard variables. They belong to the process, so each test is one of its own.

use std::process::Command;

use tracer_opentelemetry::zipkin;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};

use crate::server::{LONG, answer, read, serve};

/// Set in the process that exports.
const CHILD: &str = "TRACER_TEST_CHILD";
const ENDPOINT: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
const TIMEOUT: &str = "OTEL_EXPORTER_ZIPKIN_TIMEOUT";

/// Not a test: what the others start.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut exporter = zipkin(None).unwrap();
    exporter.add(&SpanBuilder::new("job").local("shop", None, None).view());
    match exporter.send(LONG) {
        Delivery::Sent { .. } => println!("sent: {}", exporter.describe()),
        other => println!("not sent: {other:?}"),
    }
}

/// What the child prints that sends there within this time.
fn child_with(url: &str, timeout: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "environment::child", "--nocapture"])
        .envs([(CHILD, "1"), (ENDPOINT, url), (TIMEOUT, timeout)])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_time_for_one_upload() {
    let (url, served) = serve(|stream| {
        read(&stream);
        // Until the client hangs up.
        std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
    });
    let printed = child_with(&url, "50");
    assert!(printed.contains("not sent: Rejected"), "{printed}");
    served.join().unwrap();
}

#[test]
fn a_time_that_is_none_is_as_good_as_unset() {
    for wrong in ["0", "-1", "soon", " "] {
        let (url, served) = answer("202 Accepted");
        let printed = child_with(&url, wrong);
        let sent = format!("sent: {url}/api/v2/spans\n");
        assert!(printed.contains(&sent), "{wrong:?}: {printed}");
        served.join().unwrap();
    }
}

/// `us@er:p:ss`, as curl reads a URL.
#[test]
fn user_and_password_are_decoded_and_not_shown() {
    let (url, served) = answer("202 Accepted");
    let secret = url.replace("http://", "http://us%40er:p%3Ass@");
    let printed = child_with(&secret, "5000");
    assert!(
        printed.contains(&format!("sent: {url}/api/v2/spans\n")),
        "{printed}"
    );
    let request = served.join().unwrap();
    let expected = Some("basic dxnazxi6cdpzcw==");
    assert_eq!(request.header("authorization"), expected);
}
