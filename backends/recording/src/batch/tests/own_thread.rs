//! What others do on the reporter's own thread.

use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tracer_core::{FlushError, TracerExt};

use super::support::{SECOND, Script};
use crate::batch::BatchReporter;
use crate::export::{Delivery, Exporter};
use crate::fan_out::FanOut;
use crate::finished::FinishedSpan;
use crate::reporter::{NullReporter, Reporter};
use crate::testing::SpanBuilder;
use crate::tracer::RecordingTracer;

const HOUR: Duration = Duration::from_secs(3600);

fn report(to: &BatchReporter, name: &str) {
    to.report(&SpanBuilder::new(name).view());
}

/// What a callback for counts gets from a reporter, and what was delivered in the end.
fn from_within<T: Send + 'static>(
    does: fn(BatchReporter) -> T,
) -> (T, Script, Arc<OnceLock<BatchReporter>>) {
    let script = Script::default();
    let reporter = Arc::new(OnceLock::new());
    let (there, (done, result)) = (Arc::clone(&reporter), mpsc::channel());
    let mut once = false;
    let builder = BatchReporter::builder(script.clone()).interval(HOUR);
    let builder = builder.batch_spans(2).on_counts(move |counts| {
        let Some(there) = there.get() else { return };
        if counts.sent > 0 && !std::mem::replace(&mut once, true) {
            done.send(does(BatchReporter::clone(there))).unwrap();
        }
    });
    let reporter_there = reporter.get_or_init(|| builder.build());
    ["a", "b", "c"]
        .iter()
        .for_each(|name| report(reporter_there, name));
    // On another thread.
    let flushed = reporter_there.flush(30 * SECOND);
    let result = result.recv_timeout(30 * SECOND).unwrap();
    drop(flushed);
    (result, script, reporter)
}

#[test]
fn a_flush_there_does_not_wait_for_itself() {
    let (flushed, script, _reporter) = from_within(|reporter| reporter.flush(HOUR));
    assert_eq!(flushed, Err(FlushError::timeout()));
    script.wait_until(|said| said.delivered == ["a", "b", "c"]);
}

#[test]
fn a_close_there_does_not_wait_for_itself_and_loses_nothing() {
    let (closed, script, reporter) = from_within(|reporter| reporter.close(HOUR));
    assert_eq!(closed, Err(FlushError::timeout()));
    script.wait_until(|said| said.delivered == ["a", "b", "c"]);
    let reporter = reporter.get().unwrap();
    assert_eq!(reporter.close(30 * SECOND), Ok(()));
    assert_eq!(reporter.counts().dropped(), 0);
}

/// Behind another one, which would otherwise be asked on a thread of its own.
#[test]
fn nor_does_it_beside_another_reporter_or_as_a_future() {
    let (flushed, script, _reporter) = from_within(|reporter| {
        let beside = FanOut::new().and(NullReporter).and(reporter);
        beside.flush(HOUR)
    });
    assert_eq!(flushed, Err(FlushError::timeout()));
    script.wait_until(|said| said.delivered == ["a", "b", "c"]);
    let (flush, script, _reporter) = from_within(|reporter| reporter.flush_async(HOUR));
    let mut flush = std::pin::pin!(flush);
    let mut context = Context::from_waker(Waker::noop());
    let (start, mut polled) = (Instant::now(), Poll::Pending);
    while polled.is_pending() {
        polled = flush.as_mut().poll(&mut context);
        assert!(start.elapsed() < 30 * SECOND);
    }
    assert_eq!(polled, Poll::Ready(Err(FlushError::timeout())));
    script.wait_until(|said| said.delivered == ["a", "b", "c"]);
}

/// Traces each of its uploads.
#[derive(Clone, Default)]
struct Traced(Arc<Upload>);

#[derive(Default)]
struct Upload {
    tracer: OnceLock<RecordingTracer>,
    names: Mutex<Vec<String>>,
}

impl Exporter for Traced {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        self.0.names.lock().unwrap().push(span.name.to_owned());
        1
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        let tracer = self.0.tracer.get().unwrap();
        tracer.span("upload").start().finish();
        Delivery::Sent { bytes: 1 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "here".into()
    }
}

#[test]
fn an_exporter_does_not_export_that_it_exports() {
    let exporter = Traced::default();
    let reporter = BatchReporter::new(exporter.clone());
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    let tracer = exporter.0.tracer.get_or_init(|| tracer);
    for name in ["a", "b"] {
        tracer.span(name).start().finish();
        assert_eq!(reporter.flush(30 * SECOND), Ok(()));
    }
    assert_eq!(reporter.counts().accepted, 2);
    assert_eq!(*exporter.0.names.lock().unwrap(), ["a", "b"]);
}

#[test]
fn a_thread_that_could_not_be_started_is_tried_again_though_the_queue_is_full() {
    let (script, started) = (Script::default(), Instant::now());
    let builder = BatchReporter::builder(script.clone()).queue_spans(3);
    let reporter = builder
        .spawn(move |work| match started.elapsed() < SECOND / 10 {
            true => Err(std::io::Error::other("no more threads")),
            false => std::thread::Builder::new().spawn(work).map(drop),
        })
        .build();
    while reporter.counts().sent == 0 {
        report(&reporter, "a");
        assert!(started.elapsed() < 30 * SECOND, "{:?}", reporter.counts());
    }
}
