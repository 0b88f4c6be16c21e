//! What is wrong with a configuration.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
#[cfg(feature = "otel-zipkin")]
use tracer_recording::at_path;
use tracer_recording::{below, collector, described, without_credentials};

/// A setting that no exporter can be built from.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As it is displayed: it is what an error that is returned from `main` prints.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

/// An endpoint as exporters understand it.
pub(crate) struct Endpoint {
    /// Without user and password.
    pub(crate) url: String,
    authorization: Option<HeaderValue>,
}

impl Endpoint {
    fn new(url: &str) -> Self {
        let (url, authorization) = without_credentials(url);
        Self { url, authorization }
    }

    /// What was given, else the first of the variables that is set, else the default. For a variable,
    /// the given path is appended to its value.
    pub(crate) fn resolve(given: Option<&str>, variables: &[(&str, &str)], default: &str) -> Self {
        let filled = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        let named = || {
            variables.iter().find_map(|(name, path)| {
                let value = filled(&std::env::var(name).ok()?)?;
                Some(match *path {
                    "" => value,
                    path => below(&value, path),
                })
            })
        };
        let given = given.and_then(filled);
        let url = given.or_else(named);
        Self::new(url.as_deref().unwrap_or(default))
    }

    /// The same with this scheme if it has none.
    #[cfg(feature = "otlp")]
    pub(crate) fn or_scheme(self, scheme: &str) -> Self {
        match self.url.contains("://") {
            true => self,
            false => Self::new(&format!("{scheme}://{}", self.url)),
        }
    }

    /// The same with this path if it names a server alone.
    #[cfg(feature = "otel-zipkin")]
    pub(crate) fn at_path(mut self, path: &str) -> Self {
        self.url = at_path(&self.url, path).into_owned();
        self
    }

    /// An error unless it is a URL of HTTP with a host, and, if secure, the feature is there.
    ///
    /// Messages do not repeat it: it may hold a password. `like`: how one looks.
    pub(crate) fn check(&self, what: &str, like: &str) -> Result<(), ConfigError> {
        let tls = cfg!(feature = "tls");
        let known = collector(&self.url, tls).map(|_| ());
        known.map_err(|wrong| {
            let told = wrong.told(like, "tracer-opentelemetry");
            ConfigError::new(format_args!("{what}: {told}"))
        })
    }

    /// What user and password make of `Authorization`.
    pub(crate) fn headers(&self) -> HeaderMap {
        let said = self.authorization.clone().into_iter();
        said.map(|value| (AUTHORIZATION, value)).collect()
    }

    /// Without query.
    pub(crate) fn describe(&self) -> String {
        let Ok(uri) = self.url.parse::<http::Uri>() else {
            return "an endpoint".to_owned();
        };
        described(&uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIKE: &str = "http://localhost:4318";

    fn checked(url: &str) -> Result<(), ConfigError> {
        Endpoint::resolve(Some(url), &[], "").check("endpoint", LIKE)
    }

    #[test]
    fn an_endpoint_is_a_url_with_scheme_and_host() {
        assert!(checked("http://[::1]:4318/v1/traces").is_ok());
        for bad in [
            "localhost:4318",
            "/v1/traces",
            "ftp://a/b",
            "http://",
            "http://u:pw@",
            "http://u:pw@a:431800/",
        ] {
            let error = checked(bad).unwrap_err().to_string();
            assert!(error.starts_with("endpoint: "), "{error}");
            assert_eq!(format!("{:?}", checked(bad).unwrap_err()), error);
            assert!(!error.contains("pw"), "{error}");
        }
        assert_eq!(checked("https://a/").is_ok(), cfg!(feature = "tls"));
    }

    #[test]
    fn descriptions_hold_no_secret() {
        let endpoint = Endpoint::resolve(Some("http://user:pw@a.test:1/x?key=pw"), &[], "");
        assert_eq!(endpoint.describe(), "http://a.test:1/x");
    }

    #[test]
    fn space_around_an_endpoint_is_no_part_of_it() {
        let endpoint = Endpoint::resolve(Some(" http://a.test/x\n"), &[], "");
        assert!(endpoint.check("endpoint", LIKE).is_ok());
        assert_eq!(endpoint.url, "http://a.test/x");
    }

    #[test]
    fn nothing_given_is_the_default() {
        for given in [None, Some(" ")] {
            let endpoint = Endpoint::resolve(given, &[("TRACER_TEST_UNSET", "/x")], "http://d/");
            assert_eq!(endpoint.url, "http://d/");
        }
    }
}
