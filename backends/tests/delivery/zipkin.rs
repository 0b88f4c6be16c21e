//! `OTEL_TRACES_EXPORTER=zipkin`.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tracer_backends::{Backend, Setup};
use tracer_core::{FlushError, Kind, TracerExt};
use tracer_recording::{FinishedSpan, Reporter};

use crate::server::{LONG, Request, collector, nobody};

fn backend(address: &str, more: &[(&str, &str)]) -> Backend {
    let endpoint = format!("http://{address}/api/v2/spans");
    let vars = [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let vars = vars.iter().chain(more).copied();
    Setup::from_vars(vars).unwrap().build().unwrap()
}

fn work(backend: &Backend) {
    let tracer = backend.tracer();
    let span = tracer.span("GET /items/{id}").kind(Kind::Server);
    span.tag("http.request.method", "GET").start().finish();
}

fn spans(request: &Request) -> Vec<Value> {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn a_span_arrives_with_its_names() {
    let (address, requests) = collector();
    let backend = backend(&address, &[]);
    work(&backend);
    // Without a flush: the interval alone sends it.
    let request = requests.recv_timeout(LONG).unwrap();
    assert!(request.head.starts_with("post /api/v2/spans "));
    let [span] = &spans(&request)[..] else {
        panic!("one span")
    };
    assert_eq!(span["name"], "GET /items/{id}");
    assert_eq!(span["kind"], "SERVER");
    assert_eq!(span["localEndpoint"]["serviceName"], "shop");
    backend.shutdown(LONG).unwrap();
    let (_, counts) = backend.counts()[0];
    assert_eq!((counts.accepted, counts.sent, counts.queued), (1, 1, 0));
    assert!(backend.losses().is_empty());
}

#[test]
fn shutdown_sends_what_is_queued() {
    let (address, requests) = collector();
    let backend = backend(&address, &[("OTEL_BSP_SCHEDULE_DELAY", "3600000")]);
    for _ in 0..3 {
        work(&backend);
    }
    backend.shutdown(LONG).unwrap();
    assert_eq!(spans(&requests.recv_timeout(LONG).unwrap()).len(), 3);
    work(&backend);
    let [loss] = &backend.losses()[..] else {
        panic!("a span after the end is lost")
    };
    let said = format!("zipkin http://{address}/api/v2/spans: 1 of 4 spans lost (");
    assert!(loss.to_string().starts_with(&said), "{loss}");
}

#[test]
fn batches_and_names_are_chosen() {
    let (address, requests) = collector();
    let vars = [
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"),
        // What is unknown is skipped.
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai, HTTP/Dup"),
    ];
    let backend = backend(&address, &vars);
    for _ in 0..5 {
        let tracer = backend.tracer();
        tracer
            .span("job")
            .tag("http.method", "GET")
            .start()
            .finish();
    }
    backend.flush(LONG).unwrap();
    let lists: Vec<_> = requests.try_iter().map(|request| spans(&request)).collect();
    let sizes: Vec<_> = lists.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let tags = &lists[0][0]["tags"];
    assert_eq!(tags["http.method"], "GET");
    assert_eq!(tags["http.request.method"], "GET");
}

#[test]
fn a_collector_that_is_down_costs_spans_and_says_so() {
    let address = nobody();
    let backend = backend(&address, &[("OTEL_BSP_MAX_QUEUE_SIZE", "10")]);
    for _ in 0..40 {
        work(&backend);
    }
    let ended = backend.shutdown(Duration::from_millis(300));
    assert!(ended.is_err());
    // A worker that is held up answers late for what it has in hand.
    let deadline = Instant::now() + LONG;
    let losses = loop {
        let losses = backend.losses();
        if losses.iter().any(|loss| loss.spans() == 40) || Instant::now() > deadline {
            break losses;
        }
        std::thread::yield_now();
    };
    let [loss] = &losses[..] else {
        panic!("a loss: {losses:?}")
    };
    assert_eq!(loss.spans(), 40);
    let said = format!("zipkin http://{address}/api/v2/spans: 40 of 40 spans lost (");
    assert!(loss.to_string().starts_with(&said), "{loss}");
    let counts = loss.counts();
    assert_eq!(
        counts.accepted,
        counts.sent + counts.dropped() + counts.queued
    );
    assert!(counts.dropped_queue_full >= 20, "{loss}");
}

#[test]
fn a_large_queue_has_the_room_for_its_spans() {
    let backend = backend(&nobody(), &[("OTEL_BSP_MAX_QUEUE_SIZE", "40000")]);
    let tracer = backend.tracer();
    let text = "x".repeat(400);
    for _ in 0..40_000 {
        tracer.span("job").tag("text", &*text).start().finish();
    }
    let (_, counts) = backend.counts()[0];
    assert_eq!((counts.accepted, counts.dropped()), (40_000, 0));
    // Nobody waits for them.
    let _ = backend.shutdown(Duration::ZERO);
}

#[test]
fn a_backend_that_is_dropped_sends_what_is_queued() {
    let (address, requests) = collector();
    let backend = backend(&address, &[("OTEL_BSP_SCHEDULE_DELAY", "3600000")]);
    work(&backend);
    drop(backend);
    assert_eq!(spans(&requests.recv_timeout(LONG).unwrap()).len(), 1);
}

/// Notes how long it may take.
struct Patient(Mutex<Duration>);

impl Reporter for Patient {
    fn report(&self, _: &FinishedSpan<'_>) {}

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        *self.0.lock().unwrap() = timeout;
        Ok(())
    }
}

#[test]
fn a_collector_that_hangs_takes_no_time_of_the_programs_own_reporter() {
    // Connections wait to be accepted, for ever.
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/api/v2/spans", hangs.local_addr().unwrap());
    let vars = [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let patient = Arc::new(Patient(Mutex::default()));
    let setup = Setup::from_vars(vars).unwrap().also(Arc::clone(&patient));
    let backend = setup.build().unwrap();
    work(&backend);
    let whole = Duration::from_secs(2);
    assert!(backend.shutdown(whole).is_err());
    let given = *patient.0.lock().unwrap();
    assert!(given > whole / 2, "{given:?}");
}
