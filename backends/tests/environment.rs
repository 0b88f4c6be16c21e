//! The environment of the process itself. It belongs to the process, so each test starts one.

use std::ffi::OsString;
use std::process::Command;

use tracer_backends::{Backend, from_env, from_env_lenient};
use tracer_core::TracerExt;

/// Set in the process that is started, to what it is to do.
const CHILD: &str = "TRACER_TEST_CHILD";

/// Not a test: what the others start.
#[test]
fn child() {
    let backend = match std::env::var(CHILD).as_deref() {
        Ok("strict") => from_env(),
        Ok("lenient") => Ok(from_env_lenient()),
        _ => return,
    };
    match backend {
        Ok(backend) => work(&backend),
        Err(error) => println!("error: {error}"),
    }
}

fn work(backend: &Backend) {
    println!(
        "{} ({} warnings)",
        backend.describe(),
        backend.warnings().len()
    );
    backend.tracer().span("a job").start().finish();
    backend
        .shutdown(std::time::Duration::from_secs(20))
        .unwrap();
}

/// What the child prints under these variables.
fn run(how: &str, vars: &[(&str, OsString)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            child.env_remove(name);
        }
    }
    let output = child
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, how)
        .envs(vars.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn name() -> (&'static str, OsString) {
    ("OTEL_SERVICE_NAME", "shop".into())
}

#[test]
fn the_console_shows_the_first_span_of_a_program() {
    let printed = run("strict", &[name()]);
    let described = "shop: spans go to console; sampler parentbased_always_on (0 warnings)";
    assert!(printed.contains(described), "{printed}");
    assert!(printed.contains(" shop LOCAL a job "), "{printed}");
}

#[test]
fn a_wrong_choice_is_an_error_or_a_warning() {
    let wrong = ("OTEL_TRACES_EXPORTER", "zipkni".into());
    let printed = run("strict", &[name(), wrong.clone()]);
    let error = r#"error: OTEL_TRACES_EXPORTER="zipkni": allowed are"#;
    assert!(printed.contains(error), "{printed}");
    let printed = run("lenient", &[wrong]);
    let unknown = tracer_recording::unknown_service();
    assert!(unknown.starts_with("unknown_service:environment"));
    assert!(
        printed.contains(&format!("{unknown}: spans go to console")),
        "{printed}"
    );
    assert!(printed.contains("(2 warnings)"), "{printed}");
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_an_error_and_no_panic() {
    use std::os::unix::ffi::OsStringExt;

    let broken = ("OTEL_TRACES_EXPORTER", OsString::from_vec(vec![b'z', 0xff]));
    let printed = run("strict", &[name(), broken]);
    assert!(
        printed.contains("error: OTEL_TRACES_EXPORTER="),
        "{printed}"
    );
}
