//! A client under test together with the spans that it leaves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::mpsc;
use tracer_core::{Kind, SpanRef, Tracer};
use tracer_recording::{InMemoryReporter, OwnedSpan, RecordingTracer};

use super::call::{Call, ClientSettings, RpcClientFramework};
use super::line::{Ended, Orders};
use super::plan::Method;
use crate::kit::server::{DEADLINE, Fixed, spans};
use crate::kit::{Failed, Read};

/// Makes calls.
#[derive(Clone)]
pub struct Caller {
    tracer: Arc<dyn Tracer>,
    settings: ClientSettings,
    metadata: HeaderMap,
    current: SpanRef,
    read: Read,
    seen: mpsc::UnboundedSender<Bytes>,
    timeout: Option<Duration>,
    patience: Option<Duration>,
    spans: InMemoryReporter,
}

impl Caller {
    /// Records everything in memory.
    pub fn new() -> Self {
        Self::sampling(true)
    }

    /// The sampler's answer for new traces.
    pub fn sampling(sampled: bool) -> Self {
        let spans = InMemoryReporter::new();
        let tracer = RecordingTracer::builder("kit", spans.clone()).sampler(Fixed(sampled));
        Self {
            tracer: Arc::new(tracer.build()),
            settings: ClientSettings::default(),
            metadata: HeaderMap::new(),
            current: SpanRef::none(),
            read: Read::All,
            seen: mpsc::unbounded_channel().0,
            timeout: None,
            patience: None,
            spans,
        }
    }

    /// The tracer, for spans round the call.
    pub fn tracer(&self) -> &Arc<dyn Tracer> {
        &self.tracer
    }

    /// Changes the adapter's settings.
    pub fn settings(mut self, change: impl FnOnce(&mut ClientSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The span that is current during the call.
    pub fn below(mut self, span: impl Into<SpanRef>) -> Self {
        self.current = span.into();
        self
    }

    /// Metadata that the caller sets itself.
    pub fn metadata(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.metadata.append(name, HeaderValue::from_static(value));
        self
    }

    /// How many messages are read, all of them unless set.
    pub fn read(mut self, read: Read) -> Self {
        self.read = read;
        self
    }

    /// Where messages are told that have been read.
    pub fn seen(&mut self) -> mpsc::UnboundedReceiver<Bytes> {
        let (seen, told) = mpsc::unbounded_channel();
        self.seen = seen;
        told
    }

    /// The deadline of calls.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Gives calls up after this time.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// When the caller gave it up, or the library has no status to tell.
    pub async fn call<C: RpcClientFramework>(
        &self,
        client: C,
        address: SocketAddr,
        method: Method,
        orders: Orders,
    ) -> Result<Ended, Failed> {
        let call = client.call(Call {
            tracer: Arc::clone(&self.tracer),
            settings: self.settings.clone(),
            address,
            method,
            metadata: self.metadata.clone(),
            orders,
            current: self.current.clone(),
            read: self.read,
            seen: self.seen.clone(),
            timeout: self.timeout,
            patience: self.patience,
        });
        tokio::time::timeout(DEADLINE, call).await?
    }

    /// The spans that have finished so far.
    pub fn finished(&self) -> Vec<OwnedSpan> {
        self.spans.spans()
    }

    /// The spans, once there are that many.
    ///
    /// # Errors
    ///
    /// When they do not come, or more.
    pub async fn spans(&self, count: usize) -> Result<Vec<OwnedSpan>, Failed> {
        spans(&self.spans, count).await
    }

    /// The only span, of the only call.
    ///
    /// # Errors
    ///
    /// When it does not come, or more than one.
    pub async fn only(&self) -> Result<OwnedSpan, Failed> {
        match self.spans(1).await?.pop() {
            Some(span) if span.kind == Kind::Client => Ok(span),
            other => Err(format!("no CLIENT span: {other:?}").into()),
        }
    }
}

impl Default for Caller {
    fn default() -> Self {
        Self::new()
    }
}
