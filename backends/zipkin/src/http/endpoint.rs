//! Where to post.

use tracer_recording::{at_path, collector, without_credentials};
use ureq::http::{HeaderValue, Uri};

use crate::config::ConfigError;

/// Where a Zipkin server listens unless told otherwise.
pub const DEFAULT_ENDPOINT: &str = "http://localhost:9411/api/v2/spans";

/// Where a Zipkin server takes spans, for who names the server alone. At its root it shows its pages.
const PATH: &str = "/api/v2/spans";

/// Where to post, and what to say of who posts.
pub(super) struct Endpoint {
    /// Without user and password.
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

/// Reads an endpoint. Messages do not repeat it: it may hold a password.
pub(super) fn parse(endpoint: &str) -> Result<Endpoint, ConfigError> {
    let (url, authorization) = without_credentials(endpoint.trim());
    let uri = uri(&url)?;
    Ok(Endpoint { uri, authorization })
}

fn uri(endpoint: &str) -> Result<Uri, ConfigError> {
    let uri = collector(&at_path(endpoint, PATH), cfg!(feature = "tls"));
    uri.map_err(|wrong| {
        let told = wrong.told(DEFAULT_ENDPOINT, "tracer-zipkin");
        ConfigError::new(format!("Zipkin endpoint: {told}"))
    })
}

#[cfg(test)]
mod tests {
    use tracer_recording::described;

    use super::*;

    #[test]
    fn an_endpoint_is_a_url_with_scheme_and_host() {
        assert!(parse(DEFAULT_ENDPOINT).is_ok());
        assert!(parse(" http://[::1]:9411/x ").is_ok());
        for bad in [
            "",
            "localhost:9411",
            "/api/v2/spans",
            "ftp://a/b",
            "http://",
            "http://user:secret@a:94110/api/v2/spans",
            "http://user:2024/secret@a:9411/api/v2/spans",
        ] {
            let error = parse(bad).err().unwrap().to_string();
            assert!(error.starts_with("Zipkin endpoint: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert_eq!(parse("https://a/").is_ok(), cfg!(feature = "tls"));
    }

    #[test]
    fn a_server_alone_is_asked_where_it_takes_spans() {
        for (given, path) in [
            ("http://a:9411", PATH),
            ("http://a:9411/", PATH),
            ("http://a:9411/?x", "/"),
            ("http://a:9411?x", "/"),
            ("http://a:9411/zipkin", "/zipkin"),
        ] {
            assert_eq!(uri(given).unwrap().path(), path, "{given}");
        }
    }

    #[test]
    fn descriptions_hold_no_secret() {
        let secret = "http://user:secret@zipkin.test:9411/api/v2/spans?key=secret";
        let endpoint = parse(secret).unwrap();
        assert_eq!(endpoint.uri.authority().unwrap(), "zipkin.test:9411");
        assert_eq!(
            described(&endpoint.uri),
            "http://zipkin.test:9411/api/v2/spans"
        );
    }
}
