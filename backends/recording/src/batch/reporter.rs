//! The reporter that batches.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracer_core::FlushError;

use super::builder::{BatchBuilder, Spawn};
use super::counts::BatchCounts;
use super::flush::Flush;
use super::queue::{After, Queue};
use super::worker::Worker;
use crate::export::Exporter;
use crate::finished::FinishedSpan;
use crate::guard::say;
use crate::message::{Draft, Entry, Recorded};
use crate::reporter::Reporter;

/// Queues spans and delivers them in batches, from a thread of its own.
///
/// `report` copies the span into a bounded queue and returns: it never waits for the exporter. When
/// the queue is full, the newest span is dropped and counted. Clones share the queue.
///
/// # Close
///
/// It closes when the last tracer built on it is dropped, when its own last clone is dropped, or by
/// [`close`](Self::close): what is queued is delivered within a time-out, and the thread ends. Spans
/// reported later are counted as lost. A tracer in a `static` is never dropped: call `close` or
/// [`flush`](Self::flush) at the end of `main`.
///
/// # Fork
///
/// A forked child inherits the queue but not the thread. There, the reporter is closed as soon as
/// this is noticed (latest by `flush` or `close`), and nothing waits: not even for what another thread
/// had in hand at the moment of the fork, after some milliseconds the first time. What was counted
/// before may then not be in its counts. Build tracers after the fork.
#[derive(Clone)]
pub struct BatchReporter {
    // The handle has it too, but every span would wait for its address.
    queue: Arc<Queue>,
    handle: Arc<Handle>,
}

struct Handle {
    queue: Arc<Queue>,
    /// The worker, until its thread has started.
    worker: Arc<Mutex<Option<Worker>>>,
    spawn: Spawn,
    join: bool,
    close_timeout: Duration,
    tracers: AtomicUsize,
    said_late: AtomicBool,
    said_not_started: AtomicBool,
}

impl BatchReporter {
    /// A reporter with the usual limits; see [`BatchBuilder`].
    pub fn new(exporter: impl Exporter + 'static) -> Self {
        Self::builder(exporter).build()
    }

    /// A builder.
    pub fn builder(exporter: impl Exporter + 'static) -> BatchBuilder {
        BatchBuilder::new(Box::new(exporter))
    }

    pub(super) fn over(
        queue: Arc<Queue>,
        worker: Worker,
        spawn: Spawn,
        join: bool,
        close_timeout: Duration,
    ) -> Self {
        Self {
            queue: Arc::clone(&queue),
            handle: Arc::new(Handle {
                queue,
                worker: Arc::new(Mutex::new(Some(worker))),
                spawn,
                join,
                close_timeout,
                tracers: AtomicUsize::new(0),
                said_late: AtomicBool::new(false),
                said_not_started: AtomicBool::new(false),
            }),
        }
    }

    /// What became of the spans so far.
    pub fn counts(&self) -> BatchCounts {
        self.queue.counts()
    }

    /// Waits until every span reported before is sent or counted as lost. Blocks; in async code use
    /// [`flush_async`](Self::flush_async).
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the time is up, or when spans were lost on the way.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.handle.wake();
        self.queue.flush(timeout)
    }

    /// The same as a future, for any runtime or none: a short-lived thread waits for it.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its end, it changes nothing: the spans are still delivered.
    pub fn flush_async(&self, timeout: Duration) -> Flush {
        let reporter = self.clone();
        let own = self.queue.is_worker();
        Flush::new(move || match own {
            // Another thread would wait for this one.
            true => Err(FlushError::timeout()),
            false => reporter.flush(timeout),
        })
    }

    /// Takes no more spans, delivers what is queued and ends the thread. Blocks. What is left when
    /// the time is up is lost; of what is being sent then nobody knows, so it counts as lost until an
    /// answer comes.
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the exporter had not returned in time, or when spans were lost.
    pub fn close(&self, timeout: Duration) -> Result<(), FlushError> {
        // The thread may have failed to start before.
        self.handle.wake();
        self.queue.close(timeout)
    }

    #[inline]
    fn push(&self, span: &impl Entry) {
        let after = self.queue.push(span);
        if after != After::Nothing {
            self.handle.after(after);
        }
    }
}

impl Handle {
    #[cold]
    fn after(&self, after: After) {
        match after {
            After::Nothing => {}
            After::Wake => self.wake(),
            After::Late => {
                if !self.said_late.swap(true, Ordering::Relaxed) {
                    say(|| {
                        log::warn!(
                            "spans are reported after the close of their reporter: they are lost"
                        );
                    });
                }
            }
        }
    }

    fn wake(&self) {
        if !self.queue.wake() {
            return;
        }
        let worker = Arc::clone(&self.worker);
        let work = move || {
            let worker = worker.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(worker) = worker {
                worker.run();
            }
        };
        if let Err(error) = (self.spawn)(Box::new(work)) {
            self.queue.not_started();
            if !self.said_not_started.swap(true, Ordering::Relaxed) {
                say(|| {
                    log::warn!("the thread that delivers spans could not be started: {error}");
                });
            }
        }
    }

    fn close_at_last(&self) {
        self.wake();
        self.queue.close_at_last(self.close_timeout);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close_at_last();
    }
}

impl Reporter for BatchReporter {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.push(&Draft::of(span));
    }

    #[inline]
    fn take(&self, span: &Recorded<'_>) {
        self.push(span);
    }

    fn supports_join(&self) -> bool {
        self.handle.join
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        Self::flush(self, timeout)
    }

    fn attached(&self) {
        self.handle.tracers.fetch_add(1, Ordering::AcqRel);
    }

    fn detached(&self) {
        if self.handle.tracers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.handle.close_at_last();
        }
    }
}

impl fmt::Debug for BatchReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReporter")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
