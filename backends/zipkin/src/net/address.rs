//! Where a broker listens, as URLs say it.

use std::fmt;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// Reads `host`, `host:port` or `[ip]:port`.
    pub(crate) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, port)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if port.is_empty() => default_port,
            None => return None,
        };
        let plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '@');
        plain.then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Splits what follows `scheme://` into the authority and the path without its first `/`; `None`
/// if it is another scheme.
pub(crate) fn authority<'a>(url: &'a str, scheme: &str) -> Option<(&'a str, &'a str)> {
    let (is, rest) = url.trim().split_once("://")?;
    let parts = rest.split_once('/').unwrap_or((rest, ""));
    is.eq_ignore_ascii_case(scheme).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_perhaps_a_port() {
        for (text, shown) in [
            ("broker", "broker:9"),
            ("broker:9092", "broker:9092"),
            ("10.0.0.7:1", "10.0.0.7:1"),
            ("[::1]", "[::1]:9"),
            ("[2001:db8::1]:5672", "[2001:db8::1]:5672"),
        ] {
            let address = Address::parse(text, 9).unwrap();
            assert_eq!(address.to_string(), shown);
        }
        for bad in [
            "", ":1", "a:", "a:b", "a:70000", "::1", "[x]:1", "[::1]1", "a b", "u@a",
        ] {
            assert_eq!(Address::parse(bad, 9), None, "{bad}");
        }
    }

    #[test]
    fn a_url_is_split_behind_its_scheme() {
        assert_eq!(
            authority("kafka://a:1,b/topic", "kafka"),
            Some(("a:1,b", "topic"))
        );
        assert_eq!(authority(" AMQP://a ", "amqp"), Some(("a", "")));
        assert_eq!(authority("http://a/", "amqp"), None);
        assert_eq!(authority("a:1", "kafka"), None);
    }
}
