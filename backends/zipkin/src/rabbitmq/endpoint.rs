//! Which broker, which queue.

use std::fmt;

use tracer_core::percent::decode_strict;
use tracer_recording::has_stray_credentials;

use crate::config::ConfigError;
use crate::net::{Address, authority};

const PORT: u16 = 5672;
/// With TLS.
const TLS_PORT: u16 = 5671;
/// Where Zipkin's collector reads unless told otherwise.
const QUEUE: &str = "zipkin";
/// What a broker takes for names.
const MAX_NAME: usize = 255;

/// A broker, who to be there, and a queue.
pub(super) struct Endpoint {
    /// With TLS.
    pub(super) secure: bool,
    pub(super) address: Address,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) vhost: String,
    pub(super) queue: String,
}

impl Endpoint {
    /// Reads `amqp://user:password@host:port/vhost?queue=name`, or `amqps`.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let fail = |problem: &str| ConfigError::new(format!("RabbitMQ endpoint: {problem}"));
        let (url, query) = url.trim().split_once('?').unwrap_or((url, ""));
        let plain = authority(url, "amqp").map(|parts| (parts, false));
        let secure = || authority(url, "amqps").map(|parts| (parts, true));
        let ((host, vhost), secure) = plain.or_else(secure).ok_or_else(|| {
            fail("expected something like amqp://user:password@localhost:5672/vhost?queue=zipkin")
        })?;
        if secure && !cfg!(feature = "tls") {
            return Err(fail("amqps needs the feature `tls`"));
        }
        if has_stray_credentials(url) {
            return Err(fail(
                "a user and a password are percent-encoded, and so is an @ in a virtual host",
            ));
        }
        let (user, host) = match host.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, host),
        };
        let port = if secure { TLS_PORT } else { PORT };
        let address = Address::parse(host, port).ok_or_else(|| fail("no host, or no port"))?;
        let (user, password) = match user {
            // What brokers take from their own machine alone.
            None => ("guest", "guest"),
            Some(user) => user.split_once(':').unwrap_or((user, "")),
        };
        let text =
            |text| decode_strict(text).ok_or_else(|| fail("a % without two hexadecimal digits"));
        let vhost = match vhost {
            "" => "/".to_owned(),
            vhost => text(vhost)?,
        };
        let queue = match query.split_once('=') {
            None if query.is_empty() => QUEUE.to_owned(),
            Some(("queue", queue)) if !queue.contains(['&', '=']) => text(queue)?,
            _ => return Err(fail("the only thing to say behind the ? is the queue")),
        };
        if queue.is_empty() || queue.len() > MAX_NAME || vhost.len() > MAX_NAME {
            return Err(fail("queue and virtual host have 1 to 255 bytes"));
        }
        Ok(Self {
            secure,
            address,
            user: text(user)?,
            password: text(password)?,
            vhost,
            queue,
        })
    }
}

impl fmt::Display for Endpoint {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, vhost, .. } = self;
        let vhost = vhost.strip_prefix('/').unwrap_or(vhost);
        let scheme = if self.secure { "amqps" } else { "amqp" };
        write!(f, "{scheme}://{address}/{vhost}?queue={}", self.queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_a_broker_a_virtual_host_and_a_queue() {
        for (url, shown, user, password) in [
            (
                "amqp://mq",
                "amqp://mq:5672/?queue=zipkin",
                "guest",
                "guest",
            ),
            (
                "amqp://mq/",
                "amqp://mq:5672/?queue=zipkin",
                "guest",
                "guest",
            ),
            (
                "amqp://mq?queue=a",
                "amqp://mq:5672/?queue=a",
                "guest",
                "guest",
            ),
            (
                " AMQP://me:p%40ss@[::1]:1/te%2fst?queue=my%20spans ",
                "amqp://[::1]:1/te/st?queue=my spans",
                "me",
                "p@ss",
            ),
            ("amqp://me@mq/%2f", "amqp://mq:5672/?queue=zipkin", "me", ""),
            (
                "amqp://me@mq/%40",
                "amqp://mq:5672/@?queue=zipkin",
                "me",
                "",
            ),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!((&*endpoint.user, &*endpoint.password), (user, password));
        }
    }

    #[test]
    fn with_tls_it_is_another_scheme_and_another_port() {
        let said = match Endpoint::parse("amqps://me:secret@mq/test") {
            Ok(endpoint) => endpoint.to_string(),
            Err(error) => error.to_string(),
        };
        let expected = match cfg!(feature = "tls") {
            true => "amqps://mq:5671/test?queue=zipkin",
            false => "RabbitMQ endpoint: amqps needs the feature `tls`",
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn anything_else_is_an_error_that_repeats_nothing() {
        let long = format!("amqp://me:secret@mq/?queue={}", "x".repeat(256));
        for bad in [
            "",
            "secret:5672",
            "http://me:secret@mq/",
            "amqp://",
            "amqp://me:secret@",
            "amqp://me:secret@mq:port/",
            "amqp://me:secret%@mq/",
            "amqp://me:secret@mq/%2",
            "amqp://me:secret@mq/?queue=",
            "amqp://me:secret@mq/?heartbeat=1",
            "amqp://me:secret@mq/?queue=a&queue=b",
            "amqp://me:2024/secret@mq/vhost",
            &long,
        ] {
            let error = Endpoint::parse(bad).err().unwrap().to_string();
            assert!(error.starts_with("RabbitMQ endpoint: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
