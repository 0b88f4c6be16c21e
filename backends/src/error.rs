//! Why no backend could be built.

use std::fmt;

/// A variable whose value cannot be used, or one that is missing. The message names the variable,
/// what is wrong and what would be right; it repeats no value that may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    variable: &'static str,
    message: String,
}

impl ConfigError {
    /// One of the values behind a variable is none of the allowed ones.
    pub(crate) fn unknown(variable: &'static str, value: &str, allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        Self::wrong(variable, value, &format!("allowed are {allowed}"))
    }

    /// A value that is no secret is wrong.
    pub(crate) fn wrong(variable: &'static str, value: &str, why: &str) -> Self {
        Self::new(variable, format!("{variable}={value:?}: {why}"))
    }

    /// A value that may be secret is wrong.
    #[cfg_attr(
        not(any(feature = "zipkin", feature = "otlp", feature = "otel-zipkin")),
        allow(dead_code, reason = "only exporters have secrets")
    )]
    pub(crate) fn secret(variable: &'static str, why: impl fmt::Display) -> Self {
        Self::new(variable, format!("{variable}: {why}"))
    }

    /// A value asks for what is not compiled in. `value` is no secret.
    pub(crate) fn needs(variable: &'static str, value: &str, feature: &str) -> Self {
        let why = format!(
            "not compiled in; it needs the feature `{feature}` of the crate tracer-backends"
        );
        Self::wrong(variable, value, &why)
    }

    /// Nobody gave the service a name, or what may have given it one has been `ignored`.
    pub(crate) fn no_service_name(ignored: Option<&str>) -> Self {
        let mut message = "the service has no name: set OTEL_SERVICE_NAME (or service.name in \
                           OTEL_RESOURCE_ATTRIBUTES), or give it one in code"
            .to_owned();
        if let Some(why) = ignored {
            message.push_str("; ");
            message.push_str(why);
        }
        Self::new("OTEL_SERVICE_NAME", message)
    }

    fn new(variable: &'static str, message: String) -> Self {
        Self { variable, message }
    }

    /// The variable.
    pub fn variable(&self) -> &str {
        self.variable
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// As [`Display`](fmt::Display): this is what a `main` that returns the error prints.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
