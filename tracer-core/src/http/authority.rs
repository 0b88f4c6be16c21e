//! Hosts and ports, without asking anybody.

use std::net::{IpAddr, Ipv6Addr};

use super::redact::holds;
use crate::tag::Endpoint;

/// The parts of an authority (RFC 3986, section 3.2), without user info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    /// Without brackets.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

/// What stands behind the user info.
#[inline]
pub(crate) fn without_user_info(authority: &str) -> &str {
    // Hardly anybody has one.
    if !holds(authority, b"@") {
        return authority;
    }
    match authority.rsplit_once('@') {
        Some((_, host)) => host,
        None => authority,
    }
}

impl<'a> Authority<'a> {
    /// Splits `host`, `host:port`, `[v6]`, `[v6]:port`; a bare IPv6 address is a host.
    pub(crate) fn parse(authority: &'a str) -> Self {
        let text = without_user_info(authority);
        if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
            return Self { host, port };
        }
        // From behind and by bytes: a port is short.
        let colon = text.bytes().rposition(|byte| byte == b':');
        match colon.and_then(|colon| Some((text.get(..colon)?, text.get(colon + 1..)?))) {
            Some((host, port)) if !holds(host, b":") => Self {
                host,
                port: port.parse().ok(),
            },
            _ => Self {
                host: text,
                port: None,
            },
        }
    }

    /// The address, if the host is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok().map(unmapped)
    }

    /// The other side of a call to this authority.
    pub(crate) fn endpoint(&self, scheme: Option<&str>) -> Endpoint<'a> {
        let ip = self.ip();
        Endpoint {
            service: None,
            host: Some(self.host).filter(|host| ip.is_none() && !host.is_empty()),
            ip,
            port: self.port.or_else(|| default_port(scheme)),
        }
    }
}

fn default_port(scheme: Option<&str>) -> Option<u16> {
    let scheme = scheme?;
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ws") {
        Some(80)
    } else if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss") {
        Some(443)
    } else {
        None
    }
}

/// An IPv4 address that came as an IPv6 one (RFC 4291, section 2.5.5.2) is an IPv4 address.
pub(crate) fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// An address as proxies write it: plain, with a port, in brackets, in quotes.
pub(crate) fn parse_node(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if let Ok(ip) = text.parse::<Ipv6Addr>() {
        return Some((unmapped(IpAddr::V6(ip)), None));
    }
    let bracketed = text.starts_with('[');
    if bracketed && !text.contains(']') {
        return None;
    }
    let node = Authority::parse(text);
    // Nothing may follow an address but a port; an obfuscated port (`_x`) is allowed.
    let after = match bracketed {
        true => text.split_once(']').map_or("", |(_, after)| after),
        false => text.get(node.host.len()..).unwrap_or(""),
    };
    let port_ok = after.is_empty()
        || after
            .strip_prefix(':')
            .is_some_and(|port| port.starts_with('_') || port.bytes().all(|c| c.is_ascii_digit()));
    let ip: IpAddr = node.host.parse().ok()?;
    (port_ok && ip.is_ipv6() == bracketed).then(|| (unmapped(ip), node.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_become_peers_without_asking_dns() {
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        let cases = [
            ("example.com", "http", Some("example.com"), None, Some(80)),
            (
                "example.com:8080",
                "http",
                Some("example.com"),
                None,
                Some(8080),
            ),
            (
                "user:pass@example.com",
                "https",
                Some("example.com"),
                None,
                Some(443),
            ),
            (
                "127.0.0.1:9",
                "http",
                None,
                Some(IpAddr::from([127, 0, 0, 1])),
                Some(9),
            ),
            ("[2001:db8::1]:9", "http", None, Some(v6), Some(9)),
            ("[2001:db8::1]", "HTTPS", None, Some(v6), Some(443)),
            (
                "[::ffff:10.0.0.1]",
                "grpc",
                None,
                Some(IpAddr::from([10, 0, 0, 1])),
                None,
            ),
            ("example.com:99999", "x", Some("example.com"), None, None),
            ("", "http", None, None, Some(80)),
        ];
        for (authority, scheme, host, ip, port) in cases {
            let peer = Authority::parse(authority).endpoint(Some(scheme));
            assert_eq!(
                (peer.host, peer.ip, peer.port),
                (host, ip, port),
                "{authority}"
            );
        }
    }

    #[test]
    fn proxies_write_addresses_in_many_ways() {
        let good = [
            ("192.0.2.1", "192.0.2.1", None),
            (" 192.0.2.1:80 ", "192.0.2.1", Some(80)),
            ("\"[2001:db8::1]:47\"", "2001:db8::1", Some(47)),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("2001:db8::1", "2001:db8::1", None),
            ("::ffff:192.0.2.1", "192.0.2.1", None),
            ("192.0.2.1:_port", "192.0.2.1", None),
        ];
        for (text, ip, port) in good {
            assert_eq!(
                parse_node(text),
                Some((ip.parse().unwrap(), port)),
                "{text}"
            );
        }
        for bad in [
            "",
            "unknown",
            "_hidden",
            "example.com",
            "192.0.2",
            "[192.0.2.1]",
            "[::1",
            "[::1]x",
            "192.0.2.1:x",
            "\"",
            "é",
        ] {
            assert_eq!(parse_node(bad), None, "{bad}");
        }
    }
}
