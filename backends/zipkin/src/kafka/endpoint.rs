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

/// Who signs in.
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
}

impl Endpoint {
    /// Reads `kafka://user:password@broker:port[,broker:port]/topic`, or `kafka+ssl`.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let fail = |problem: &str| Err(ConfigError::new(format!("Kafka endpoint: {problem}")));
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
        let user = match user.map(User::parse) {
            Some(None) => return fail("expected a user as name:password, percent-encoded"),
            user => user.flatten(),
        };
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
        let (name, password) = text.split_once(':')?;
        let user = Self {
            name: decode_strict(name)?,
            password: decode_strict(password)?,
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
