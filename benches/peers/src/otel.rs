//! OpenTelemetry's pipeline for all who stand on it: batch processor, null exporter.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingDecision, SamplingResult,
    SdkTracerProvider, ShouldSample, SpanData, SpanExporter,
};
use tracer_benches::case::Case;
use tracer_benches::harness::Contestant;
use tracing_subscriber::layer::SubscriberExt;

/// One process has one global provider and one global subscriber, so the decision about new traces
/// is switched from table column to table column.
static SAMPLES: AtomicBool = AtomicBool::new(true);
static EXPORTED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Debug)]
struct Switched;

impl ShouldSample for Switched {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: if SAMPLES.load(Ordering::Relaxed) {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: parent
                .map(|parent| parent.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        }
    }
}

#[derive(Debug)]
struct Null;

impl SpanExporter for Null {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        EXPORTED.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The provider, which is also the global one, and under the global `tracing` subscriber.
pub fn provider() -> &'static SdkTracerProvider {
    static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(8_192)
            .build();
        let processor = BatchSpanProcessor::builder(Null)
            .with_batch_config(config)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Switched)))
            .with_span_processor(processor)
            .build();
        global::set_tracer_provider(provider.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("peers"));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(subscriber).expect("set once");
        provider
    })
}

/// A contestant whose spans go through the provider.
pub fn contestant(name: &str, case: Case, run: impl FnMut(u32) + 'static) -> Option<Contestant> {
    let provider = provider();
    SAMPLES.store(case != Case::Off, Ordering::Relaxed);
    let contestant = Contestant::new(name, run)
        .settle(|| provider.force_flush().expect("flushed"))
        .exported(|| EXPORTED.load(Ordering::Relaxed));
    Some(contestant)
}
