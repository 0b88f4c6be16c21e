//! `Forwarded` and `X-Forwarded-For` behind trusted proxies; lists of trusted proxies.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tracer_core::http::TrustList;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    peer: SocketAddr,
    forwarded: Vec<&'a [u8]>,
    listed: Vec<&'a [u8]>,
    block: &'a str,
    ip: IpAddr,
}

static PROXIES: LazyLock<TrustList> =
    LazyLock::new(|| TrustList::parse(["10.0.0.0/8", "fd00::/8", "::1"]).expect("valid blocks"));

fuzz_target!(|input: Input<'_>| {
    let forwarded = input.forwarded.iter().map(|value| ("Forwarded", *value));
    let listed = input.listed.iter().map(|value| ("x-forwarded-for", *value));
    let headers: Vec<_> = forwarded.chain(listed).collect();
    let socket = input.peer.ip().to_canonical();
    for peer in [input.peer, SocketAddr::from(([10, 0, 0, 1], 80))] {
        let (client, _) = PROXIES.client(peer, &headers);
        assert_eq!(client, client.to_canonical());
        // A proxy of ours is the client only if nothing says more: then it is the socket.
        assert!(!PROXIES.contains(client) || client == peer.ip().to_canonical());
    }
    if !PROXIES.contains(socket) {
        assert_eq!(
            PROXIES.client(input.peer, &headers),
            (socket, Some(input.peer.port()))
        );
    }

    // What was written by somebody whom we do not trust, further left, changes nothing.
    if let [value] = &input.listed[..] {
        let tail = [b"6.6.6.6, ", &b"1.2.3.4, 10.0.0.9"[..]].concat();
        let longer = [value, &b", "[..], &tail].concat();
        let (client, _) = PROXIES.client(
            SocketAddr::from(([10, 0, 0, 1], 80)),
            &vec![("x-forwarded-for", &longer[..])],
        );
        assert_eq!(client, IpAddr::from([1, 2, 3, 4]));
    }

    // Nor does what a proxy repeats of its client's request, in quotes.
    if let [asked, left @ ..] = &input.forwarded[..] {
        let escape = |byte: &u8| match byte {
            b'"' | b'\\' => vec![b'\\', *byte],
            byte => vec![*byte],
        };
        let asked: Vec<u8> = asked.iter().flat_map(escape).collect();
        let left = left.first().copied().unwrap_or_default();
        for element in [
            [b"for=1.2.3.4;host=\"", &asked[..], b"\""].concat(),
            [b"host=\"", &asked[..], b"\";for=\"1.2.3.4:80\""].concat(),
        ] {
            let value = [left, b",", &element].concat();
            let (client, _) = PROXIES.client(
                SocketAddr::from(([10, 0, 0, 1], 80)),
                &vec![("forwarded", &value[..])],
            );
            assert_eq!(client, IpAddr::from([1, 2, 3, 4]));
        }
    }

    if let Ok(list) = TrustList::parse([input.block]) {
        let _ = list.contains(input.ip);
        let (base, _) = input
            .block
            .trim()
            .split_once('/')
            .unwrap_or((input.block.trim(), ""));
        let base: IpAddr = base.parse().expect("a block starts with an address");
        assert!(list.contains(base), "a block contains its own address");
    }
});
