//! What the reporter's own thread does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::chunks::Chunk;
use super::counts::BatchCounts;
use super::limits::Limits;
use super::open::{Added, Open};
use super::pace::Pace;
use super::queue::{Fate, Orders, Queue, Wish};
use super::settings::Settings;
use super::trouble::Trouble;
use crate::export::{Delivery, Exporter};
use crate::fields::Reader;
use crate::guard::{Watching, guarded, say};
use crate::message;

/// With less than this before the end of a close, there is no further try.
const LEAST_LEFT: Duration = Duration::from_millis(200);

/// Batches what is queued and delivers it. Its only sleep is in [`Queue::wait`].
pub(super) struct Worker {
    queue: Arc<Queue>,
    settings: Settings,
    open: Open,
    limits: Limits,
    /// No more spans come into the open batch: it was tried before, or is full.
    sealed: bool,
    hand: VecDeque<Chunk>,
    /// How much of the first chunk in hand was read.
    read: usize,
    backoff: Backoff,
    closing: bool,
    retry: Option<Retry>,
    due_at: Option<Instant>,
    /// Everything up to here is old enough.
    due_upto: u64,
    signals: u64,
    pace: Pace,
    trouble: Trouble,
    to: String,
    told: BatchCounts,
}

#[derive(Clone, Copy)]
struct Retry {
    at: Instant,
    /// By the receiver, whose word a flush does not cut short.
    asked: bool,
}

impl Worker {
    pub(super) fn new(queue: Arc<Queue>, exporter: Box<dyn Exporter>, settings: Settings) -> Self {
        let to = guarded(|| exporter.describe()).unwrap_or_else(|_| "?".to_owned());
        Self {
            queue,
            open: Open::new(exporter),
            limits: Limits::new(&settings.size),
            settings,
            sealed: false,
            hand: VecDeque::new(),
            read: 0,
            backoff: Backoff::new(),
            closing: false,
            retry: None,
            due_at: None,
            due_upto: 0,
            signals: 0,
            pace: Pace::default(),
            trouble: Trouble::default(),
            to,
            told: BatchCounts::default(),
        }
    }

    /// Works until the queue is closed.
    pub(super) fn run(mut self) {
        struct End(Arc<Queue>);
        impl Drop for End {
            fn drop(&mut self) {
                self.0.end();
            }
        }
        let end = End(Arc::clone(&self.queue));
        self.queue.works_here();
        // What an exporter does is not to be exported, which would have no end.
        let _watching = Watching::begin();
        while let Some(wish) = self.turn() {
            self.queue.wait(wish, self.signals);
        }
        drop(end);
    }

    /// Does what there is to do now; says when it wants to be woken, or that it is done.
    pub(super) fn turn(&mut self) -> Option<Wish> {
        let wish = self.work();
        if wish.is_none() {
            self.queue.settle(&self.open.take_arrived(), Fate::Rejected);
            let left = self.queue.abandon();
            if left > 0 {
                say(|| log::warn!("closed with {left} spans not delivered to {}", self.to));
            }
        }
        self.tell(self.queue.settled_counts());
        wish
    }

    fn work(&mut self) -> Option<Wish> {
        loop {
            let orders = self.queue.orders();
            let now = self.settings.now();
            if orders.closed || orders.closing.is_some_and(|deadline| deadline <= now) {
                return None;
            }
            if orders.closing.is_some() && !std::mem::replace(&mut self.closing, true) {
                // There is little time left, and a receiver may come back in it.
                self.backoff.reset();
            }
            let signalled = std::mem::replace(&mut self.signals, orders.signals) != orders.signals;
            if let Some(retry) = self.retry {
                if retry.at > now && (retry.asked || !signalled) {
                    let too_late = orders.closing.is_some_and(|deadline| deadline <= retry.at);
                    return (!too_late).then(|| Wish::at(Some(retry.at)));
                }
                self.retry = None;
            }
            if orders.closing.is_some() {
                // Nobody gets room any more: this is the last of it.
                self.queue.harvest();
            }
            self.look_at_the_time(&orders, now);
            let again = self.sealed;
            let full = self.fill();
            if full && !again {
                self.pace.filled(now);
            }
            let due = orders.settled < self.due_upto.max(orders.flush_upto);
            if self.open.taken().spans == 0 {
                if orders.closing.is_some() {
                    return None;
                }
                // What was queued may have been lost on the way; otherwise there was nothing.
                if self.queue.orders().entered == orders.entered {
                    return Some(self.wish(&orders, now));
                }
            } else if full || due || orders.pressed || orders.closing.is_some() {
                self.deliver(orders.closing);
            } else {
                return Some(self.wish(&orders, now));
            }
        }
    }

    /// At each interval, all that has come until then is due. Without spans there are no intervals.
    fn look_at_the_time(&mut self, orders: &Orders, now: Instant) {
        let over = self.due_at.is_none_or(|at| at <= now);
        if !over {
            return;
        }
        if orders.idle {
            self.due_at = None;
            return;
        }
        if self.due_at.is_some() {
            self.queue.harvest();
            self.due_upto = self.queue.orders().entered;
        }
        self.due_at = now.checked_add(self.settings.interval);
    }

    fn wish(&self, orders: &Orders, now: Instant) -> Wish {
        if self.due_at.is_none() && orders.idle {
            return Wish::FIRST;
        }
        let (max_spans, max_bytes) = (
            self.settings.size.queue_spans,
            self.settings.size.queue_bytes,
        );
        let taken = self.open.taken();
        let look = self.pace.look(now);
        // The rest of the queue is for what comes until the worker is there.
        let spans = self.limits.spans.saturating_mul(look.batches.into());
        let spans = spans.min(self.limits.spans.max(max_spans / 8));
        let spans = spans.min(max_spans / 2 + 1);
        // Encoded spans are larger than queued ones, often twice as large.
        let bytes = self.limits.bytes.saturating_mul(look.batches.into());
        let bytes = bytes.saturating_sub(self.open.size()) / 2;
        let bytes = bytes.min((max_bytes / 2).saturating_sub(taken.bytes));
        Wish {
            until: self.due_at.into_iter().chain(look.until).min(),
            spans: spans.saturating_sub(taken.all()).max(1),
            bytes: bytes.max(self.limits.bytes / 8).min(max_bytes / 8).max(1),
            first: false,
        }
    }

    /// Lends spans to the exporter until its batch is full (true) or nothing waits (false).
    fn fill(&mut self) -> bool {
        while !self.sealed {
            let Some(chunk) = self.hand.front() else {
                if self.queue.take(&mut self.hand) {
                    continue;
                }
                return false;
            };
            let mut reader = Reader(chunk.bytes().get(self.read..).unwrap_or_default());
            let (open, limits) = (&mut self.open, &self.limits);
            let added = message::lend(&mut reader, |span, len| (open.add(span, len, limits), len));
            let Some((added, len)) = added else {
                self.read = 0;
                if let Some(chunk) = self.hand.pop_front() {
                    self.queue.give_back(chunk);
                }
                continue;
            };
            match added {
                Added::Done => {
                    self.read += len;
                    self.sealed = self.open.taken().spans >= self.limits.spans;
                }
                Added::NoRoom => self.sealed = true,
                Added::Broken(reason) => {
                    self.read += len;
                    self.failed(&reason, self.queue.settled_counts());
                }
            }
            if self.open.taken().spans == 0 && self.open.taken().all() > 0 {
                self.settle(Fate::Rejected);
            }
        }
        true
    }

    fn deliver(&mut self, closing: Option<Instant>) {
        self.sealed = true;
        let left = |now: Instant| closing.map(|at| at.saturating_duration_since(now));
        let timeout = left(self.settings.now()).unwrap_or(Duration::MAX);
        match self.open.send(self.settings.timeout.min(timeout)) {
            Delivery::Sent { bytes } => {
                self.backoff.reset();
                self.limits.taken(self.open.size(), self.settings.now());
                let counts = self.settle(Fate::Sent { bytes });
                if let Some(line) = self.trouble.succeeded(&self.to, &counts) {
                    say(|| log::info!("{line}"));
                }
                self.tell(counts);
            }
            Delivery::Retry { after, reason } => {
                let mut pause = self.backoff.pause(self.settings.random(), after);
                let now = self.settings.now();
                // A receiver that comes back before the close is over is not to be missed.
                let left = left(now).filter(|left| *left >= LEAST_LEFT);
                if let (Some(left), None) = (left, after) {
                    pause = pause.min(left / 2);
                }
                self.retry = Some(Retry {
                    at: now.checked_add(pause).unwrap_or(now),
                    asked: after.is_some(),
                });
                let counts = self.queue.count_retry();
                self.failed(&reason, counts);
            }
            Delivery::TooLarge { reason } => {
                let (spans, bytes) = (self.open.taken().spans, self.open.size());
                self.limits.refused(spans, bytes, self.settings.now());
                let counts = self.settle(Fate::TooLarge);
                self.failed(&reason, counts);
            }
            Delivery::Rejected { reason } => {
                let counts = self.settle(Fate::Rejected);
                self.failed(&reason, counts);
            }
        }
    }

    /// Answers for the spans of the open batch and begins the next one.
    fn settle(&mut self, fate: Fate) -> BatchCounts {
        self.sealed = false;
        self.queue.settle(&self.open.close(), fate)
    }

    fn failed(&mut self, reason: &str, counts: BatchCounts) {
        let now = self.settings.now();
        warn(self.trouble.failed(now, &self.to, reason, &counts));
        self.tell(counts);
    }

    /// Shows new counts to the log, if spans were lost for want of room, and to the callback. One
    /// that panics is not called again.
    fn tell(&mut self, counts: BatchCounts) {
        let before = std::mem::replace(&mut self.told, counts);
        if before == counts {
            return;
        }
        if counts.dropped_queue_full > before.dropped_queue_full {
            warn(self.trouble.overrun(self.settings.now(), &counts));
        } else if counts.dropped_too_large > before.dropped_too_large {
            warn(self.trouble.oversized(self.settings.now(), &counts));
        }
        let Some(on_counts) = &mut self.settings.on_counts else {
            return;
        };
        if let Err(reason) = guarded(|| on_counts(&counts)) {
            self.settings.on_counts = None;
            say(|| log::warn!("the callback for counts of spans is not called again: {reason}"));
        }
    }
}

fn warn(line: Option<String>) {
    if let Some(line) = line {
        say(|| log::warn!("{line}"));
    }
}
