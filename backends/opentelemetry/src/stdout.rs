//! Spans on standard output, as OpenTelemetry's own exporter prints them.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::exporter::OpenTelemetryExporter;

/// Prints spans with `opentelemetry-stdout`, each batch under the resource of its service.
///
/// ```
/// use tracer_recording::Exporter;
///
/// let exporter = tracer_opentelemetry::stdout(tracer_opentelemetry::resource([("a", "b")]));
/// assert_eq!(exporter.describe(), "standard output");
/// ```
pub fn stdout(resource: Resource) -> OpenTelemetryExporter {
    OpenTelemetryExporter::new(Stdout::default(), resource).description("standard output")
}

/// The exporter prints a resource once, so there is a new one for each change of it.
#[derive(Debug, Default)]
struct Stdout(opentelemetry_stdout::SpanExporter);

impl SpanExporter for Stdout {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.export(batch).await
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.0.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0 = opentelemetry_stdout::SpanExporter::default();
        self.0.set_resource(resource);
    }
}
