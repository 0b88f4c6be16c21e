//! `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.

use crate::support::{build, error, headers, hop, recorded};

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

/// What happens without a caller, and with callers that said no, yes, debug.
fn decisions(sampler: &str, arg: &str) -> [bool; 4] {
    let ids = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312";
    ["", "-0", "-1", "-d"].map(|said| {
        let (backend, memory) = recorded(&[(SAMPLER, sampler), (ARG, arg)]);
        let request = match said {
            "" => headers(&[]),
            said => headers(&[("b3", &format!("{ids}{said}"))]),
        };
        let sent = hop(&backend, &request);
        let recorded = !memory.spans().is_empty();
        let sampled = sent["traceparent"].ends_with("-01");
        assert_eq!(
            recorded, sampled,
            "{sampler}: what is recorded is passed on"
        );
        recorded
    })
}

#[test]
fn each_name_decides_as_it_says() {
    let follow = |alone| [alone, false, true, true];
    for (name, arg, expected) in [
        ("", "", follow(true)),
        ("parentbased_always_on", "", follow(true)),
        ("parentbased_always_off", "", follow(false)),
        ("parentbased_traceidratio", "1", follow(true)),
        ("parentbased_traceidratio", "0", follow(false)),
        ("ParentBased_Always_Off", "", follow(false)),
        // Without the prefix they decide against the caller, except debug.
        ("always_on", "", [true; 4]),
        ("always_off", "", [false, false, false, true]),
        ("traceidratio", "1.0", [true; 4]),
        ("traceidratio", "0.0", [false, false, false, true]),
    ] {
        assert_eq!(decisions(name, arg), expected, "{name:?}({arg})");
    }
}

#[test]
fn a_share_is_a_share() {
    let (backend, memory) = recorded(&[(SAMPLER, "traceidratio"), (ARG, "0.5")]);
    for _ in 0..1000 {
        hop(&backend, &headers(&[]));
    }
    let traces = memory.spans().len() / 2;
    // Ten standard deviations.
    assert!((340..660).contains(&traces), "{traces}");
}

#[test]
fn a_share_without_a_sampler_is_warned_about() {
    for argument in ["0.1", "endpoint=http://user:secret@a.test"] {
        let backend = build(&[(ARG, argument)]).unwrap();
        let expected = format!("{ARG}: not used without {SAMPLER}");
        assert_eq!(backend.warnings(), [expected]);
    }
}

#[test]
fn a_wrong_share_is_warned_about_and_ignored() {
    for wrong in ["2", "-0.1", "half", "NaN"] {
        let vars = [(SAMPLER, "traceidratio"), (ARG, wrong)];
        let backend = build(&vars).unwrap();
        let [warning] = backend.warnings() else {
            panic!("{:?}", backend.warnings())
        };
        assert!(
            warning.contains(ARG) && warning.contains(wrong),
            "{warning}"
        );
        assert!(backend.describe().contains("traceidratio(1)"), "{wrong}");
        assert_eq!(decisions("traceidratio", wrong), [true; 4]);
    }
    // Left behind by another sampler.
    for wrong in [
        "endpoint=http://me:secret@a.test",
        "secretsecretsecret",
        "me:secret",
    ] {
        let backend = build(&[(SAMPLER, "traceidratio"), (ARG, wrong)]).unwrap();
        let said = backend.warnings().concat();
        assert!(said.contains(ARG) && !said.contains("secret"), "{said}");
    }
    let unused = build(&[(SAMPLER, "always_on"), (ARG, "half")]).unwrap();
    assert!(unused.warnings().is_empty());
}

#[test]
fn a_wrong_name_is_an_error_with_variable_value_and_allowed_ones() {
    for wrong in ["always", "parentbased_", "parentbased_xray", "xray"] {
        let message = error(&[(SAMPLER, wrong)]);
        assert!(
            message.contains(SAMPLER) && message.contains(wrong),
            "{message}"
        );
        for allowed in ["always_on", "always_off", "parentbased_traceidratio"] {
            assert!(message.contains(allowed), "{message}");
        }
    }
}

#[cfg(not(feature = "remote-sampling"))]
#[test]
fn remote_sampling_that_is_not_compiled_in_names_the_feature() {
    for name in ["jaeger_remote", "parentbased_jaeger_remote"] {
        let message = error(&[(SAMPLER, name)]);
        assert!(
            message.contains(SAMPLER) && message.contains(name),
            "{message}"
        );
        assert!(message.contains("`remote-sampling`"), "{message}");
    }
}
