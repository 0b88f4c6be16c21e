//! Which brokers, which topic.

use std::fmt;

use tracer_core::percent::decode_strict;

use crate::config::ConfigError;
use crate::net::{Address, authority};

const PORT: u16 = 9092;
/// Where Zipkin's collector reads unless told otherwise.
const TOPIC: &str = "zipkin";

/// Brokers to ask first, and a topic.
pub(super) struct Endpoint {
    pub(super) brokers: Vec<Address>,
    pub(super) topic: String,
}

impl Endpoint {
    /// Reads `kafka://broker:port[,broker:port]/topic`.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let fail = |problem: &str| Err(ConfigError::new(format!("Kafka endpoint: {problem}")));
        let Some((hosts, topic)) = authority(url, "kafka") else {
            return fail("expected something like kafka://localhost:9092/zipkin");
        };
        if hosts.contains('@') {
            return fail("user and password are not supported");
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
            Some(topic) => Ok(Self { brokers, topic }),
            None => fail("a topic is made of at most 249 letters, digits, dots, `_` and `-`"),
        }
    }
}

/// Kafka's rule (`org.apache.kafka.common.internals.Topic`).
fn is_topic(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(legal) && name != "." && name != ".."
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kafka://")?;
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
        ] {
            assert_eq!(
                Endpoint::parse(url).map(|e| e.to_string()),
                Ok(shown.to_owned())
            );
        }
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
            "kafka://user:secret@a",
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
