//! A client under test together with the spans that it leaves.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::HttpClient;
use tracer_core::{Kind, SpanRef, Tracer};
use tracer_recording::{InMemoryReporter, OwnedSpan, RecordingTracer};

use super::Failed;
use super::call::{Answer, Call, ClientFramework, Read};
use super::server::{DEADLINE, Fixed};

/// Makes calls.
pub struct Caller {
    call: Call,
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
        let call = Call::new(Arc::new(tracer.build()), String::new());
        Self { call, spans }
    }

    /// The tracer, for spans round the call.
    pub fn tracer(&self) -> &dyn Tracer {
        &*self.call.tracer
    }

    /// Changes the adapter's settings.
    pub fn configure(
        mut self,
        change: impl Fn(HttpClient) -> HttpClient + Send + Sync + 'static,
    ) -> Self {
        self.call.configure = Arc::new(change);
        self
    }

    /// The span that is current during the call.
    pub fn below(mut self, span: impl Into<SpanRef>) -> Self {
        self.call.current = span.into();
        self
    }

    /// A header that the caller sets itself.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.call.headers.push((name, value.to_owned()));
        self
    }

    /// The method, `GET` unless set.
    pub fn method(mut self, method: &'static str) -> Self {
        self.call.method = method;
        self
    }

    /// How much of the answer is read, all of it unless set.
    pub fn read(mut self, read: Read) -> Self {
        self.call.read = read;
        self
    }

    /// Gives calls up after this time.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.call.patience = Some(patience);
        self
    }

    /// The template of the path that is called.
    pub fn template(mut self, template: &'static str) -> Self {
        self.call.template = Some(template);
        self
    }

    /// The client's own timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call.timeout = Some(timeout);
        self
    }

    /// How often the call is made while the answer is 503.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.call.attempts = attempts;
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// Those of the client.
    pub async fn call<C: ClientFramework>(&self, client: C, url: String) -> Result<Answer, Failed> {
        let call = client.call(Call {
            url,
            ..self.call.clone()
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
        super::server::spans(&self.spans, count).await
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
