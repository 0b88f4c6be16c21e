//! The adapter itself: batches, services, failures.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::{Context, Key};
use tracer_opentelemetry::opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tracer_opentelemetry::opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracer_opentelemetry::{OpenTelemetryExporter, Resource, resource};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Arrived, Delivery, Exporter};

const LONG: Duration = Duration::from_secs(20);

#[derive(Debug, Default)]
struct Seen {
    /// Service, and the names of the spans of one export.
    batches: Vec<(String, Vec<String>)>,
    addresses: Vec<String>,
    quiet: bool,
    shut_down: usize,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Fine,
    Fails,
    /// The spans of this service.
    Refuses(&'static str),
    Panics,
    Hangs,
}

#[derive(Debug)]
struct Fake {
    mode: Mode,
    resource: Resource,
    seen: Arc<Mutex<Seen>>,
}

impl Fake {
    fn adapter(mode: Mode) -> (OpenTelemetryExporter, Arc<Mutex<Seen>>) {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let fake = Self {
            mode,
            resource: Resource::builder_empty().build(),
            seen: Arc::clone(&seen),
        };
        let known = resource([("deployment.environment.name", "test")]);
        (OpenTelemetryExporter::new(fake, known), seen)
    }

    fn attribute(&self, key: &'static str) -> String {
        let value = self.resource.get(&Key::from_static_str(key));
        value.map(|value| value.to_string()).unwrap_or_default()
    }
}

impl SpanExporter for Fake {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        match self.mode {
            Mode::Fine | Mode::Refuses(_) => {}
            Mode::Fails => return Err(OTelSdkError::InternalFailure("no disk".to_owned())),
            Mode::Panics => panic!("oh no"),
            Mode::Hangs => std::future::pending().await,
        }
        if let Mode::Refuses(service) = self.mode
            && self.attribute("service.name") == service
        {
            return Err(OTelSdkError::InternalFailure("who is that?".to_owned()));
        }
        assert_eq!(self.attribute("deployment.environment.name"), "test");
        assert_eq!(self.attribute("telemetry.sdk.language"), "rust");
        let service = self.attribute("service.name");
        let names = batch.into_iter().map(|span| span.name.into_owned());
        let mut seen = self.seen.lock().unwrap();
        seen.batches.push((service, names.collect()));
        seen.addresses.push(self.attribute("host.ip"));
        seen.quiet = Context::is_current_telemetry_suppressed();
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.seen.lock().unwrap().shut_down += 1;
        match self.mode {
            Mode::Panics => panic!("oh no"),
            _ => Ok(()),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }
}

fn add(exporter: &mut OpenTelemetryExporter, service: &str, name: &str) -> usize {
    exporter.add(&SpanBuilder::new(name).local(service, None, None).view())
}

fn batch(service: &str, names: &[&str]) -> (String, Vec<String>) {
    let names = names.iter().map(|name| (*name).to_owned());
    (service.to_owned(), names.collect())
}

fn rejected(delivery: Delivery) -> String {
    match delivery {
        Delivery::Rejected { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_service_has_its_resource() {
    let (mut exporter, seen) = Fake::adapter(Mode::Fine);
    for (service, name) in [("shop", "a"), ("stock", "b"), ("shop", "c")] {
        add(&mut exporter, service, name);
    }
    assert!(matches!(exporter.send(LONG), Delivery::Sent { bytes } if bytes > 0));
    exporter.clear();
    add(&mut exporter, "shop", "d");
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    let expected = [
        batch("shop", &["a", "c"]),
        batch("stock", &["b"]),
        batch("shop", &["d"]),
    ];
    assert_eq!(seen.lock().unwrap().batches, expected);
    assert!(seen.lock().unwrap().quiet, "exports are not to be traced");
}

/// As of tracers for tenants.
#[test]
fn many_services_keep_their_names_from_batch_to_batch() {
    let (mut exporter, seen) = Fake::adapter(Mode::Fine);
    let mut expected = Vec::new();
    for number in 0..300 {
        // One stays; the others come and go.
        let name = format!("tenant {number}");
        for service in ["shop", &name] {
            add(&mut exporter, service, "a");
            expected.push(batch(service, &["a"]));
        }
        assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
        exporter.clear();
    }
    assert_eq!(seen.lock().unwrap().batches, expected);
}

#[test]
fn a_resource_says_the_address_unless_it_is_loopback() {
    let (mut exporter, seen) = Fake::adapter(Mode::Fine);
    for ip in ["192.0.2.1", "127.0.0.1"] {
        let span = SpanBuilder::new("a").local("shop", ip.parse().ok(), None);
        exporter.add(&span.view());
    }
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    assert_eq!(seen.lock().unwrap().addresses, ["[\"192.0.2.1\"]", ""]);
}

#[test]
fn a_span_can_be_taken_out_again() {
    let (mut exporter, seen) = Fake::adapter(Mode::Fine);
    let one = add(&mut exporter, "shop", "a");
    let two = add(&mut exporter, "stock", "a rather long name");
    assert!(two > one && one > 0);
    exporter.remove_last();
    assert_eq!(add(&mut exporter, "shop", "a"), 2 * one);
    exporter.send(LONG);
    assert_eq!(seen.lock().unwrap().batches, [batch("shop", &["a", "a"])]);
}

#[test]
fn nothing_is_sent_of_an_empty_batch() {
    let (mut exporter, seen) = Fake::adapter(Mode::Panics);
    assert_eq!(exporter.send(LONG), Delivery::Sent { bytes: 0 });
    add(&mut exporter, "shop", "a");
    exporter.clear();
    assert_eq!(exporter.send(LONG), Delivery::Sent { bytes: 0 });
    exporter.remove_last();
    assert_eq!(seen.lock().unwrap().batches, []);
}

#[test]
fn only_the_spans_of_the_service_that_was_refused_are_lost() {
    for lost in ["shop", "stock", "till"] {
        let (mut exporter, seen) = Fake::adapter(Mode::Refuses(lost));
        for service in ["shop", "stock", "till", "shop", "stock", "till"] {
            add(&mut exporter, service, "a");
        }
        assert_eq!(
            rejected(exporter.send(LONG)),
            "Operation failed: who is that?"
        );
        assert_eq!(exporter.arrived().spans, 4, "{lost}");
        assert!(exporter.arrived().bytes > 0);
        assert_eq!(seen.lock().unwrap().batches.len(), 2, "{lost}");
        exporter.clear();
        assert_eq!(exporter.arrived(), Arrived::default());
    }
}

#[test]
fn a_failure_is_final() {
    let (mut exporter, _) = Fake::adapter(Mode::Fails);
    add(&mut exporter, "shop", "a");
    assert_eq!(rejected(exporter.send(LONG)), "Operation failed: no disk");
}

#[test]
fn a_panic_is_a_failure() {
    let (mut exporter, seen) = Fake::adapter(Mode::Panics);
    for _ in 0..2 {
        add(&mut exporter, "shop", "a");
        assert_eq!(
            rejected(exporter.send(LONG)),
            "the exporter panicked: oh no"
        );
        exporter.clear();
    }
    drop(exporter);
    assert_eq!(seen.lock().unwrap().shut_down, 1);
}

#[test]
fn time_runs_out() {
    let (mut exporter, _) = Fake::adapter(Mode::Hangs);
    add(&mut exporter, "shop", "a");
    let started = Instant::now();
    let reason = rejected(exporter.send(Duration::from_millis(50)));
    assert_eq!(reason, "no answer in time");
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[test]
fn it_is_shut_down_once_when_dropped() {
    let (exporter, seen) = Fake::adapter(Mode::Fine);
    drop(exporter);
    assert_eq!(seen.lock().unwrap().shut_down, 1);
}

#[test]
fn ids_are_never_joined() {
    let (exporter, _) = Fake::adapter(Mode::Fine);
    assert!(!exporter.supports_join());
    assert!(exporter.describe().ends_with("::Fake"), "{exporter:?}");
    assert_eq!(exporter.description("a file").describe(), "a file");
}
