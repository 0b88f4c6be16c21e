//! Stages that break, and what they are told of those behind them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use tracer_backends::{Backend, Setup};
use tracer_core::{FlushError, TracerExt};
use tracer_recording::{FanOut, FinishedSpan, InMemoryReporter, Reporter};

use crate::server::{LONG, collector, nobody};
use crate::stages::setup;

/// Panics where it should do this.
struct Broken {
    next: Arc<dyn Reporter>,
    what: &'static str,
}

impl Broken {
    fn stage(what: &'static str) -> impl FnOnce(Arc<dyn Reporter>) -> Self {
        move |next| Self { next, what }
    }

    fn begin(&self, what: &str) {
        assert!(self.what != what, "a broken stage");
    }
}

impl Reporter for Broken {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.next.report(span);
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.begin("flush");
        let flushed = self.next.flush(timeout);
        self.begin("end of a flush");
        flushed
    }

    fn attached(&self) {
        self.begin("attached");
    }

    fn detached(&self) {
        self.begin("detached");
    }
}

fn one_span(setup: Setup) -> Backend {
    let backend = setup.build().unwrap();
    backend.tracer().span("a").start().finish();
    backend
}

#[test]
fn a_stage_that_panics_is_late_and_takes_nobody_along() {
    for what in ["flush", "end of a flush"] {
        for shutdown in [false, true] {
            let (address, requests) = collector();
            let backend = one_span(setup(&address, &[]).stage(Broken::stage(what)));
            let told = match shutdown {
                true => backend.shutdown(LONG),
                false => backend.flush(LONG),
            };
            let late = told.is_err_and(|error| error.is_timeout());
            assert!(late, "{what}, shutdown: {shutdown}");
            assert!(requests.try_recv().is_ok());
        }
    }
    for what in ["attached", "detached"] {
        let (address, requests) = collector();
        drop(one_span(setup(&address, &[]).stage(Broken::stage(what))));
        assert!(requests.recv_timeout(LONG).is_ok(), "{what}");
    }
}

#[test]
fn so_is_a_reporter_of_the_programs_own() {
    for count in [1, 2] {
        let none = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
        let broken = || Broken::stage("flush")(Arc::new(InMemoryReporter::new()));
        let setup = (0..count).fold(none, |setup, _| setup.also(broken()));
        let backend = one_span(setup);
        assert!(backend.flush(LONG).unwrap_err().is_timeout());
        assert!(backend.shutdown(LONG).unwrap_err().is_timeout());
    }
}

/// Notes what comes of the flush of what is behind it.
struct Journal {
    next: Arc<dyn Reporter>,
    told: Arc<Mutex<Vec<Result<(), FlushError>>>>,
}

impl Reporter for Journal {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.next.report(span);
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let flushed = self.next.flush(timeout);
        self.told.lock().unwrap().push(flushed.clone());
        flushed
    }
}

#[test]
fn a_stage_is_not_told_that_all_is_delivered_where_nothing_is() {
    let told = Arc::default();
    let tell = Arc::clone(&told);
    let setup = setup(&nobody(), &[]).stage(|next| Journal { next, told: tell });
    let backend = one_span(setup);
    backend.flush(Duration::from_secs(1)).unwrap_err();
    // Of the shutdown it is too early to say; what was lost is the shutdown's to tell.
    let lost = backend.shutdown(Duration::from_secs(1)).unwrap_err();
    assert_eq!((lost.is_timeout(), lost.lost_spans()), (false, 1));
    let told = told.lock().unwrap();
    assert!(
        told.len() == 2 && told.iter().all(Result::is_err),
        "{told:?}"
    );
}

/// Says that it is asked, and waits before it asks those behind it.
struct Waits {
    next: Arc<dyn Reporter>,
    asked: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Reporter for Waits {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.next.report(span);
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.asked.lock().unwrap().send(()).unwrap();
        self.go.lock().unwrap().recv_timeout(LONG).unwrap();
        self.next.flush(timeout)
    }
}

#[test]
fn a_stage_that_flushes_of_its_own_accord_waits_for_the_delivery_also_during_a_flush() {
    let (address, requests) = collector();
    let ((asked, is_asked), (go, goes)) = (mpsc::channel(), mpsc::channel());
    let (keep, kept) = mpsc::channel();
    let setup = setup(&address, &[]).stage(move |next: Arc<dyn Reporter>| {
        keep.send(Arc::clone(&next)).unwrap();
        Waits {
            next,
            asked: Mutex::new(asked),
            go: Mutex::new(goes),
        }
    });
    let (backend, next) = (one_span(setup), kept.recv().unwrap());
    thread::scope(|scope| {
        let flush = scope.spawn(|| backend.flush(LONG));
        is_asked.recv_timeout(LONG).unwrap();
        next.flush(LONG).unwrap();
        assert!(requests.try_recv().is_ok());
        go.send(()).unwrap();
        flush.join().unwrap().unwrap();
    });
}

#[test]
fn a_flush_beside_a_shutdown_waits_for_the_delivery() {
    let (address, requests) = collector();
    let ((asked, is_asked), (go, goes)) = (mpsc::channel(), mpsc::channel());
    let backend = one_span(setup(&address, &[]).stage(|next| Waits {
        next,
        asked: Mutex::new(asked),
        go: Mutex::new(goes),
    }));
    thread::scope(|scope| {
        let flush = scope.spawn(|| backend.flush(LONG));
        is_asked.recv_timeout(LONG).unwrap();
        let shutdown = scope.spawn(|| backend.shutdown(LONG));
        is_asked.recv_timeout(LONG).unwrap();
        // The flush goes on, as it waited first; the shutdown has begun.
        go.send(()).unwrap();
        flush.join().unwrap().unwrap();
        assert!(requests.try_recv().is_ok());
        go.send(()).unwrap();
        shutdown.join().unwrap().unwrap();
    });
}

/// Has lost spans.
struct Loses;

impl Reporter for Loses {
    fn report(&self, _: &FinishedSpan<'_>) {}

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Err(FlushError::lost(5))
    }
}

#[test]
fn what_goes_wrong_beside_a_stage_is_told_at_the_shutdown_too() {
    let (address, _requests) = collector();
    let setup = || setup(&address, &[]);
    let backend = one_span(setup().stage(|next| FanOut::new().and(next).and(Loses)));
    assert_eq!(backend.shutdown(LONG).unwrap_err().lost_spans(), 5);
    let broken = Broken::stage("flush")(Arc::new(InMemoryReporter::new()));
    let backend = one_span(setup().stage(|next| FanOut::new().and(next).and(broken)));
    assert!(backend.shutdown(LONG).unwrap_err().is_timeout());
}

/// Never done: it takes all the time that it is given.
struct Hangs;

impl Reporter for Hangs {
    fn report(&self, _: &FinishedSpan<'_>) {}

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        thread::sleep(timeout);
        Err(FlushError::timeout())
    }
}

#[test]
fn who_hangs_beside_a_stage_takes_no_time_of_those_behind_it() {
    let (address, requests) = collector();
    let setup = setup(&address, &[]).stage(|next| FanOut::new().and(next).and(Hangs));
    let backend = one_span(setup);
    let flushed = backend.flush(Duration::from_secs(1));
    assert!(flushed.unwrap_err().is_timeout());
    assert!(requests.try_recv().is_ok());
}

/// Counts what it has handed on.
struct Counts(Arc<dyn Reporter>, Arc<AtomicUsize>);

impl Reporter for Counts {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.0.report(span);
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_stage_that_panics_does_not_reach_the_one_before_it() {
    struct Panics;
    impl Reporter for Panics {
        fn report(&self, _: &FinishedSpan<'_>) {
            panic!("a broken stage");
        }
    }
    let handed_on = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handed_on);
    let none = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
    let before = none.stage(|next| Counts(next, count));
    one_span(before.stage(|_| Panics));
    assert_eq!(handed_on.load(Ordering::SeqCst), 1);
}

/// Notes how much time it is given.
#[derive(Default)]
struct Given(Mutex<Vec<Duration>>);

impl Reporter for Given {
    fn report(&self, _: &FinishedSpan<'_>) {}

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.0.lock().unwrap().push(timeout);
        Ok(())
    }
}

#[test]
fn those_behind_a_stage_that_took_all_the_time_are_given_none() {
    let given = Arc::new(Given::default());
    let none = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
    let backend = one_span(none.also(Arc::clone(&given)).stage(|_| Hangs));
    backend.flush(Duration::from_millis(10)).unwrap_err();
    assert_eq!(*given.0.lock().unwrap(), [Duration::ZERO]);
}

#[test]
fn a_stage_that_flushes_after_the_shutdown_is_told_the_truth() {
    let (keep, kept) = mpsc::channel();
    let none = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
    let setup = none.also(InMemoryReporter::new()).stage(move |next| {
        keep.send(Arc::clone(&next)).unwrap();
        next
    });
    let (backend, next) = (one_span(setup), kept.recv().unwrap());
    backend.shutdown(LONG).unwrap();
    next.flush(LONG).unwrap();
}

/// A look-up in a database, say, with a span of its own.
#[test]
fn what_a_stage_traces_is_no_reason_to_call_it_again() {
    struct Traces(Arc<OnceLock<Backend>>, Arc<AtomicUsize>);
    impl Reporter for Traces {
        fn report(&self, _: &FinishedSpan<'_>) {
            if self.1.fetch_add(1, Ordering::SeqCst) < 3 {
                let tracer = self.0.get().unwrap().tracer();
                tracer.span("its own").start().finish();
            }
        }
    }
    let (itself, calls) = (Arc::new(OnceLock::new()), Arc::new(AtomicUsize::new(0)));
    let stage = Traces(Arc::clone(&itself), Arc::clone(&calls));
    let none = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
    let backend = itself.get_or_init(|| none.stage(|_| stage).build().unwrap());
    backend.tracer().span("request").start().finish();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
