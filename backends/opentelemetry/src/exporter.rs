//! The adapter: one open batch, and the exporter that delivers it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracer_core::{Endpoint, panic_text};
use tracer_recording::{Arrived, Delivery, Exporter, FinishedSpan};

use crate::drive::{Drive, Park};
use crate::resource::Resources;
use crate::span::{estimate, span_data};
use crate::target::Target;
use crate::verdict::{Outcome, Unknown, Verdict};

/// Changes a span for one exporter.
pub(crate) type Amend = fn(&FinishedSpan<'_>, &mut SpanData);

/// Drives an OpenTelemetry exporter from the thread of a batching reporter.
///
/// Its future is polled on that thread and never on a runtime of the application; with `on_tokio` (feature
/// `tokio`) on a runtime of its own. A panic of the exporter is a failed batch.
///
/// Several tracers may share one: the exporter is told the resource of each service before it gets
/// that service's spans. What a failure of the exporter means is not known, so the batch is
/// rejected, not tried again; `otlp_http`, `otlp_grpc` and `zipkin` know more. It is shut down when
/// this is dropped.
pub struct OpenTelemetryExporter {
    target: Box<dyn Target>,
    drive: Box<dyn Drive>,
    verdict: Box<dyn Verdict>,
    amend: Option<Amend>,
    description: String,
    resources: Resources,
    /// The spans of each resource, at the same place.
    groups: Vec<Vec<SpanData>>,
    /// Which group each span went to, and how large the batch was before.
    added: Vec<(usize, usize)>,
    bytes: usize,
    /// Which resource the exporter was told last.
    told: Option<usize>,
    /// What was taken of this batch.
    arrived: Arrived,
    /// What became of the spans of this batch that were not taken.
    lost: Option<Delivery>,
}

impl OpenTelemetryExporter {
    /// An adapter for an exporter that needs no async runtime.
    ///
    /// `resource` says who exports; the name of the service is each tracer's own.
    pub fn new(exporter: impl SpanExporter + 'static, resource: Resource) -> Self {
        Self::over(exporter, resource, Box::new(Park), Box::new(Unknown))
    }

    /// An adapter for an exporter that needs a tokio runtime: it is built and polled on a
    /// current-thread runtime of its own, which does nothing between two batches.
    ///
    /// # Errors
    ///
    /// If the runtime cannot be built.
    #[cfg(feature = "tokio")]
    pub fn on_tokio<E: SpanExporter + 'static>(
        exporter: impl FnOnce() -> E,
        resource: Resource,
    ) -> std::io::Result<Self> {
        use crate::drive::OnTokio;

        let drive = OnTokio::new()?;
        let (mut build, mut built) = (Some(exporter), None);
        drive.within(&mut || built = build.take().map(|build| build()));
        let built = built.ok_or_else(|| std::io::Error::other("no exporter was built"))?;
        Ok(Self::over(
            built,
            resource,
            Box::new(drive),
            Box::new(Unknown),
        ))
    }

    /// What stands behind it, for log lines: an endpoint without credentials. The exporter's type
    /// unless said.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    pub(crate) fn over<E: SpanExporter + 'static>(
        exporter: E,
        resource: Resource,
        drive: Box<dyn Drive>,
        verdict: Box<dyn Verdict>,
    ) -> Self {
        let name = std::any::type_name::<E>();
        Self {
            target: Box::new(exporter),
            drive,
            verdict,
            amend: None,
            description: name.split('<').next().unwrap_or(name).to_owned(),
            resources: Resources::new(resource),
            groups: Vec::new(),
            added: Vec::new(),
            bytes: 0,
            told: None,
            arrived: Arrived::default(),
            lost: None,
        }
    }

    #[cfg(feature = "otel-zipkin")]
    pub(crate) fn amend(mut self, amend: Amend) -> Self {
        self.amend = Some(amend);
        self
    }

    fn group(&mut self, local: &Endpoint<'_>) -> usize {
        let group = self.resources.index(local);
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Vec::new);
        }
        group
    }

    /// Delivers the spans of one resource, without letting a panic through.
    fn deliver(&mut self, group: usize, timeout: Duration) -> Outcome {
        let Some(spans) = self.groups.get_mut(group) else {
            return Delivery::Sent { bytes: 0 }.into();
        };
        let bytes = spans.iter().map(estimate).sum();
        let spans = if self.verdict.may_retry() {
            spans.clone()
        } else {
            std::mem::take(spans)
        };
        self.verdict.begin(timeout);
        match catch_unwind(AssertUnwindSafe(|| self.export(group, spans, timeout))) {
            Ok(result) => self.verdict.judge(result, bytes),
            Err(panic) => Delivery::Rejected {
                reason: format!(
                    "the exporter panicked: {}",
                    panic_text(&*panic).unwrap_or("no message")
                ),
            }
            .into(),
        }
    }

    fn export(
        &mut self,
        group: usize,
        spans: Vec<SpanData>,
        timeout: Duration,
    ) -> Option<OTelSdkResult> {
        // An exporter that instruments itself must not export about its exports.
        let _quiet = Context::enter_telemetry_suppressed_scope();
        if self.told != Some(group)
            && let Some(resource) = self.resources.get(group)
        {
            self.target.resource(resource);
            self.told = Some(group);
        }
        self.drive.run(self.target.export(spans), timeout)
    }

    /// Notes how many spans of a part were taken, in how many bytes.
    fn arrive(&mut self, spans: u64, bytes: usize) {
        if spans > 0 {
            self.arrived.spans += spans;
            self.arrived.bytes += bytes;
        }
    }

    /// Notes why a part was lost. That one was too large matters most: later ones can be smaller.
    fn lose(&mut self, why: Delivery) {
        if !matches!(self.lost, Some(Delivery::TooLarge { .. })) {
            self.lost = Some(why);
        }
    }
}

impl Exporter for OpenTelemetryExporter {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        let mut data = span_data(span);
        if let Some(amend) = self.amend {
            amend(span, &mut data);
        }
        let group = self.group(&span.local);
        self.added.push((group, self.bytes));
        self.bytes += estimate(&data);
        if let Some(spans) = self.groups.get_mut(group) {
            spans.push(data);
        }
        self.bytes
    }

    fn remove_last(&mut self) {
        if let Some((group, bytes)) = self.added.pop() {
            self.bytes = bytes;
            self.groups.get_mut(group).and_then(Vec::pop);
        }
    }

    /// Delivers the spans of each service in turn. What was taken or lost before a service's spans
    /// have to be tried again is not sent again.
    fn send(&mut self, timeout: Duration) -> Delivery {
        let started = Instant::now();
        for group in 0..self.groups.len() {
            if self.groups.get(group).is_none_or(Vec::is_empty) {
                continue;
            }
            let left = timeout.saturating_sub(started.elapsed());
            let spans = self.groups.get(group).map_or(0, Vec::len) as u64;
            match self.deliver(group, left) {
                Outcome::All(Delivery::Sent { bytes }) => self.arrive(spans, bytes),
                Outcome::All(lost @ (Delivery::Rejected { .. } | Delivery::TooLarge { .. })) => {
                    self.lose(lost);
                }
                Outcome::All(again) => return again,
                Outcome::Partly { bytes, refused } => {
                    self.arrive(spans.saturating_sub(refused.spans), bytes);
                    self.lose(refused.into());
                }
            }
            if let Some(spans) = self.groups.get_mut(group) {
                spans.clear();
            }
        }
        let bytes = self.arrived.bytes;
        self.lost.clone().unwrap_or(Delivery::Sent { bytes })
    }

    fn arrived(&self) -> Arrived {
        self.arrived
    }

    fn clear(&mut self) {
        self.groups.iter_mut().for_each(Vec::clear);
        if self.resources.tidy() {
            self.groups = Vec::new();
            self.told = None;
        }
        self.added.clear();
        self.bytes = 0;
        self.arrived = Arrived::default();
        self.lost = None;
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}

impl Drop for OpenTelemetryExporter {
    fn drop(&mut self) {
        let (drive, target) = (&self.drive, &self.target);
        // Nobody is left to be told how it went.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            drive.within(&mut || {
                let _ = target.shutdown();
            });
        }));
    }
}

impl fmt::Debug for OpenTelemetryExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetryExporter")
            .field("to", &self.description)
            .field("spans", &self.added.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry_sdk::error::OTelSdkResult;
    use tracer_recording::testing::SpanBuilder;

    use super::*;

    #[derive(Debug)]
    struct Nowhere;

    impl SpanExporter for Nowhere {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            Ok(())
        }
    }

    #[test]
    fn services_that_come_and_go_are_forgotten() {
        let mut exporter = OpenTelemetryExporter::new(Nowhere, crate::resource([("a", "b")]));
        for service in 0..1_000 {
            let span = SpanBuilder::new("a").local(&service.to_string(), None, None);
            exporter.add(&span.view());
            let sent = exporter.send(Duration::from_secs(20));
            assert!(matches!(sent, Delivery::Sent { bytes: 1.. }));
            exporter.clear();
            assert!(exporter.groups.len() < 100);
        }
    }
}
