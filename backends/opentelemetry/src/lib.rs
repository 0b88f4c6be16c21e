//! Any OpenTelemetry span exporter as a reporter for tracer-recording.
