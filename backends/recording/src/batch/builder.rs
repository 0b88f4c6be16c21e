//! How a batch reporter is set up.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracer_core::SpanId;

use super::counts::BatchCounts;
use super::queue::{Queue, Size};
use super::reporter::BatchReporter;
use super::settings::Settings;
use super::worker::Worker;
use crate::export::Exporter;

/// Starts the reporter's thread.
pub(super) type Spawn = Box<dyn Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync>;

/// Builds a [`BatchReporter`].
#[must_use]
pub struct BatchBuilder {
    exporter: Box<dyn Exporter>,
    settings: Settings,
    close_timeout: Duration,
    spawn: Spawn,
}

impl BatchBuilder {
    pub(super) fn new(exporter: Box<dyn Exporter>) -> Self {
        Self {
            exporter,
            settings: Settings {
                size: Size {
                    queue_spans: 10_000,
                    queue_bytes: 10 * 1024 * 1024,
                    batch_spans: 512,
                    batch_bytes: 500_000,
                },
                interval: Duration::from_secs(1),
                timeout: Duration::from_secs(10),
                on_counts: None,
                now: Box::new(Instant::now),
                random: Box::new(random),
            },
            close_timeout: Duration::from_secs(2),
            spawn: Box::new(spawn),
        }
    }

    /// How many spans may wait, the batch being sent included. 10,000 unless set; at least 1.
    pub fn queue_spans(mut self, spans: usize) -> Self {
        self.settings.size.queue_spans = spans.max(1) as u64;
        self
    }

    /// How many bytes of spans may wait, the batch being sent included. 10 MiB unless set.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.size.queue_bytes = bytes;
        self
    }

    /// How many spans are sent at once. 512 unless set; at least 1.
    pub fn batch_spans(mut self, spans: usize) -> Self {
        self.settings.size.batch_spans = spans.max(1) as u64;
        self
    }

    /// How many encoded bytes, before compression, are sent at once; a span above it is dropped.
    /// 500,000 unless set.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.settings.size.batch_bytes = bytes;
        self
    }

    /// How long a span waits for others before it is sent. 1 s unless set.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// The time for one delivery, all in all. 10 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long the drop of the last tracer, or of the last handle, may take to deliver what is
    /// queued. 2 s unless set.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// Called with new counts, from the reporter's own thread: after each delivery, and when spans
    /// were lost. A callback that panics is not called again.
    pub fn on_counts(mut self, on_counts: impl FnMut(&BatchCounts) + Send + 'static) -> Self {
        self.settings.on_counts = Some(Box::new(on_counts));
        self
    }

    /// The reporter. Its thread starts with the first span.
    pub fn build(self) -> BatchReporter {
        let (close_timeout, join) = (self.close_timeout, self.exporter.supports_join());
        let (queue, worker) = parts(self.exporter, self.settings);
        BatchReporter::over(queue, worker, self.spawn, join, close_timeout)
    }
}

impl fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchBuilder")
            .field("queue_spans", &self.settings.size.queue_spans)
            .field("queue_bytes", &self.settings.size.queue_bytes)
            .field("batch_spans", &self.settings.size.batch_spans)
            .field("batch_bytes", &self.settings.size.batch_bytes)
            .field("interval", &self.settings.interval)
            .finish_non_exhaustive()
    }
}

fn parts(exporter: Box<dyn Exporter>, settings: Settings) -> (Arc<Queue>, Worker) {
    let queue = Arc::new(Queue::new(&settings.size));
    let worker = Worker::new(Arc::clone(&queue), exporter, settings);
    (queue, worker)
}

/// The generator of span ids, as a fraction of 53 bits.
fn random() -> f64 {
    (SpanId::random().get() >> 11) as f64 / (1_u64 << 53) as f64
}

fn spawn(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("tracer-export".to_owned())
        .spawn(work)
        .map(drop)
}

#[cfg(test)]
impl BatchBuilder {
    pub(super) fn now(mut self, now: impl Fn() -> Instant + Send + 'static) -> Self {
        self.settings.now = Box::new(now);
        self
    }

    pub(super) fn random(mut self, random: impl Fn() -> f64 + Send + 'static) -> Self {
        self.settings.random = Box::new(random);
        self
    }

    pub(super) fn spawn(
        mut self,
        spawn: impl Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.spawn = Box::new(spawn);
        self
    }

    /// The queue, and the worker for a test to turn by hand.
    pub(super) fn parts(self) -> (Arc<Queue>, Worker) {
        parts(self.exporter, self.settings)
    }
}
