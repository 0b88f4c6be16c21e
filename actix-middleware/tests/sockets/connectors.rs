//! The traced client over connectors that are not awc's, and over servers that misbehave.

use std::cell::{Cell, RefCell};
use std::future::{Pending, pending};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_service::Service;
use awc::error::{ConnectError, SendRequestError};
use awc::middleware::Transform;
use awc::{Client, ConnectRequest, ConnectResponse};
use futures_util::FutureExt;
use tracer_actix::ClientTracing;
use tracer_core::testing::MockTracer;
use tracer_core::{SpanId, SpanRef};

use crate::support::error;

/// In the place of what is below: fails so, or hangs.
#[derive(Clone)]
struct Fake {
    failure: Rc<RefCell<Option<SendRequestError>>>,
    seen: Rc<Cell<Option<SpanId>>>,
}

struct Answer {
    fake: Fake,
    never: Pending<()>,
}

impl<S> Transform<S, ConnectRequest> for Fake {
    type Transform = Self;

    fn new_transform(self, _: S) -> Self {
        self
    }
}

impl Service<ConnectRequest> for Fake {
    type Response = ConnectResponse;
    type Error = SendRequestError;
    type Future = Answer;

    actix_service::always_ready!();

    fn call(&self, _: ConnectRequest) -> Answer {
        Answer {
            fake: self.clone(),
            never: pending(),
        }
    }
}

impl Future for Answer {
    type Output = Result<ConnectResponse, SendRequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let failure = self.fake.failure.take();
        match failure {
            Some(error) => Poll::Ready(Err(error)),
            None => self.never.poll_unpin(cx).map(|()| unreachable!()),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.fake.seen.set(SpanRef::current().span_id());
    }
}

fn client(tracer: &MockTracer, failure: Option<SendRequestError>) -> (Client, Fake) {
    let fake = Fake {
        failure: Rc::new(RefCell::new(failure)),
        seen: Rc::default(),
    };
    let tracing = ClientTracing::new(Arc::new(tracer.clone()));
    let builder = Client::builder().wrap(fake.clone()).wrap(tracing);
    (builder.finish(), fake)
}

#[actix_web::test]
async fn what_goes_wrong_below_has_a_class() {
    let timeout = SendRequestError::Connect(ConnectError::Timeout);
    let cases = [
        (SendRequestError::Timeout, "timeout: "),
        (timeout, "timeout: "),
        (
            SendRequestError::Connect(ConnectError::NoRecords),
            "ConnectError: ",
        ),
        (SendRequestError::TunnelNotSupported, "SendRequestError: "),
    ];
    for (failure, kind) in cases {
        let tracer = MockTracer::new();
        let (client, fake) = client(&tracer, Some(failure));
        assert!(client.get("http://x/").send().await.is_err());
        let span = tracer.finished().remove(0);
        assert!(error(&span).starts_with(kind), "{span:?}");
        assert_eq!(fake.seen.get(), Some(span.span_id()));
        assert_eq!(span.tag("cancelled"), None);
    }
}

#[actix_web::test]
async fn what_is_given_up_is_dropped_while_its_span_is_current() {
    let tracer = MockTracer::new();
    let (client, fake) = client(&tracer, None);
    let mut request = client.get("http://x/").send();
    assert!((&mut request).now_or_never().is_none());
    drop(request);
    let span = tracer.finished().remove(0);
    assert_eq!(fake.seen.get(), Some(span.span_id()));
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert!(SpanRef::current().is_none());
}

#[actix_web::test]
async fn a_body_that_cannot_be_read_fails_the_span() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        assert!(socket.read(&mut request).unwrap() > 0);
        let answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nZ\r\n";
        socket.write_all(answer).unwrap();
    });
    let tracer = MockTracer::new();
    let tracing = ClientTracing::new(Arc::new(tracer.clone()));
    let client = Client::builder().wrap(tracing).finish();
    let mut response = client.get(url).send().await.unwrap();
    assert!(response.body().await.is_err());
    server.join().unwrap();
    let span = tracer.finished().remove(0);
    assert!(error(&span).starts_with("PayloadError: "), "{span:?}");
}
