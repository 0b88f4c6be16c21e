//! Metadata as a carrier of contexts.

use tonic::metadata::MetadataMap;
use tracer_core::carrier::{Inject, Names};
use tracer_core::rpc::is_ascii_value;
use tracer_tower::carrier::{Headers, HeadersMut};

/// Metadata as headers that a context is read from.
///
/// ```
/// use tonic::metadata::MetadataMap;
/// use tracer_core::Tracer;
/// use tracer_core::testing::MockTracer;
/// use tracer_tonic::carrier::metadata;
///
/// let mut map = MetadataMap::new();
/// map.insert("mock-sampled", "0".parse()?);
/// let caller = MockTracer::new().extract(&metadata(&map));
/// assert_eq!(caller.sampling(), tracer_core::Sampling::Drop);
/// # Ok::<(), tonic::metadata::errors::InvalidMetadataValue>(())
/// ```
pub fn metadata(map: &MetadataMap) -> Headers<'_> {
    Headers(map.as_ref())
}

/// Metadata that a context is written to: in the place of what stands there, in lower case. Binary
/// metadata is not touched.
///
/// ```
/// use tonic::metadata::MetadataMap;
/// use tracer_core::testing::MockTracer;
/// use tracer_core::{Tracer, TracerExt};
/// use tracer_tonic::carrier::MetadataMut;
///
/// let tracer = MockTracer::new();
/// let span = tracer.span("send").start();
/// let mut metadata = MetadataMap::new();
/// tracer.inject(&span, &mut MetadataMut(&mut metadata));
/// assert!(metadata.contains_key("mock-trace-id"));
/// ```
#[derive(Debug)]
pub struct MetadataMut<'m>(pub &'m mut MetadataMap);

impl MetadataMut<'_> {
    fn change(&mut self, change: impl FnOnce(&mut HeadersMut<'_>)) {
        // Moves the map out and back in; nothing is copied.
        let mut headers = std::mem::take(self.0).into_headers();
        change(&mut HeadersMut(&mut headers));
        *self.0 = MetadataMap::from_headers(headers);
    }
}

impl Inject for MetadataMut<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.set_bytes(name, value.as_bytes());
    }

    /// What is no value of metadata is left out.
    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        self.change(|headers| match is_ascii_value(value) {
            true => headers.set_bytes(name, value),
            false => Inject::remove(headers, name),
        });
    }

    fn remove(&mut self, name: &str) {
        self.change(|headers| Inject::remove(headers, name));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.change(|headers| headers.remove_prefix(prefix));
    }

    fn may_hold(&self, names: &Names) -> bool {
        let headers = metadata(self.0).0;
        headers.keys().any(|name| names.may_want(name.as_str()))
    }
}
