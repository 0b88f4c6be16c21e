//! Spans with fixed ids, and the exporter that keeps what it is given.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::Value;
use tracer_core::{Sampling, SpanContext, SpanId, TraceId};
use tracer_opentelemetry::opentelemetry_sdk::error::OTelSdkResult;
use tracer_opentelemetry::opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracer_opentelemetry::{OpenTelemetryExporter, resource};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};

pub(crate) const TRACE: u128 = 0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124;
pub(crate) const START: u64 = 1_700_000_000_000_001_999;

/// A context of the fixed trace.
pub(crate) fn context(span: u64) -> SpanContext {
    let trace = TraceId::new(TRACE).unwrap();
    SpanContext::new(trace, SpanId::new(span).unwrap(), Sampling::Record)
}

/// A local root of service `shop`.
pub(crate) fn span() -> SpanBuilder {
    SpanBuilder::new("job")
        .context(context(0xa1))
        .times(START, 1_500_999)
        .local("shop", None, None)
}

/// What the exporter is given for one span.
pub(crate) fn exported(span: &SpanBuilder) -> SpanData {
    let kept = Kept::default();
    let nothing = resource::<&str, &str>([]);
    let mut exporter = OpenTelemetryExporter::new(kept.clone(), nothing);
    exporter.add(&span.view());
    let delivery = exporter.send(Duration::from_secs(5));
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    kept.0.lock().unwrap().pop().unwrap()
}

/// The attributes by key, in alphabetical order.
pub(crate) fn attributes(span: &SpanBuilder) -> Vec<(String, Value)> {
    let mut all: Vec<_> = exported(span)
        .attributes
        .into_iter()
        .map(|item| (item.key.to_string(), item.value))
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

/// The same, written down.
pub(crate) fn expected(list: &[(&str, Value)]) -> Vec<(String, Value)> {
    let list = list.iter();
    list.map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

pub(crate) fn at(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}
