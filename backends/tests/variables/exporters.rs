//! `OTEL_TRACES_EXPORTER`.

use tracer_backends::{Setup, WhenUnset};

use crate::support::{build, error, names, recorded};

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

fn exporters(value: &str) -> Vec<String> {
    let backend = build(&[(EXPORTER, value)]).unwrap();
    let counts = backend.counts();
    counts.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn one_several_or_none_is_chosen() {
    let zipkin = "zipkin http://localhost:9411/api/v2/spans";
    for (value, expected) in [
        ("zipkin", &[zipkin][..]),
        ("console", &["console"]),
        ("none", &[]),
        (" Zipkin ", &[zipkin]),
        ("console,zipkin", &["console", zipkin]),
        ("zipkin, console ,", &[zipkin, "console"]),
        ("console,console", &["console"]),
    ] {
        assert_eq!(exporters(value), expected, "{value}");
    }
}

/// Elsewhere the default is OTLP, so that many set nothing but its endpoint.
#[test]
fn an_endpoint_alone_chooses_nothing_and_that_is_said() {
    const URL: &str = "http://collector:4318";
    for (variable, exporter) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "otlp"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "zipkin"),
    ] {
        let backend = build(&[(variable, URL)]).unwrap();
        let expected = format!("{variable}: not used unless OTEL_TRACES_EXPORTER={exporter}");
        assert_eq!(backend.warnings(), [expected]);
        // Somebody has chosen, and may share the variables with others.
        for vars in [
            (EXPORTER, "none"),
            (EXPORTER, "console"),
            ("OTEL_SDK_DISABLED", "true"),
        ] {
            let backend = build(&[(variable, URL), vars]).unwrap();
            assert_eq!(backend.warnings().len(), 0, "{vars:?}");
        }
    }
    let zipkin = Setup::from_vars([("OTEL_EXPORTER_ZIPKIN_ENDPOINT", URL)]).unwrap();
    let zipkin = zipkin
        .default_service_name("shop")
        .when_unset(WhenUnset::Zipkin);
    assert!(zipkin.build().unwrap().warnings().is_empty());
}

/// As files of variables pass them on.
#[test]
fn quotation_marks_round_an_endpoint_are_told_without_it() {
    for (exporter, variable, compiled_in) in [
        (
            "zipkin",
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            cfg!(feature = "zipkin"),
        ),
        (
            "otel-zipkin",
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            cfg!(feature = "otel-zipkin"),
        ),
        (
            "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            cfg!(feature = "otlp"),
        ),
    ] {
        if compiled_in {
            let message = error(&[(EXPORTER, exporter), (variable, "\"http://secret:1\"")]);
            assert!(message.contains("quotation marks"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}

#[test]
fn a_wrong_name_is_an_error_with_variable_value_and_allowed_ones() {
    for (value, wrong) in [
        ("jaeger", "jaeger"),
        ("zipkin,memroy", "memroy"),
        ("stdout", "stdout"),
    ] {
        let message = error(&[(EXPORTER, value)]);
        assert!(message.contains(EXPORTER), "{message}");
        assert!(message.contains(wrong), "{message}");
        for allowed in ["zipkin", "otlp", "otel-zipkin", "console", "none"] {
            assert!(message.contains(allowed), "{message}");
        }
    }
    let message = error(&[(EXPORTER, "none,console")]);
    assert!(message.contains("none,console"), "{message}");
}

#[test]
fn what_is_not_compiled_in_names_its_feature() {
    for (name, compiled_in) in [
        ("otlp", cfg!(feature = "otlp")),
        ("otel-zipkin", cfg!(feature = "otel-zipkin")),
    ] {
        if compiled_in {
            build(&[(EXPORTER, name)]).unwrap();
            continue;
        }
        let message = error(&[(EXPORTER, name)]);
        assert!(message.contains(&format!("feature `{name}`")), "{message}");
    }
}

#[test]
fn empty_means_unset() {
    let counts = |value: Option<&str>, when_unset| {
        let vars = value.map(|value| (EXPORTER, value));
        let setup = Setup::from_vars(vars).unwrap().service_name("shop");
        let backend = setup.when_unset(when_unset).build().unwrap();
        backend.counts().len()
    };
    for value in [None, Some(""), Some("  "), Some(","), Some(", ,")] {
        assert_eq!(counts(value, WhenUnset::Nothing), 0, "{value:?}");
        assert_eq!(counts(value, WhenUnset::Console), 1, "{value:?}");
    }
    assert_eq!(counts(Some("none"), WhenUnset::Console), 0);
    let unsaid = Setup::from_vars([("OTEL_SERVICE_NAME", "shop")]).unwrap();
    assert_eq!(unsaid.build().unwrap().counts()[0].0, "console");
}

#[test]
fn the_programs_own_reporter_stands_beside_any() {
    let (backend, memory) = recorded(&[(EXPORTER, "none")]);
    crate::support::hop(&backend, &Default::default());
    assert_eq!(names(&memory.spans()), ["call", "serve"]);
}

#[test]
fn a_backend_says_where_spans_go() {
    let (backend, _) = recorded(&[
        (EXPORTER, "zipkin"),
        (
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            "http://u:secret@z:1/a?k=secret",
        ),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("OTEL_PROPAGATORS", "b3,tracecontext"),
    ]);
    assert_eq!(
        backend.describe(),
        "shop: spans go to zipkin http://z:1/a, the program's own reporter; \
         sampler traceidratio(0.25); propagators b3, tracecontext"
    );
    assert!(!format!("{backend:?}").contains("secret"));
}
