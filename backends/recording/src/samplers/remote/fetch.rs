//! One question to the collector.

use std::time::Duration;

use tracer_core::percent;
use ureq::Agent;
use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderValue, Uri};

use super::strategy::Strategy;
use crate::authorities::Authorities;
use crate::collector::{WrongUrl, collector, described};
use crate::credentials::without_credentials;
use crate::identity::Identity;
use crate::tls::Tls;

/// More than any strategy takes.
const ANSWER_BYTES: u64 = 4 * 1024 * 1024;
const PATH: &str = "/api/sampling";
const NAME: &str = concat!("tracer-recording/", env!("CARGO_PKG_VERSION"));

/// Where to ask for what.
pub(super) struct Source {
    agent: Agent,
    tls: Tls,
    uri: Uri,
    authorization: Option<HeaderValue>,
    pub(super) timeout: Duration,
}

impl Source {
    pub(super) fn new(endpoint: &str, service: &str) -> Result<Self, WrongUrl> {
        let (endpoint, authorization) = without_credentials(endpoint.trim());
        let given = collector(&endpoint, cfg!(feature = "tls"))?;
        let (base, asked) = endpoint.split_once('?').unwrap_or((&endpoint, ""));
        let path = if given.path() == "/" { PATH } else { "" };
        let and = if asked.is_empty() { "" } else { "&" };
        let base = if path.is_empty() {
            base
        } else {
            base.trim_end_matches('/')
        };
        let mut uri = format!("{base}{path}?{asked}{and}service=");
        // RFC 3986, section 2.3.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        percent::encode(service, plain, &mut uri);
        Ok(Self {
            agent: Tls::default().agent(NAME),
            tls: Tls::default(),
            uri: uri.parse().map_err(|_| WrongUrl::NoUrl)?,
            authorization,
            timeout: Duration::from_secs(5),
        })
    }

    pub(super) fn trust(&mut self, authorities: &Authorities) {
        self.tls.trusted = Some(authorities.clone());
        self.agent = self.tls.agent(NAME);
    }

    pub(super) fn identity(&mut self, identity: &Identity) {
        self.tls.identity = Some(identity.clone());
        self.agent = self.tls.agent(NAME);
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
        described(&self.uri)
    }
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
        assert_eq!(problem("http://"), Some(WrongUrl::NoHost));
        assert_eq!(problem("http://a b"), Some(WrongUrl::NoUrl));
        assert_eq!(problem("/api/sampling"), Some(WrongUrl::NoHost));
        assert_eq!(problem("http://a:577800"), Some(WrongUrl::Port));
        assert_eq!(problem("http://u:1/2@a"), Some(WrongUrl::Credentials));
        assert_eq!(problem("grpc://a:14250"), Some(WrongUrl::Scheme));
        assert_eq!(problem("a:14250"), Some(WrongUrl::Scheme));
        let tls = (!cfg!(feature = "tls")).then_some(WrongUrl::NoTls);
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
