//! What an OpenTelemetry exporter is given for a finished span, field by field.

mod attributes;
mod events;
mod fields;
mod support;
