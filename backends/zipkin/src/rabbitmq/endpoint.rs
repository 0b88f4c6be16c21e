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

/// How to sign in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// With a password (RFC 4616).
    Plain { user: String, password: String },
    /// With the certificate that TLS has shown (RFC 4422, appendix A).
    External,
}

impl Login {
    pub(super) fn mechanism(&self) -> &'static str {
        match self {
            Self::Plain { .. } => "PLAIN",
            Self::External => "EXTERNAL",
        }
    }
}

/// A broker, who to be there, and a queue.
pub(super) struct Endpoint {
    /// With TLS.
    pub(super) secure: bool,
    pub(super) address: Address,
    pub(super) login: Login,
    pub(super) vhost: String,
    pub(super) queue: String,
}

impl Endpoint {
    /// Reads `amqp://user:password@host:port/vhost?queue=name`, or
    /// `amqps://host:port/vhost?queue=name&auth_mechanism=external`.
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
        let text =
            |text| decode_strict(text).ok_or_else(|| fail("a % without two hexadecimal digits"));
        let vhost = match vhost {
            "" => "/".to_owned(),
            vhost => text(vhost)?,
        };
        let (mut queue, mut mechanism) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let known = match pair.split_once('=') {
                Some(("queue", value)) => queue.replace(text(value)?).is_none(),
                Some(("auth_mechanism", value)) => mechanism.replace(value).is_none(),
                _ => false,
            };
            if !known {
                return Err(fail(
                    "behind the ? are at most one queue and one auth_mechanism",
                ));
            }
        }
        let queue = queue.unwrap_or_else(|| QUEUE.to_owned());
        let login = match mechanism.map(str::to_ascii_lowercase).as_deref() {
            None | Some("plain") => {
                // What brokers take from their own machine alone.
                let (user, password) = user.map_or(("guest", "guest"), |user| {
                    user.split_once(':').unwrap_or((user, ""))
                });
                Login::Plain {
                    user: text(user)?,
                    password: text(password)?,
                }
            }
            Some("external") if !secure => {
                return Err(fail(
                    "auth_mechanism=external takes the certificate of amqps",
                ));
            }
            Some("external") if user.is_some() => {
                return Err(fail(
                    "with auth_mechanism=external the certificate is the user",
                ));
            }
            Some("external") => Login::External,
            Some(_) => return Err(fail("auth_mechanism is plain or external")),
        };
        if queue.is_empty() || queue.len() > MAX_NAME || vhost.len() > MAX_NAME {
            return Err(fail("queue and virtual host have 1 to 255 bytes"));
        }
        Ok(Self {
            secure,
            address,
            login,
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
            let (user, password) = (user.to_owned(), password.to_owned());
            assert_eq!(endpoint.login, Login::Plain { user, password });
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

    #[cfg(feature = "tls")]
    #[test]
    fn a_certificate_can_take_the_place_of_a_password() {
        for query in [
            "auth_mechanism=external",
            "auth_mechanism=EXTERNAL&queue=zipkin",
            "queue=zipkin&auth_mechanism=external",
        ] {
            let endpoint = Endpoint::parse(&format!("amqps://mq/?{query}")).unwrap();
            assert_eq!(endpoint.login, Login::External);
            assert_eq!(endpoint.to_string(), "amqps://mq:5671/?queue=zipkin");
        }
        let plain = Endpoint::parse("amqps://me:it@mq/?auth_mechanism=plain").unwrap();
        assert_eq!(plain.login.mechanism(), "PLAIN");
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
            "amqp://me:secret@mq/?auth_mechanism=plain&auth_mechanism=plain",
            "amqp://me:secret@mq/?auth_mechanism=secret",
            "amqp://mq/?auth_mechanism=external",
            "amqps://me:secret@mq/?auth_mechanism=external",
            "amqp://me:2024/secret@mq/vhost",
            &long,
        ] {
            let error = Endpoint::parse(bad).err().unwrap().to_string();
            assert!(error.starts_with("RabbitMQ endpoint: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
