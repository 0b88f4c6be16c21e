//! A tracer, and the queues behind it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracer_core::{FlushError, Tracer};
use tracer_recording::{
    BatchCounts, BatchReporter, NullReporter, RecordingTracer, Reporter, both, flush_all,
};

use crate::error::ConfigError;
use crate::loss::Loss;
use crate::problems::Problems;
use crate::staged::Staged;

/// A tracer for layers and handlers, and what `main` needs beside it.
///
/// Keep it until the program ends, and call [`shutdown`](Self::shutdown) then: what is still queued
/// is sent, and what could not be is counted.
pub struct Backend {
    pub(crate) tracer: Arc<RecordingTracer>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) stages: Option<Arc<Staged>>,
    /// What the program added.
    pub(crate) also: Vec<Arc<dyn Reporter>>,
    pub(crate) description: String,
    pub(crate) warnings: Vec<String>,
}

/// One exporter and its queue.
pub(crate) struct Queue {
    pub(crate) description: String,
    pub(crate) reporter: Arc<BatchReporter>,
}

/// What is asked for the last time.
enum Last<'a> {
    Queue(&'a Queue),
    Own(&'a Arc<dyn Reporter>),
}

impl Backend {
    /// Records nothing, and warns of why. Not reached as long as leniency turns every error into a warning.
    pub(crate) fn off(error: &ConfigError) -> Self {
        let mut problems = Problems::lenient();
        problems.warn(format!("{error}; nothing is recorded"));
        let tracer = RecordingTracer::builder("", NullReporter).disabled(true);
        Self {
            tracer: Arc::new(tracer.build()),
            queues: Vec::new(),
            stages: None,
            also: Vec::new(),
            description: "tracing is off".to_owned(),
            warnings: problems.warnings().to_vec(),
        }
    }

    /// The tracer: what layers and clients take.
    pub fn tracer(&self) -> Arc<dyn Tracer> {
        Arc::clone(&self.tracer) as _
    }

    /// As [`tracer`](Self::tracer), with its own type: for the counters of its propagation.
    pub fn recording_tracer(&self) -> &Arc<RecordingTracer> {
        &self.tracer
    }

    /// Waits until everything that ended before is delivered or counted as lost, in all exporters
    /// at once. Blocks for `timeout` at most; async code calls it on a thread that may block.
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the time is up, or when some of what it waited for was lost.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.tracer.flush(timeout)
    }

    /// Sends what is queued and ends the threads of all exporters that the variables chose; reporters of the
    /// program's own are flushed, and are its own to close. Blocks for `timeout` at most, for all of them at
    /// once. Spans that end later are counted as lost; propagation goes on.
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the time is up, or when spans were lost during this call. Stages have half of the
    /// time to hand on what they hold back. [`losses`](Self::losses) tells of those that were lost before, too.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), FlushError> {
        let started = Instant::now();
        let left = || timeout.saturating_sub(started.elapsed());
        // A stage may hold spans back; it hands them on now or never. The exporters need time, too.
        let handed_on = match &self.stages {
            Some(stages) => stages.hand_on(timeout / 2),
            None => Ok(()),
        };
        let queues = self.queues.iter().map(Last::Queue);
        let all: Vec<_> = queues.chain(self.also.iter().map(Last::Own)).collect();
        let ended = flush_all(&all, left(), |last, timeout| match last {
            Last::Queue(queue) => queue.reporter.close(timeout),
            Last::Own(reporter) => reporter.flush(timeout),
        });
        both(handed_on, ended)
    }

    /// What was lost on the way so far, by exporter; empty if nothing was. Reporters of the program's own
    /// ([`Setup::also`](crate::Setup::also)) have counters of their own.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let vars = [("OTEL_SERVICE_NAME", "shop"), ("OTEL_TRACES_EXPORTER", "none")];
    /// # let backend = tracer_backends::Setup::from_vars(vars)?.build()?;
    /// let _ = backend.shutdown(Duration::from_secs(5));
    /// for loss in backend.losses() {
    ///     eprintln!("{loss}"); // zipkin http://…: 12 of 40 spans lost (12 queue full)
    /// }
    /// # Ok::<(), tracer_backends::ConfigError>(())
    /// ```
    pub fn losses(&self) -> Vec<Loss> {
        let all = self.counts().into_iter();
        all.filter_map(|(exporter, counts)| Loss::of(exporter, counts))
            .collect()
    }

    /// The counters of each exporter's queue: its description, and what became of its spans.
    pub fn counts(&self) -> Vec<(&str, BatchCounts)> {
        self.queues
            .iter()
            .map(|queue| (&*queue.description, queue.reporter.counts()))
            .collect()
    }

    /// Where spans go and who decides about them, on one line without secrets.
    pub fn describe(&self) -> &str {
        &self.description
    }

    /// What was wrong with variables and has been ignored. It has also been logged.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}
