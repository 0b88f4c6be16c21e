//! An exporter that does as it is told, and a worker that a test turns by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tracer_core::Value;

use crate::batch::builder::BatchBuilder;
use crate::batch::queue::{After, Queue, Wish};
use crate::batch::worker::Worker;
use crate::batch::{BatchCounts, BatchReporter};
use crate::export::{Arrived, Delivery, Exporter};
use crate::finished::FinishedSpan;
use crate::message::Draft;
use crate::testing::SpanBuilder;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A span is 10 bytes large unless its tag `size` says otherwise.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Inner>);

#[derive(Default)]
struct Inner {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct Said {
    open: Vec<(String, usize)>,
    /// What `send` answers, in this order; `Sent` when there is no more.
    pub(super) answers: VecDeque<Delivery>,
    /// Each try.
    pub(super) tries: Vec<Vec<String>>,
    /// The time given to each try.
    pub(super) timeouts: Vec<Duration>,
    pub(super) delivered: Vec<String>,
    /// Of the open batch, whatever the answer is.
    pub(super) arrived: Arrived,
    pub(super) hangs: bool,
    pub(super) panics: bool,
}

impl Script {
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.0.said.lock().unwrap()
    }

    pub(super) fn answer(&self, answers: impl IntoIterator<Item = Delivery>) {
        self.said().answers.extend(answers);
    }

    pub(super) fn hang(&self, hangs: bool) {
        self.said().hangs = hangs;
        self.0.changed.notify_all();
    }

    pub(super) fn tries(&self) -> Vec<Vec<String>> {
        self.said().tries.clone()
    }

    /// The sizes of the tries.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.said().tries.iter().map(Vec::len).collect()
    }

    pub(super) fn wait_until(&self, done: impl Fn(&Said) -> bool) {
        let (said, timeout) = self
            .0
            .changed
            .wait_timeout_while(self.said(), 30 * SECOND, |said| !done(said))
            .unwrap();
        assert!(!timeout.timed_out(), "tries: {:?}", said.tries.len());
    }
}

impl Exporter for Script {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        let mut said = self.said();
        let panics = said.panics && span.name == "panic";
        if panics {
            drop(said);
            panic!("cannot encode");
        }
        let size = match span.tags().get("size") {
            Some(Value::I64(size)) => size as usize,
            _ => 10,
        };
        said.open.push((span.name.to_owned(), size));
        said.open.iter().map(|(_, size)| size).sum()
    }

    fn remove_last(&mut self) {
        self.said().open.pop();
    }

    fn send(&mut self, timeout: Duration) -> Delivery {
        let mut said = self.said();
        let names: Vec<_> = said.open.iter().map(|(name, _)| name.clone()).collect();
        said.tries.push(names.clone());
        said.timeouts.push(timeout);
        self.0.changed.notify_all();
        let mut said = self.0.changed.wait_while(said, |said| said.hangs).unwrap();
        if said.panics && names.iter().any(|name| name == "send") {
            drop(said);
            panic!("cannot send");
        }
        let bytes = said.open.iter().map(|(_, size)| size).sum();
        let answer = said.answers.pop_front().unwrap_or(Delivery::Sent { bytes });
        if matches!(answer, Delivery::Sent { .. }) {
            said.delivered.extend(names);
            self.0.changed.notify_all();
        }
        answer
    }

    fn arrived(&self) -> Arrived {
        self.said().arrived
    }

    fn clear(&mut self) {
        let mut said = self.said();
        said.open.clear();
        said.arrived = Arrived::default();
    }

    fn describe(&self) -> String {
        "script".into()
    }
}

pub(super) fn retry() -> Delivery {
    retry_after(None)
}

pub(super) fn retry_after(seconds: Option<u64>) -> Delivery {
    Delivery::Retry {
        after: seconds.map(Duration::from_secs),
        reason: "no connection".into(),
    }
}

pub(super) fn rejected() -> Delivery {
    Delivery::Rejected {
        reason: "400".into(),
    }
}

pub(super) fn too_large() -> Delivery {
    Delivery::TooLarge {
        reason: "413".into(),
    }
}

/// A queue and a worker under a clock that stands still. Jitter is always the full pause.
pub(super) struct Rig {
    pub(super) queue: Arc<Queue>,
    pub(super) worker: Worker,
    pub(super) script: Script,
    pub(super) now: Arc<Mutex<Instant>>,
}

impl Rig {
    pub(super) fn new(set: impl FnOnce(BatchBuilder) -> BatchBuilder) -> Self {
        let script = Script::default();
        let now = Arc::new(Mutex::new(Instant::now()));
        let clock = Arc::clone(&now);
        let builder = BatchReporter::builder(script.clone())
            .now(move || *clock.lock().unwrap())
            .random(|| 1.0);
        let (queue, worker) = set(builder).parts();
        Self {
            queue,
            worker,
            script,
            now,
        }
    }

    pub(super) fn report(&self, span: &SpanBuilder) -> After {
        self.queue.push(&Draft::of(&span.view()))
    }

    pub(super) fn report_named(&self, names: &[&str]) {
        for name in names {
            self.report(&SpanBuilder::new(name));
        }
    }

    pub(super) fn report_many(&self, spans: usize) {
        for _ in 0..spans {
            self.report(&SpanBuilder::new("a"));
        }
    }

    pub(super) fn turn(&mut self) -> Option<Wish> {
        let wish = self.worker.turn();
        let counts = self.counts();
        assert_eq!(
            counts.accepted,
            counts.sent + counts.dropped() + counts.queued,
            "{counts:?}"
        );
        wish
    }

    /// Moves the clock and turns.
    pub(super) fn turn_after(&mut self, by: Duration) -> Option<Wish> {
        *self.now.lock().unwrap() += by;
        self.turn()
    }

    pub(super) fn counts(&self) -> BatchCounts {
        self.queue.counts()
    }
}

pub(super) fn sized(name: &str, size: i64) -> SpanBuilder {
    SpanBuilder::new(name).tag("size", size)
}
