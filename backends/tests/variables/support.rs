//! A backend from variables, and what it does with a request.

use std::collections::BTreeMap;

use tracer_backends::{Backend, ConfigError, Setup, WhenUnset};
use tracer_core::{Kind, TracerExt};
use tracer_recording::{InMemoryReporter, OwnedSpan};

/// Variables.
pub(crate) type Vars<'a> = &'a [(&'a str, &'a str)];

/// A set-up of a service with a name, which prints nothing.
pub(crate) fn setup(vars: Vars<'_>) -> Result<Setup, ConfigError> {
    let setup = Setup::from_vars(vars.iter().copied())?;
    Ok(setup
        .default_service_name("shop")
        .when_unset(WhenUnset::Nothing))
}

pub(crate) fn build(vars: Vars<'_>) -> Result<Backend, ConfigError> {
    setup(vars)?.build()
}

/// The message for variables that must not work.
pub(crate) fn error(vars: Vars<'_>) -> String {
    let error = build(vars).expect_err("an error");
    let message = error.to_string();
    assert!(message.contains(error.variable()), "{message}");
    // What a `main` that returns it prints.
    assert_eq!(format!("{error:?}"), message);
    message
}

/// A backend, and the spans that it records.
pub(crate) fn recorded(vars: Vars<'_>) -> (Backend, InMemoryReporter) {
    let memory = InMemoryReporter::new();
    let setup = setup(vars).unwrap().also(memory.clone());
    (setup.build().unwrap(), memory)
}

pub(crate) type Headers = BTreeMap<String, String>;

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// Serves a request with these headers and makes a call meanwhile; the headers of the call.
pub(crate) fn hop(backend: &Backend, request: &Headers) -> Headers {
    let tracer = backend.tracer();
    let caller = tracer.extract(request);
    let server = tracer.span("serve").kind(Kind::Server);
    let server = server.continues(&caller).start();
    let call = tracer.span("call").kind(Kind::Client).child_of(&server);
    let call = call.start();
    let mut sent = Headers::new();
    tracer.inject(&call, &mut sent);
    call.finish();
    server.finish();
    sent
}

pub(crate) fn names(spans: &[OwnedSpan]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}
