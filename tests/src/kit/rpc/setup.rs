//! A server to be.

use std::net::TcpListener;
use std::sync::Arc;

use tracer_core::Tracer;
use tracer_recording::{InMemoryReporter, RecordingTracer};

use super::plan::{Answer, Handler, Plan, RpcFramework, Settings};
use super::raw::RawHandler;
use crate::kit::Failed;
use crate::kit::server::{Fixed, Server};

/// A server to be, and what it leaves.
pub struct Setup {
    settings: Settings,
    tracer: Arc<RecordingTracer>,
    spans: InMemoryReporter,
}

impl Setup {
    /// Records everything in memory; no ids are shared with callers.
    pub fn new() -> Self {
        Self::sampling(true)
    }

    /// The sampler's answer for calls whose caller has not decided.
    pub fn sampling(sampled: bool) -> Self {
        let spans = InMemoryReporter::new();
        let tracer = RecordingTracer::builder("kit", spans.clone());
        let tracer = Arc::new(tracer.sampler(Fixed(sampled)).join(false).build());
        Self {
            settings: Settings::default(),
            tracer,
            spans,
        }
    }

    /// The tracer, for handlers that make spans of their own.
    pub fn tracer(&self) -> Arc<dyn Tracer> {
        Arc::clone(&self.tracer) as Arc<dyn Tracer>
    }

    /// Changes the adapter's settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Starts it with a handler for the calls of the service.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn calls<F: RpcFramework>(self, framework: F, answer: Handler) -> Result<Server, Failed> {
        self.start(framework, Answer::Calls(answer))
    }

    /// Starts it with answers that are no gRPC, or odd.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn raw<F: RpcFramework>(self, framework: F, answer: RawHandler) -> Result<Server, Failed> {
        self.start(framework, Answer::Raw(answer))
    }

    fn start<F: RpcFramework>(self, framework: F, answer: Answer) -> Result<Server, Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let plan = Plan {
            tracer: self.tracer(),
            settings: self.settings,
            answer,
        };
        let running = framework.serve(plan, listener)?;
        Ok(Server::new(running, self.tracer, self.spans))
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}
