//! A logger that flushes, on a reporter's own thread. One test: the logger is the process's.
#![cfg(feature = "zipkin")]

use std::net::TcpListener;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use tracer_backends::{Backend, Setup};
use tracer_core::TracerExt;

const LONG: Duration = Duration::from_secs(30);

static BACKEND: OnceLock<Backend> = OnceLock::new();
static TOOK: Mutex<Option<Duration>> = Mutex::new(None);

struct Flushes;

impl log::Log for Flushes {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.level() == log::Level::Warn
            && let Some(backend) = BACKEND.get()
        {
            let begun = Instant::now();
            let _ = backend.flush(LONG);
            TOOK.lock().unwrap().get_or_insert(begun.elapsed());
        }
    }

    fn flush(&self) {}
}

/// The second one is asked on another thread elsewhere.
#[test]
fn no_exporter_waits_for_itself() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let vars = [
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_TRACES_EXPORTER", "console,zipkin"),
        (
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            &format!("http://{address}/"),
        ),
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
    ];
    let backend = Setup::from_vars(vars).unwrap().build().unwrap();
    assert!(BACKEND.set(backend).is_ok());
    log::set_logger(&Flushes).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let tracer = BACKEND.get().unwrap().tracer();
    tracer.span("job").start().finish();
    let deadline = Instant::now() + 2 * LONG;
    let took = loop {
        let took = *TOOK.lock().unwrap();
        if took.is_some() || Instant::now() > deadline {
            break took;
        }
        std::thread::yield_now();
    };
    let took = took.expect("the logger is asked");
    assert!(took < LONG / 2, "{took:?}");
}
