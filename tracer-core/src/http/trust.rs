//! Who the client is, when proxies stand in front of the service.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::authority::{parse_node, unmapped};
use crate::carrier::Extract;

/// The proxies whose word counts: addresses and CIDR blocks. Empty unless told, and then
/// `Forwarded` and `X-Forwarded-For` are not read.
///
/// ```
/// use tracer_core::http::TrustList;
///
/// let proxies = TrustList::parse(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]).unwrap();
/// assert!(proxies.contains("10.1.2.3".parse().unwrap()));
/// assert!(TrustList::parse(["proxy.example.com"]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustList {
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    ip: IpAddr,
    bits: u32,
}

impl Block {
    fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let shift = 32 - self.bits;
                u32::from(net).checked_shr(shift) == u32::from(ip).checked_shr(shift)
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let shift = 128 - self.bits;
                u128::from(net).checked_shr(shift) == u128::from(ip).checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Block {
    type Err = InvalidBlock;

    fn from_str(text: &str) -> Result<Self, InvalidBlock> {
        let error = || InvalidBlock(text.into());
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u32>().map_err(|_| error())?)),
            None => (text, None),
        };
        let written: IpAddr = ip.parse().map_err(|_| error())?;
        let ip = unmapped(written);
        let (mapped, all) = match ip {
            IpAddr::V4(_) if written.is_ipv6() => (96, 32),
            IpAddr::V4(_) => (0, 32),
            IpAddr::V6(_) => (0, 128),
        };
        let bits = match bits {
            Some(bits) => bits.checked_sub(mapped).ok_or_else(error)?,
            None => all,
        };
        if bits > all {
            return Err(error());
        }
        Ok(Self { ip, bits })
    }
}

impl TrustList {
    /// A list of addresses and CIDR blocks.
    ///
    /// # Errors
    ///
    /// [`InvalidBlock`] for the first entry that is neither. Names are not looked up.
    pub fn parse<'t>(entries: impl IntoIterator<Item = &'t str>) -> Result<Self, InvalidBlock> {
        let blocks = entries.into_iter().map(|entry| entry.trim().parse());
        Ok(Self {
            blocks: blocks.collect::<Result<_, _>>()?,
        })
    }

    /// True if nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// True if this address is on the list.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = unmapped(ip);
        self.blocks.iter().any(|block| block.contains(ip))
    }

    /// The client's address: the socket's, unless that is on the list. Then what `Forwarded`
    /// (RFC 7239) or `X-Forwarded-For` says, read from the right past the proxies on the list.
    ///
    /// What stands further left was written by the client itself. So an entry that is no address
    /// ends the search, and if both headers stand there and differ nobody knows which one a proxy
    /// wrote: in both cases the socket's address stays.
    pub fn client(&self, peer: SocketAddr, headers: &dyn Extract) -> (IpAddr, Option<u16>) {
        let socket = (unmapped(peer.ip()), Some(peer.port()));
        if self.is_empty() || !self.contains(peer.ip()) {
            return socket;
        }
        let forwarded = self.search(headers, "forwarded", for_parameter);
        let listed = self.search(headers, "x-forwarded-for", whole_element);
        match (forwarded, listed) {
            (Header::Client(one), Header::Client(other)) if one.0 == other.0 => one,
            (Header::Client(client), Header::Absent) | (Header::Absent, Header::Client(client)) => {
                client
            }
            _ => socket,
        }
    }

    fn search(&self, headers: &dyn Extract, name: &str, node: Node) -> Header {
        // Several headers of one name are one list.
        let mut lines = Vec::new();
        headers.each(&mut |candidate, value| {
            if candidate.eq_ignore_ascii_case(name) {
                lines.push(value);
            }
        });
        if lines.is_empty() {
            return Header::Absent;
        }
        for line in lines.into_iter().rev() {
            for element in from_right(line, b',') {
                // Passed over in any list (RFC 9110, section 5.6.1.2).
                if element.trim_ascii().is_empty() {
                    continue;
                }
                let node = node(element).and_then(|node| std::str::from_utf8(node).ok());
                match node.and_then(parse_node) {
                    Some((ip, _)) if self.contains(ip) => {}
                    Some(client) => return Header::Client(client),
                    None => return Header::Useless,
                }
            }
        }
        Header::Useless
    }
}

enum Header {
    Absent,
    Useless,
    Client((IpAddr, Option<u16>)),
}

/// Finds who stands in an element of a header.
type Node = fn(&[u8]) -> Option<&[u8]>;

fn whole_element(element: &[u8]) -> Option<&[u8]> {
    Some(element)
}

/// The value of the `for` parameter of one element of `Forwarded`.
fn for_parameter(element: &[u8]) -> Option<&[u8]> {
    from_right(element, b';').find_map(|pair| {
        let (name, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=')?);
        let is_for = name.trim_ascii().eq_ignore_ascii_case(b"for");
        is_for.then_some(value.get(1..)?)
    })
}

/// The parts between separators that stand outside of quoted strings (RFC 9110, section 5.6.4). What a
/// part is does not depend on those further left, where a quote may stand without its other half.
fn from_right(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let text = left?;
        let mut quoted = false;
        let at = text.iter().enumerate().rposition(|(at, byte)| {
            quoted ^= *byte == b'"' && !is_escaped(text, at);
            *byte == separator && !quoted
        });
        let Some(at) = at else {
            return left.take();
        };
        left = text.get(..at);
        text.get(at + 1..)
    })
}

fn is_escaped(text: &[u8], at: usize) -> bool {
    let before = text.iter().take(at).rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// An entry of a trust list is no address and no CIDR block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidBlock(Box<str>);

impl fmt::Display for InvalidBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no IP address and no CIDR block", self.0)
    }
}

impl std::error::Error for InvalidBlock {}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&str, &str)]) -> String {
        let list = TrustList::parse(["10.0.0.0/8", "fd00::/8", "::1"]).unwrap();
        let (ip, port) = list.client(peer.parse().unwrap(), &headers.to_vec());
        match port {
            Some(port) => SocketAddr::new(ip, port).to_string(),
            None => ip.to_string(),
        }
    }

    #[test]
    fn only_a_listed_socket_may_speak_for_others() {
        let header = [("X-Forwarded-For", "1.2.3.4")];
        assert_eq!(client("8.8.8.8:5", &header), "8.8.8.8:5");
        assert_eq!(client("10.0.0.1:5", &header), "1.2.3.4");
        assert_eq!(client("[::ffff:10.0.0.1]:5", &header), "1.2.3.4");
        assert_eq!(client("[::1]:5", &header), "1.2.3.4");
        assert_eq!(client("[::ffff:8.8.8.8]:5", &[]), "8.8.8.8:5");
    }

    #[test]
    fn the_list_is_read_from_the_right() {
        let xff = |value| client("10.0.0.1:5", &[("x-forwarded-for", value)]);
        assert_eq!(xff("6.6.6.6, 1.2.3.4, 10.0.0.9"), "1.2.3.4");
        assert_eq!(
            xff("6.6.6.6, [2001:db8::1]:77, fd00::3"),
            "[2001:db8::1]:77"
        );
        assert_eq!(xff("6.6.6.6, ::ffff:1.2.3.4"), "1.2.3.4");
        assert_eq!(xff("6.6.6.6, unknown, 10.0.0.9"), "10.0.0.1:5");
        assert_eq!(xff("10.0.0.9"), "10.0.0.1:5");
        assert_eq!(xff(""), "10.0.0.1:5");
        // RFC 9110, section 5.6.1.2.
        assert_eq!(xff("6.6.6.6, 1.2.3.4, , 10.0.0.9,"), "1.2.3.4");
        assert_eq!(xff(" , "), "10.0.0.1:5");
        let two = [
            ("x-forwarded-for", "6.6.6.6"),
            ("X-Forwarded-For", "1.2.3.4"),
        ];
        assert_eq!(client("10.0.0.1:5", &two), "1.2.3.4");
    }

    #[test]
    fn forwarded_has_parameters_quotes_and_brackets() {
        let forwarded = |value| client("10.0.0.1:5", &[("forwarded", value)]);
        assert_eq!(
            forwarded(
                "for=6.6.6.6, proto=https;For=\"[2001:db8:cafe::17]:4711\";by=10.0.0.2, for=10.0.0.3"
            ),
            "[2001:db8:cafe::17]:4711"
        );
        assert_eq!(forwarded("for=1.2.3.4"), "1.2.3.4");
        assert_eq!(forwarded("for=1.2.3.4,"), "1.2.3.4");
        assert_eq!(forwarded("for=1.2.3.4, for=_hidden"), "10.0.0.1:5");
        assert_eq!(forwarded("proto=https"), "10.0.0.1:5");
    }

    #[test]
    fn what_stands_in_quotes_separates_nothing() {
        // A proxy repeats what its client has asked for.
        for asked in [
            "x,for=6.6.6.6",
            "x;for=6.6.6.6",
            "x,for=6.6.6.6;y",
            r#"x\",for=6.6.6.6;y=\""#,
            r"for=6.6.6.6,\\",
            "ä",
        ] {
            for value in [
                format!("for=1.2.3.4;host=\"{asked}\""),
                format!("host=\"{asked}\";for=1.2.3.4, for=10.0.0.3"),
            ] {
                assert_eq!(
                    client("10.0.0.1:5", &[("forwarded", &value)]),
                    "1.2.3.4",
                    "{value}"
                );
            }
        }
    }

    #[test]
    fn nothing_further_left_hides_the_client() {
        let peer = "10.0.0.1:5".parse().unwrap();
        let list = TrustList::parse(["10.0.0.0/8"]).unwrap();
        for left in [&b"\xff"[..], b"for=\"6.6.6.6", b"\"", b",;=", b"\\"] {
            for (name, right) in [
                ("forwarded", &b", for=1.2.3.4"[..]),
                ("x-forwarded-for", b", 1.2.3.4"),
            ] {
                let value = [left, right].concat();
                let (ip, _) = list.client(peer, &vec![(name, value)]);
                assert_eq!(ip, IpAddr::from([1, 2, 3, 4]), "{left:?}");
            }
        }
    }

    #[test]
    fn two_headers_that_differ_are_no_evidence() {
        let both = |one, other| {
            client(
                "10.0.0.1:5",
                &[("forwarded", one), ("x-forwarded-for", other)],
            )
        };
        assert_eq!(both("for=1.2.3.4", "1.2.3.4"), "1.2.3.4");
        assert_eq!(both("for=6.6.6.6", "1.2.3.4"), "10.0.0.1:5");
    }

    #[test]
    fn blocks_have_edges() {
        let list =
            TrustList::parse(["192.168.4.0/22", "::ffff:172.16.0.0/108", "0.0.0.0/32"]).unwrap();
        for (ip, listed) in [
            ("192.168.4.0", true),
            ("192.168.7.255", true),
            ("192.168.8.0", false),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("::1", false),
        ] {
            assert_eq!(list.contains(ip.parse().unwrap()), listed, "{ip}");
        }
        let everybody = TrustList::parse(["0.0.0.0/0"]).unwrap();
        assert!(everybody.contains("8.8.8.8".parse().unwrap()));
        assert!(!everybody.contains("::1".parse().unwrap()));
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "host",
            "10.0.0.0/",
            "::ffff:10.0.0.0/90",
        ] {
            assert!(TrustList::parse([bad]).is_err(), "{bad}");
        }
    }
}
