//! A server under test together with the spans that it leaves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::HttpServer;
use tracer_core::{Kind, Tracer};
use tracer_recording::{
    Builder, InMemoryReporter, OwnedSpan, RecordingTracer, Sampler, SamplingQuestion,
};

use super::Failed;
use super::client::{Connection, Protocol};
use super::plan::{Around, Framework, Handler, Plan, Running};
use super::wire::Wire;

/// How long anything may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// A server to be.
pub struct Setup {
    plan: Plan,
    address: IpAddr,
    tracer: Arc<RecordingTracer>,
    spans: InMemoryReporter,
}

/// The same answer for everybody.
pub(super) struct Fixed(pub(super) bool);

impl Sampler for Fixed {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        self.0
    }
}

impl Setup {
    /// Records everything in memory; no ids are shared with callers.
    pub fn new() -> Self {
        Self::sampling(true)
    }

    /// The sampler's answer for requests whose caller has not decided.
    pub fn sampling(sampled: bool) -> Self {
        Self::with(|tracer| tracer.sampler(Fixed(sampled)))
    }

    /// As if nobody wanted to hear of anything.
    pub fn disabled() -> Self {
        Self::with(|tracer| tracer.disabled(true))
    }

    fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let spans = InMemoryReporter::new();
        let tracer = RecordingTracer::builder("kit", spans.clone()).join(false);
        let tracer = Arc::new(change(tracer).build());
        let plan = Plan::new(Arc::clone(&tracer) as Arc<dyn Tracer>);
        Self {
            plan,
            address: Ipv4Addr::LOCALHOST.into(),
            tracer,
            spans,
        }
    }

    /// The tracer, for handlers that make spans of their own.
    pub fn tracer(&self) -> Arc<dyn Tracer> {
        Arc::clone(&self.tracer) as Arc<dyn Tracer>
    }

    /// Adds a route.
    pub fn route(mut self, pattern: &'static str, answer: Handler) -> Self {
        self.plan.routes.push((pattern, answer));
        self
    }

    /// Adds a route below `/nested`.
    pub fn nested(mut self, pattern: &'static str, answer: Handler) -> Self {
        self.plan.nested.push((pattern, answer));
        self
    }

    /// Answers CONNECT.
    pub fn tunnel(mut self, answer: Handler) -> Self {
        self.plan.tunnel = Some(answer);
        self
    }

    /// Puts something round the handlers beside the adapter.
    pub fn around(mut self, around: Around) -> Self {
        self.plan.around = around;
        self
    }

    /// Listens there, in the place of 127.0.0.1.
    pub fn on(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Changes the adapter's settings.
    pub fn configure(
        mut self,
        change: impl Fn(HttpServer) -> HttpServer + Send + Sync + 'static,
    ) -> Self {
        self.plan.configure = Arc::new(change);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start<F: Framework>(self, framework: F) -> Result<Server, Failed> {
        let listener = listen(self.address)?;
        listener.set_nonblocking(true)?;
        let running = framework.serve(self.plan, listener)?;
        Ok(Server {
            protocol: F::PROTOCOL,
            ..Server::new(running, self.tracer, self.spans)
        })
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

/// A server that runs.
pub struct Server {
    running: Running,
    protocol: Protocol,
    tracer: Arc<RecordingTracer>,
    spans: InMemoryReporter,
}

impl Server {
    pub(super) fn new(
        running: Running,
        tracer: Arc<RecordingTracer>,
        spans: InMemoryReporter,
    ) -> Self {
        Self {
            running,
            protocol: Protocol::Http1,
            tracer,
            spans,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// Its tracer.
    pub fn tracer(&self) -> &RecordingTracer {
        &self.tracer
    }

    /// A connection of its own.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub async fn connect(&self, protocol: Protocol) -> Result<Connection, Failed> {
        Connection::open(self.address(), protocol).await
    }

    /// A bare socket.
    ///
    /// # Errors
    ///
    /// When it cannot connect.
    pub async fn wire(&self) -> Result<Wire, Failed> {
        Wire::open(self.address()).await
    }

    /// Asks for a path over [`Framework::PROTOCOL`] and reads the whole answer: status and body.
    ///
    /// # Errors
    ///
    /// When there is no whole answer.
    pub async fn get(&self, path: &str) -> Result<(u16, String), Failed> {
        self.ask("GET", path, &[]).await
    }

    /// The same with a method and headers.
    ///
    /// # Errors
    ///
    /// When there is no whole answer.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, String), Failed> {
        let mut connection = self.connect(self.protocol).await?;
        let response = connection.send(method, path, headers).await?;
        let status = response.status().as_u16();
        Ok((status, Connection::read(response).await?))
    }

    /// The spans that have finished so far.
    pub fn finished(&self) -> Vec<OwnedSpan> {
        self.spans.spans()
    }

    /// Forgets the spans so far.
    pub fn forget(&self) {
        drop(self.spans.take());
    }

    /// The spans, once there are that many.
    ///
    /// # Errors
    ///
    /// When they do not come, or more.
    pub async fn spans(&self, count: usize) -> Result<Vec<OwnedSpan>, Failed> {
        spans(&self.spans, count).await
    }

    /// The SERVER span of the only request.
    ///
    /// # Errors
    ///
    /// When it does not come, or more than one.
    pub async fn only(&self) -> Result<OwnedSpan, Failed> {
        let mut spans = self.spans(1).await?;
        match spans.pop() {
            Some(span) if span.kind == Kind::Server => Ok(span),
            other => Err(format!("no SERVER span: {other:?}").into()),
        }
    }

    /// Stops accepting and lets requests in flight end.
    pub fn stop(self) -> InMemoryReporter {
        (self.running.stop)();
        self.spans
    }
}

/// A listener on a free port.
pub(super) fn listen(address: IpAddr) -> Result<TcpListener, Failed> {
    let listener = TcpListener::bind((address, 0));
    listener.map_err(|error| format!("this machine cannot listen on {address}: {error}").into())
}

/// The spans, once there are that many; an error if they do not come, or more.
pub(super) async fn spans(
    reporter: &InMemoryReporter,
    count: usize,
) -> Result<Vec<OwnedSpan>, Failed> {
    let there = reporter.clone();
    let came = tokio::task::spawn_blocking(move || there.wait_for(count, DEADLINE));
    let (came, spans) = (came.await?, reporter.spans());
    if came && spans.len() == count {
        Ok(spans)
    } else {
        Err(format!("{} spans, not {count}: {spans:#?}", spans.len()).into())
    }
}
