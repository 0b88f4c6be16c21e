//! "Warn and ignore", as OpenTelemetry has it.

use tracer_backends::{Backend, Setup, WhenUnset};

use crate::support::{Vars, headers, hop};

fn lenient(vars: Vars<'_>) -> Backend {
    let setup = Setup::from_vars_lenient(vars.iter().copied());
    setup.when_unset(WhenUnset::Nothing).build().unwrap()
}

#[test]
fn what_is_an_error_becomes_a_warning() {
    let name = ("OTEL_SERVICE_NAME", "shop");
    let zipkin = ("OTEL_TRACES_EXPORTER", "zipkin");
    for (vars, exporters) in [
        (&[name, ("OTEL_TRACES_EXPORTER", "zipkni")][..], 0),
        (&[name, ("OTEL_TRACES_EXPORTER", "zipkni,zipkin")], 1),
        (&[name, ("OTEL_TRACES_EXPORTER", "none,zipkin")], 0),
        (&[name, ("OTEL_TRACES_SAMPLER", "xray")], 0),
        (
            &[
                name,
                ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
                ("OTEL_TRACES_SAMPLER_ARG", "endpoint=x"),
            ],
            0,
        ),
        (&[name, ("OTEL_PROPAGATORS", "xray")], 0),
        (&[name, zipkin, ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "x")], 0),
        (&[name, zipkin, ("OTEL_EXPORTER_ZIPKIN_PROTOCOL", "x")], 1),
        (&[name, zipkin, ("OTEL_EXPORTER_ZIPKIN_JOIN", "x")], 1),
        (&[zipkin], 1),
    ] {
        let backend = lenient(vars);
        assert_eq!(backend.warnings().len(), 1, "{vars:?}");
        assert_eq!(backend.counts().len(), exporters, "{vars:?}");
        let sent = hop(&backend, &headers(&[]));
        assert!(sent.contains_key("traceparent"), "the defaults propagate");
    }
}

#[test]
fn a_service_without_a_name_is_called_unknown() {
    let backend = lenient(&[]);
    assert!(backend.describe().starts_with("unknown_service:variables"));
}

#[test]
fn right_values_are_not_warned_about() {
    let backend = lenient(&[
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("OTEL_SDK_DISABLED", "false"),
        ("OTEL_EXPORTER_ZIPKIN_JOIN", "false"),
    ]);
    assert!(backend.warnings().is_empty(), "{:?}", backend.warnings());
}
