//! A server on a free port, and the spans that it made.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use awc::{Client, ClientRequest};
use tracer_actix::Tracing;
use tracer_core::testing::{MockSpan, MockTracer};

const DEADLINE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    pub(crate) tracer: MockTracer,
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    /// Default rules over these routes.
    pub(crate) fn start(routes: fn(&mut web::ServiceConfig)) -> Self {
        Self::with(MockTracer::new(), routes, |tracing| tracing)
    }

    pub(crate) fn with(
        tracer: MockTracer,
        routes: fn(&mut web::ServiceConfig),
        rules: impl FnOnce(Tracing) -> Tracing,
    ) -> Self {
        let tracing = rules(Tracing::new(Arc::new(tracer.clone())));
        let server = HttpServer::new(move || App::new().configure(routes).wrap(tracing.clone()))
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_rt::spawn(server);
        Self {
            tracer,
            address,
            handle,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> ClientRequest {
        Client::new().get(self.url(path))
    }

    /// Status and body of a GET.
    pub(crate) async fn fetch(&self, path: &str) -> (u16, String) {
        let mut response = self.get(path).send().await.unwrap();
        let body = response.body().await.unwrap();
        (
            response.status().as_u16(),
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }

    /// The finished spans, once there are so many.
    pub(crate) async fn spans(&self, count: usize) -> Vec<MockSpan> {
        let late = Instant::now() + DEADLINE;
        while self.tracer.finished().len() < count && Instant::now() < late {
            actix_rt::task::yield_now().await;
        }
        let spans = self.tracer.finished();
        assert_eq!(spans.len(), count, "{}", self.tracer.tree());
        spans
    }

    /// The span of the only request.
    pub(crate) async fn only(&self) -> MockSpan {
        self.spans(1).await.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

pub(crate) fn error(span: &MockSpan) -> String {
    match &span.error {
        Some(error) => match &error.message {
            Some(message) => format!("{}: {message}", error.kind),
            None => error.kind.clone(),
        },
        None => String::new(),
    }
}
