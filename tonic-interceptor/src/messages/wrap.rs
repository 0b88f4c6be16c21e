//! Bodies of requests that can be wrapped and stay what they are.

use bytes::Bytes;
use http_body::Body;

use super::body::MessageBody;

/// A body of requests that can be watched: one that can hold any other, so that the type stays. It
/// is implemented for those of tonic and, with the feature `axum`, of axum.
pub trait RequestBody: Body<Data = Bytes> + Sized {
    /// The same body, watched.
    fn watched(body: MessageBody<Self>) -> Self;
}

impl RequestBody for tonic::body::Body {
    fn watched(body: MessageBody<Self>) -> Self {
        Self::new(body)
    }
}

#[cfg(feature = "axum")]
impl RequestBody for axum::body::Body {
    fn watched(body: MessageBody<Self>) -> Self {
        Self::new(body)
    }
}
