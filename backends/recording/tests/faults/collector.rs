//! A collector that restarts, rejects and hangs, and remembers what it took.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tracer_core::SpanId;
use tracer_recording::{BatchCounts, Delivery, Exporter, FinishedSpan};

#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) down: bool,
    pub(crate) hangs: bool,
    /// Every so many deliveries: taken, but the answer is lost.
    pub(crate) silent_each: Option<usize>,
    /// Every so many deliveries: 400.
    pub(crate) rejects_each: Option<usize>,
    pub(crate) tries: usize,
    pub(crate) taken: HashSet<SpanId>,
    pub(crate) twice: usize,
}

/// What runs on the reporter's thread.
pub(crate) struct ToCollector {
    collector: Collector,
    open: Vec<SpanId>,
}

impl Collector {
    pub(crate) fn exporter(&self) -> ToCollector {
        ToCollector {
            collector: self.clone(),
            open: Vec::new(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    pub(crate) fn set(&self, set: impl FnOnce(&mut State)) {
        set(&mut self.state());
        self.0.changed.notify_all();
    }

    pub(crate) fn wait_until(&self, done: impl Fn(&State) -> bool) {
        let minute = Duration::from_secs(60);
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.state(), minute, |state| !done(state));
        assert!(!waited.unwrap().1.timed_out());
    }
}

impl Exporter for ToCollector {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        self.open.push(span.span_id());
        self.open.len() * 200
    }

    fn remove_last(&mut self) {
        self.open.pop();
    }

    fn send(&mut self, _: Duration) -> Delivery {
        let shared = &self.collector.0;
        let mut state = shared.state.lock().unwrap();
        state.tries += 1;
        shared.changed.notify_all();
        let mut state = shared.changed.wait_while(state, |s| s.hangs).unwrap();
        let reason = "as told".to_owned();
        let tries = state.tries;
        let each = |n: Option<usize>| n.is_some_and(|n| tries.is_multiple_of(n));
        if state.down {
            return Delivery::Retry {
                after: None,
                reason,
            };
        }
        if each(state.rejects_each) {
            return Delivery::Rejected { reason };
        }
        for id in &self.open {
            let fresh = state.taken.insert(*id);
            state.twice += usize::from(!fresh);
        }
        shared.changed.notify_all();
        if each(state.silent_each) {
            return Delivery::Rejected { reason };
        }
        Delivery::Sent {
            bytes: self.open.len() * 200,
        }
    }

    fn clear(&mut self) {
        self.open.clear();
    }

    fn describe(&self) -> String {
        "collector".into()
    }
}

pub(crate) fn consistent(counts: BatchCounts) -> BatchCounts {
    let known = counts.sent + counts.dropped() + counts.queued;
    assert_eq!(counts.accepted, known, "{counts:?}");
    counts
}
