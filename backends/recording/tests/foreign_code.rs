//! What others gave us to call may panic: no request breaks, and no span is lost for it.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tracer_core::carrier::{Found, Names};
use tracer_core::{
    End, Error, FlushError, InFlight, Inject, SpanRef, Tag, Tracer, TracerExt, Value,
};
use tracer_recording::propagation::{Propagator, Reading};
use tracer_recording::stages::{Handled, Verdict};
use tracer_recording::{
    Builder, Clock, FinishedSpan, InMemoryReporter, NullReporter, Propagation, RecordingTracer,
    Reporter, Sampler, SamplingQuestion,
};

#[test]
fn a_reporter_that_panics_breaks_no_request() {
    struct Broken(Arc<AtomicU32>);
    impl Reporter for Broken {
        fn report(&self, _: &FinishedSpan<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("a reporter")
        }
    }
    let reported = Arc::new(AtomicU32::new(0));
    let tracer = RecordingTracer::builder("shop", Broken(Arc::clone(&reported))).build();
    let root = tracer.span("held by others").start();
    let kept = root.handle();
    tracer.span("alone").child_of(&root).start().finish();
    root.finish();
    drop(kept);
    assert_eq!(reported.load(Ordering::Relaxed), 2);
}

#[test]
fn a_reporter_that_panics_elsewhere_breaks_nobody_either() {
    struct Broken;
    impl Reporter for Broken {
        fn report(&self, _: &FinishedSpan<'_>) {}

        fn flush(&self, _: Duration) -> Result<(), FlushError> {
            panic!("a flush")
        }

        fn supports_join(&self) -> bool {
            panic!("a question")
        }

        fn wants_unsampled(&self) -> bool {
            panic!("another")
        }

        fn attached(&self) {
            panic!("a beginning")
        }

        fn detached(&self) {
            panic!("an end")
        }
    }
    let tracer = RecordingTracer::builder("shop", Broken).build();
    // Nobody knows what is delivered.
    let flushed = tracer.flush(Duration::ZERO);
    assert!(flushed.unwrap_err().is_timeout());
}

/// A tracer to which its own parts have found the way.
#[derive(Clone, Default)]
struct Own {
    tracer: Arc<OnceLock<RecordingTracer>>,
    calls: Arc<AtomicU32>,
}

impl Own {
    /// What a look-up in a database does.
    fn trace(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let tracer = self.tracer.get().unwrap();
        let own = tracer.span("its own").start();
        tracer.span("a part").child_of(&own).start().finish();
        own.finish();
    }

    fn request(&self, builder: Builder) {
        let tracer = self.tracer.get_or_init(|| builder.build());
        tracer.span("request").start().finish();
    }
}

impl Sampler for Own {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        self.trace();
        true
    }
}

impl Reporter for Own {
    fn report(&self, _: &FinishedSpan<'_>) {
        self.trace();
    }
}

#[test]
fn what_traces_itself_is_not_called_again_for_that() {
    let memory = InMemoryReporter::new();
    let own = Own::default();
    own.request(RecordingTracer::builder("shop", memory.clone()).sampler(own.clone()));
    assert_eq!(own.calls.load(Ordering::Relaxed), 1);
    let own = Own::default();
    own.request(RecordingTracer::builder("shop", own.clone()));
    assert_eq!(own.calls.load(Ordering::Relaxed), 1);
    let (own, handled) = (Own::default(), memory.clone());
    let handler = own.clone();
    let handled = Handled::new(handled).handler(move |_| {
        handler.trace();
        Verdict::Report
    });
    own.request(RecordingTracer::builder("shop", handled));
    assert_eq!(own.calls.load(Ordering::Relaxed), 1);
    let names: Vec<_> = memory.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["request"; 2]);
}

/// Panics when it goes, whatever it is given to a tracer as.
struct Doomed(Arc<AtomicU32>);

impl Drop for Doomed {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        resume_unwind(Box::new("a destructor"));
    }
}

impl Reporter for Doomed {
    fn report(&self, _: &FinishedSpan<'_>) {}
}

impl Sampler for Doomed {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        true
    }
}

impl Clock for Doomed {
    fn ticks(&self) -> u64 {
        0
    }

    fn nanos_between(&self, _: u64, _: u64) -> u64 {
        0
    }

    fn wall(&self) -> u64 {
        0
    }
}

impl Propagator for Doomed {
    fn prepare(&mut self, _: &mut Names) {}

    fn extract(&self, _: &Found<'_>) -> Reading {
        Reading::Absent
    }

    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}

    fn clear(&self, _: &mut dyn Inject) {}
}

fn doomed() -> (RecordingTracer, Arc<AtomicU32>) {
    let gone = Arc::new(AtomicU32::new(0));
    let part = || Doomed(Arc::clone(&gone));
    let tracer = RecordingTracer::builder("doomed", part())
        .sampler(part())
        .clock(part())
        .propagation(Propagation::builder().reader(part()).build())
        .build();
    (tracer, gone)
}

#[test]
fn destructors_that_panic_do_not_reach_the_end_of_a_thread() {
    let (tracer, gone) = doomed();
    let tracer = Arc::new(tracer);
    let (served, wait) = channel();
    let (end, ends) = channel::<()>();
    let lent = Arc::clone(&tracer);
    let worker = thread::spawn(move || {
        lent.span("x").start().finish();
        drop(lent);
        served.send(()).unwrap();
        let _ = ends.recv();
    });
    wait.recv().unwrap();
    drop(tracer);
    assert_eq!(
        gone.load(Ordering::Relaxed),
        0,
        "the thread keeps a recorder"
    );
    drop(end);
    worker.join().unwrap();
    assert_eq!(gone.load(Ordering::Relaxed), 4);
}

#[test]
fn destructors_that_panic_do_not_reach_a_request_of_another_tracer() {
    let (tracer, gone) = doomed();
    tracer.span("x").start().finish();
    drop(tracer);
    // A thread keeps recorders of a few tracers.
    let others: Vec<_> =
        std::iter::repeat_with(|| RecordingTracer::builder("other", NullReporter).build())
            .take(20)
            .collect();
    for other in &others {
        other.span("y").start().finish();
    }
    assert_eq!(gone.load(Ordering::Relaxed), 4);
}

struct Unprintable;

impl fmt::Display for Unprintable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a ")?;
        resume_unwind(Box::new("a value"))
    }
}

#[test]
fn a_value_that_panics_is_recorded_as_far_as_it_got() {
    let memory = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", memory.clone()).build();
    let failed = || End {
        error: Some(Error::new("Oops", &Unprintable)),
        ..End::default()
    };
    tracer.span("alone").start().finish_with(failed());
    let held = tracer.span("held by others").start();
    let kept = held.handle();
    held.finish_with(failed());
    drop(kept);
    let mut flight = InFlight::new(tracer.span("in flight").start());
    flight.end(failed());
    drop(flight);
    let tagged = tracer.span("tagged").start();
    tagged.set_tag("value", Value::Display(&Unprintable));
    tagged.set_tag("peer.port", Value::Display(&Unprintable));
    tagged.finish_with(failed());
    let spans = memory.spans();
    assert_eq!(spans.len(), 4);
    for span in &spans {
        let error = span.error.as_ref().unwrap();
        assert_eq!(error.1.as_deref(), Some("half a "), "{}", span.name);
    }
    for (_, value) in &spans[3].tags {
        assert_eq!(value.to_string(), "half a ");
    }
    assert_eq!(spans[3].tags.len(), 2);
}

/// Prints for as long as it is asked for more: not really for ever, so that a test can fail.
struct Endless(AtomicU32);

const ENDLESS: u32 = 100_000;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..ENDLESS {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("on and on ")?;
        }
        Ok(())
    }
}

#[test]
fn a_value_that_prints_without_end_is_cut_before_it_is_held() {
    let memory = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", memory.clone()).build();
    let says: [fn(&SpanRef, Value<'_>); 3] = [
        |span, value| span.set_tag("tag", value),
        |span, value| span.log(&[Tag::new("field", value)]),
        |span, value| span.set_error_as(Error::new("Oops", &value)),
    ];
    for say in says {
        let endless = Endless(AtomicU32::new(0));
        let span = tracer.span("job").start();
        say(&span.handle(), Value::Display(&endless));
        span.finish();
        let printed = endless.0.into_inner();
        assert_eq!(printed, 410, "the first 4,096 bytes");
    }
    let spans = memory.spans();
    let lengths = [
        spans[0].tags[0].1.to_string().len(),
        spans[1].logs[0].1[0].1.to_string().len(),
        spans[2].error.as_ref().unwrap().1.as_ref().unwrap().len(),
    ];
    assert_eq!(lengths, [4_096; 3]);
}
