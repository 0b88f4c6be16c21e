//! Which brokers, which topic.

use std::fmt;

use tracer_core::percent::decode_strict;

use crate::config::ConfigError;
use crate::net::{Address, authority};

const PORT: u16 = 9092;
/// Where Zipkin's collector reads unless told otherwise.
const TOPIC: &str = "zipkin";

/// Brokers to ask first, who to be there, and a topic.
pub(super) struct Endpoint {
    /// With TLS.
    pub(super) secure: bool,
    pub(super) user: Option<User>,
    pub(super) brokers: Vec<Address>,
    pub(super) topic: String,
}

/// Who signs in, and how.
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) mechanism: Mechanism,
}

/// By Kafka's names (`sasl.mechanism`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    Plain,
    Scram(Digest),
}

/// What SCRAM is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256,
    Sha512,
}

impl Mechanism {
    const ALL: [Self; 3] = [
        Self::Plain,
        Self::Scram(Digest::Sha256),
        Self::Scram(Digest::Sha512),
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram(Digest::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Digest::Sha512) => "SCRAM-SHA-512",
        }
    }

    fn parse(query: &str) -> Option<Self> {
        let (key, name) = query.split_once('=')?;
        let mut all = Self::ALL.into_iter();
        let found = all.find(|one| one.name().eq_ignore_ascii_case(name));
        found.filter(|_| key == "sasl.mechanism")
    }
}

impl Endpoint {
    /// Reads `kafka://user:password@broker:port[,broker:port]/topic?sasl.mechanism=PLAIN`, or
    /// `kafka+ssl`.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let fail = |problem: &str| Err(ConfigError::new(format!("Kafka endpoint: {problem}")));
        let (url, query) = url.trim().split_once('?').unwrap_or((url, ""));
        let plain = authority(url, "kafka").map(|parts| (parts, false));
        let secure = || authority(url, "kafka+ssl").map(|parts| (parts, true));
        let Some(((hosts, topic), secure)) = plain.or_else(secure) else {
            return fail("expected something like kafka://localhost:9092/zipkin");
        };
        if secure && !cfg!(feature = "tls") {
            return fail("kafka+ssl needs the feature `tls`");
        }
        let (user, hosts) = match hosts.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, hosts),
        };
        let mut user = match user.map(User::parse) {
            Some(None) => {
                return fail(
                    "expected one user, percent-encoded as name:password@ before the first broker",
                );
            }
            user => user.flatten(),
        };
        match (&mut user, Mechanism::parse(query)) {
            (_, None) if query.is_empty() => {}
            (Some(user), Some(mechanism)) => user.mechanism = mechanism,
            (None, Some(_)) => return fail("a mechanism needs a user who signs in"),
            (_, None) => {
                return fail(
                    "behind the ? stands sasl.mechanism=PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
                );
            }
        }
        let scram = |user: &User| user.mechanism != Mechanism::Plain;
        if user.as_ref().is_some_and(scram) && !cfg!(feature = "tls") {
            return fail("SCRAM needs the feature `tls`");
        }
        let brokers = hosts
            .split(',')
            .map(|host| Address::parse(host.trim(), PORT));
        let Some(brokers) = brokers.collect::<Option<Vec<_>>>() else {
            return fail("expected brokers as host:port, separated by commas");
        };
        let topic = match topic {
            "" => Some(TOPIC.to_owned()),
            topic => decode_strict(topic).filter(|topic| is_topic(topic)),
        };
        match topic {
            Some(topic) => Ok(Self {
                secure,
                user,
                brokers,
                topic,
            }),
            None => fail("a topic is made of at most 249 letters, digits, dots, `_` and `-`"),
        }
    }
}

impl User {
    fn parse(text: &str) -> Option<Self> {
        // Users of several brokers, or a password that is not encoded.
        if text.contains(['@', ',']) {
            return None;
        }
        let (name, password) = text.split_once(':')?;
        let user = Self {
            name: decode_strict(name)?,
            password: decode_strict(password)?,
            mechanism: Mechanism::Plain,
        };
        // RFC 4616, section 2.
        let whole = |text: &str| !text.is_empty() && !text.contains('\0');
        (whole(&user.name) && whole(&user.password)).then_some(user)
    }
}

/// Kafka's rule (`org.apache.kafka.common.internals.Topic`).
fn is_topic(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(legal) && name != "." && name != ".."
}

impl fmt::Display for Endpoint {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure {
            "kafka+ssl://"
        } else {
            "kafka://"
        })?;
        for (at, broker) in self.brokers.iter().enumerate() {
            write!(f, "{}{broker}", if at == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", self.topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_brokers_and_a_topic() {
        for (url, shown) in [
            ("kafka://broker", "kafka://broker:9092/zipkin"),
            ("kafka://broker/", "kafka://broker:9092/zipkin"),
            (
                " Kafka://a:1,[::1]:2, b/my.spans_1-x ",
                "kafka://a:1,[::1]:2,b:9092/my.spans_1-x",
            ),
            ("kafka://me:p%40ss@a:1,b/", "kafka://a:1,b:9092/zipkin"),
            (
                "kafka://me:p@a?sasl.mechanism=plain",
                "kafka://a:9092/zipkin",
            ),
        ] {
            assert_eq!(
                Endpoint::parse(url).map(|e| e.to_string()),
                Ok(shown.to_owned())
            );
        }
    }

    #[test]
    fn users_sign_in_with_what_was_encoded() {
        let endpoint = Endpoint::parse("kafka://me%3a:p%40ss:1@a").unwrap();
        let user = endpoint.user.unwrap();
        assert_eq!((&*user.name, &*user.password), ("me:", "p@ss:1"));
        assert!(Endpoint::parse("kafka://a").unwrap().user.is_none());
    }

    #[test]
    fn a_user_may_sign_in_another_way() {
        let url = "kafka://me:secret@a/t?sasl.mechanism=Scram-SHA-512";
        let said = match Endpoint::parse(url) {
            Ok(endpoint) => endpoint.user.unwrap().mechanism.name().to_owned(),
            Err(error) => error.to_string(),
        };
        let expected = match cfg!(feature = "tls") {
            true => "SCRAM-SHA-512",
            false => "Kafka endpoint: SCRAM needs the feature `tls`",
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn with_tls_it_is_another_scheme() {
        let said = match Endpoint::parse("kafka+ssl://me:secret@a") {
            Ok(endpoint) => endpoint.to_string(),
            Err(error) => error.to_string(),
        };
        let expected = match cfg!(feature = "tls") {
            true => "kafka+ssl://a:9092/zipkin",
            false => "Kafka endpoint: kafka+ssl needs the feature `tls`",
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn anything_else_is_an_error_that_repeats_nothing() {
        for bad in [
            "",
            "secret:9092",
            "http://secret/",
            "kafka://",
            "kafka://a,,b",
            "kafka://a:secret",
            "kafka://secret@a",
            "kafka://:secret@a",
            "kafka://secret:@a",
            "kafka://secret:%@a",
            "kafka://secret:%00@a",
            "kafka://me:secret@a,me:secret@b",
            "kafka://me:sec@ret@a",
            "kafka://me:secret@a?sasl.mechanism=GSSAPI",
            "kafka://me:secret@a?mechanism=PLAIN",
            "kafka://a/t?sasl.mechanism=PLAIN",
            "kafka://a/secret/b",
            "kafka://a/sec%72et%20",
            "kafka://a/..",
        ] {
            let error = Endpoint::parse(bad).err().unwrap().to_string();
            assert!(error.starts_with("Kafka endpoint: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
