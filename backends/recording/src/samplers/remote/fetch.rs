//! One question to the collector.

use std::fmt::Write;
use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderValue, Uri};
use ureq::typestate::AgentScope;

use super::strategy::Strategy;
use crate::authorities::Authorities;
use crate::credentials::without_credentials;
use crate::endpoint::{has_no_host, has_stray_credentials, has_wrong_port};
use crate::identity::Identity;
use crate::tls::Tls;

/// More than any strategy takes.
const ANSWER_BYTES: u64 = 4 * 1024 * 1024;
const PATH: &str = "/api/sampling";

/// Where to ask for what.
pub(super) struct Source {
    agent: Agent,
    tls: Tls,
    uri: Uri,
    authorization: Option<HeaderValue>,
    pub(super) timeout: Duration,
}

/// What is wrong with an endpoint. The text does not repeat it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Url,
    Host,
    Port,
    Path,
    Scheme,
    Tls,
}

impl Problem {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Url => "not a URL; expected something like http://localhost:5778/api/sampling",
            Self::Host => "no host; expected something like http://localhost:5778/api/sampling",
            Self::Port => "what stands behind the host is no port",
            Self::Path => {
                "an @ in the path: user and password are percent-encoded, and so is an @ elsewhere"
            }
            Self::Scheme => "the scheme is neither http nor https",
            Self::Tls => "https needs the feature `tls` of tracer-recording",
        }
    }
}

impl Source {
    pub(super) fn new(endpoint: &str, service: &str) -> Result<Self, Problem> {
        let (endpoint, authorization) = without_credentials(endpoint.trim());
        if has_no_host(&endpoint) {
            return Err(Problem::Host);
        }
        let given: Uri = endpoint.parse().map_err(|_| Problem::Url)?;
        if given.host().is_none() {
            return Err(Problem::Host);
        }
        if has_wrong_port(&endpoint) {
            return Err(Problem::Port);
        }
        if has_stray_credentials(&endpoint) {
            return Err(Problem::Path);
        }
        match given.scheme_str() {
            Some("http") => {}
            Some("https") if cfg!(feature = "tls") => {}
            Some("https") => return Err(Problem::Tls),
            _ => return Err(Problem::Scheme),
        }
        let (base, asked) = endpoint.split_once('?').unwrap_or((&endpoint, ""));
        let path = if given.path() == "/" { PATH } else { "" };
        let and = if asked.is_empty() { "" } else { "&" };
        let base = if path.is_empty() {
            base
        } else {
            base.trim_end_matches('/')
        };
        let uri = format!("{base}{path}?{asked}{and}service={}", encoded(service));
        Ok(Self {
            agent: Tls::default().agent(config()),
            tls: Tls::default(),
            uri: uri.parse().map_err(|_| Problem::Url)?,
            authorization,
            timeout: Duration::from_secs(5),
        })
    }

    pub(super) fn trust(&mut self, authorities: &Authorities) {
        self.tls.trusted = Some(authorities.clone());
        self.agent = self.tls.agent(config());
    }

    pub(super) fn identity(&mut self, identity: &Identity) {
        self.tls.identity = Some(identity.clone());
        self.agent = self.tls.agent(config());
    }

    /// The strategy, or what went wrong.
    pub(super) fn ask(&self) -> Result<Strategy, String> {
        let mut question = self.agent.get(&self.uri).header("b3", "0");
        if let Some(value) = &self.authorization {
            question = question.header(AUTHORIZATION, value);
        }
        let answer = question
            .config()
            // The client's clock would run over.
            .timeout_global(Some(self.timeout.min(Duration::from_secs(86_400))))
            .build()
            .call();
        let mut answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status();
        if status != 200 {
            return Err(format!("HTTP {status}"));
        }
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
        let body = body.read_to_vec().map_err(|error| error.to_string())?;
        Strategy::parse(&body).ok_or_else(|| "the answer is no sampling strategy".to_owned())
    }

    /// Without query.
    pub(super) fn describe(&self) -> String {
        let port = self.uri.port().map(|port| format!(":{port}"));
        format!(
            "{}://{}{}{}",
            self.uri.scheme_str().unwrap_or("http"),
            self.uri.host().unwrap_or_default(),
            port.unwrap_or_default(),
            self.uri.path()
        )
    }
}

fn config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("tracer-recording/", env!("CARGO_PKG_VERSION")))
}

/// A value in a query (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to memory does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_asked_for() {
        for (endpoint, uri) in [
            (
                "http://a.test:5778",
                "http://a.test:5778/api/sampling?service=a%20b%26c",
            ),
            (
                "http://a.test/",
                "http://a.test/api/sampling?service=a%20b%26c",
            ),
            ("http://a.test/own", "http://a.test/own?service=a%20b%26c"),
            (
                "http://a.test/own?x=1",
                "http://a.test/own?x=1&service=a%20b%26c",
            ),
        ] {
            let source = Source::new(endpoint, "a b&c").unwrap();
            assert_eq!(source.uri.to_string(), uri);
        }
    }

    #[test]
    fn an_endpoint_is_a_url() {
        let problem = |endpoint| Source::new(endpoint, "a").err();
        assert_eq!(problem("http://"), Some(Problem::Host));
        assert_eq!(problem("http://a b"), Some(Problem::Url));
        assert_eq!(problem("/api/sampling"), Some(Problem::Host));
        assert_eq!(problem("http://a:577800"), Some(Problem::Port));
        assert_eq!(problem("http://u:1/2@a"), Some(Problem::Path));
        assert_eq!(problem("grpc://a:14250"), Some(Problem::Scheme));
        assert_eq!(problem("a:14250"), Some(Problem::Scheme));
        let tls = (!cfg!(feature = "tls")).then_some(Problem::Tls);
        assert_eq!(problem("https://a.test"), tls);
    }

    #[test]
    fn descriptions_hold_no_secret() {
        let source = Source::new("http://us%40er:pw@a.test:1/x?key=pw", "a").unwrap();
        assert_eq!(source.describe(), "http://a.test:1/x");
        assert_eq!(source.uri, "http://a.test:1/x?key=pw&service=a");
        // `us@er:pw`, as curl reads a URL.
        let authorization = source.authorization.unwrap();
        assert_eq!(authorization, "Basic dXNAZXI6cHc=");
    }
}
