//! `OTEL_EXPORTER_ZIPKIN_JOIN`.

use serde_json::Value;
use tracer_backends::Setup;
use tracer_core::{Kind, TracerExt};
use tracer_recording::InMemoryReporter;

use crate::server::{LONG, collector};

const JOIN: &str = "OTEL_EXPORTER_ZIPKIN_JOIN";
const CALL: &str = "a2fb4a1d1a96d312";

/// The variables beside those that name the collector, and what the program says.
struct Said<'a> {
    vars: &'a [(&'a str, &'a str)],
    code: fn(Setup) -> Setup,
}

/// Serves a call whose ids came with B3; whether the collector gets its id for the server's half.
fn joined(said: &Said<'_>) -> bool {
    let (address, requests) = collector();
    let endpoint = format!("http://{address}/api/v2/spans");
    let vars = [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let setup = Setup::from_vars(vars.iter().chain(said.vars).copied()).unwrap();
    let backend = (said.code)(setup).build().unwrap();
    let tracer = backend.tracer();
    let b3 = format!("463ac35c9f6413ad48485a3953bb6124-{CALL}-1");
    let caller = tracer.extract(&vec![("b3", b3)]);
    let span = tracer.span("serve").kind(Kind::Server);
    span.continues(&caller).start().finish();
    backend.shutdown(LONG).unwrap();

    let body = requests.recv_timeout(LONG).unwrap().body;
    let spans: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let [span] = &spans[..] else {
        panic!("one span: {spans:?}")
    };
    let (same, shared) = (span["id"] == CALL, span["shared"] == true);
    assert_eq!(same, shared, "{span}");
    // A child of the call otherwise, not a trace of its own.
    assert!(same || span["parentId"] == CALL, "{span}");
    same
}

fn by_variable(value: &str) -> bool {
    joined(&Said {
        vars: &[(JOIN, value)],
        code: |setup| setup,
    })
}

#[test]
fn ids_are_joined_unless_the_variable_says_no() {
    assert!(by_variable("") && by_variable("true") && by_variable(" True "));
    assert!(!by_variable("false") && !by_variable("FALSE"));
}

#[test]
fn a_wrong_value_is_false_as_for_every_switch() {
    assert!(!by_variable("0") && !by_variable("yes"));
}

#[test]
fn what_the_program_says_wins() {
    for (value, join) in [("false", true), ("true", false)] {
        let said = Said {
            vars: &[(JOIN, value)],
            code: match join {
                true => |setup| setup.configure(|tracer| tracer.join(true)),
                false => |setup| setup.configure(|tracer| tracer.join(false)),
            },
        };
        assert_eq!(joined(&said), join, "{value}");
    }
}

#[test]
fn true_makes_nobody_join_who_cannot() {
    assert!(!joined(&Said {
        vars: &[(JOIN, "true")],
        code: |setup| setup.also(InMemoryReporter::new().join(false)),
    }));
}
