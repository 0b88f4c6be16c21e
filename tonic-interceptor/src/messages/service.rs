//! The service.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use tower_service::Service;
use tracer_core::http::Side;
use tracer_core::{Kind, SpanRef, rpc};

use super::body::MessageBody;
use super::future::MessageFuture;
use super::layer::MessageLayer;
use super::watch::{Direction, Watch};
use super::wrap::RequestBody;

/// The service of [`MessageLayer`].
#[derive(Clone, Debug)]
pub struct Messages<S> {
    inner: S,
    layer: MessageLayer,
}

impl<S> Messages<S> {
    pub(super) const fn new(inner: S, layer: MessageLayer) -> Self {
        Self { inner, layer }
    }

    /// The span of the call, if there is something to tell it.
    fn span(&self, headers: &HeaderMap) -> Option<SpanRef> {
        let span = SpanRef::current();
        let content_type = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let ours = match self.layer.side {
            Side::Server => Kind::Server,
            Side::Client => Kind::Client,
        };
        // Without the layer around, or under a rule that propagates only, it is another's span.
        (span.kind() == Some(ours) && rpc::is_grpc(content_type)).then_some(span)
    }
}

impl<S, B, R> Service<Request<B>> for Messages<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: RequestBody,
    R: Body<Data = Bytes>,
{
    type Response = Response<MessageBody<R>>;
    type Error = S::Error;
    type Future = MessageFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let MessageLayer { side, events } = self.layer;
        let (asked, answered) = match side {
            Side::Server => (Direction::Received, Direction::Sent),
            Side::Client => (Direction::Sent, Direction::Received),
        };
        let mut watch = None;
        if let Some(span) = self.span(request.headers()) {
            if events.at_most > 0 {
                watch = Some(Watch::new(span.clone(), answered, events));
            }
            let asked = Watch::new(span, asked, events).counting();
            request = request.map(|body| B::watched(MessageBody::new(body, Some(asked))));
        }
        MessageFuture::new(self.inner.call(request), watch)
    }
}
