//! Propagation without spans.

use std::fmt;
use std::sync::Arc;

use tonic::service::Interceptor;
use tonic::{Request, Status};
use tracer_core::{SpanRef, Tracer};

use crate::carrier::MetadataMut;

/// Sends the current span's context along with a client's calls, and makes no span.
///
/// An interceptor sees neither the method nor the response nor its trailers, so a span made by one
/// could say neither what was called nor how it ended. Use [`ClientLayer`](crate::ClientLayer) for
/// spans; this is for clients to which no layer can be added.
///
/// ```
/// use std::sync::Arc;
/// use tonic::service::Interceptor;
/// use tracer_core::TracerExt;
/// use tracer_core::testing::MockTracer;
/// use tracer_tonic::PropagateOnly;
///
/// let tracer = MockTracer::new();
/// let mut interceptor = PropagateOnly::new(Arc::new(tracer.clone()));
/// // OrdersClient::with_interceptor(channel, interceptor)
///
/// let span = tracer.span("request").start_active();
/// let request = interceptor.call(tonic::Request::new(()))?;
/// assert_eq!(
///     request.metadata().get("mock-span-id").unwrap(),
///     &span.span().span_id().unwrap().to_string(),
/// );
/// # Ok::<(), tonic::Status>(())
/// ```
#[derive(Clone)]
pub struct PropagateOnly {
    tracer: Arc<dyn Tracer>,
}

impl PropagateOnly {
    /// An interceptor that writes the formats of this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        Self { tracer }
    }
}

impl Interceptor for PropagateOnly {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let mut metadata = MetadataMut(request.metadata_mut());
        self.tracer.inject(&SpanRef::current(), &mut metadata);
        Ok(request)
    }
}

impl fmt::Debug for PropagateOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PropagateOnly")
    }
}
