//! An OpenTelemetry exporter as an object: its trait returns a future of a type of its own.

use std::future::Future;
use std::pin::Pin;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// A running export.
pub(crate) type Export<'a> = Pin<Box<dyn Future<Output = OTelSdkResult> + Send + 'a>>;

/// Any [`SpanExporter`].
pub(crate) trait Target: Send {
    fn resource(&mut self, resource: &Resource);
    fn export(&self, batch: Vec<SpanData>) -> Export<'_>;
    fn shutdown(&self) -> OTelSdkResult;
}

impl<E: SpanExporter> Target for E {
    fn resource(&mut self, resource: &Resource) {
        self.set_resource(resource);
    }

    fn export(&self, batch: Vec<SpanData>) -> Export<'_> {
        Box::pin(SpanExporter::export(self, batch))
    }

    /// Exporters implement one of the two methods; this one calls the other unless implemented.
    fn shutdown(&self) -> OTelSdkResult {
        SpanExporter::shutdown(self)
    }
}
