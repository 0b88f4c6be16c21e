//! Who called: the socket, unless a trusted proxy says otherwise.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tracer_core::http::TrustList;

use crate::kit::{Connection, Framework, Outcome, PROTOCOLS, Reply, Setup, handler};
use crate::{check, check_eq};

async fn client<F: Framework>(
    framework: F,
    trusted: &[&str],
    headers: &[(&str, &str)],
) -> Result<Option<IpAddr>, crate::kit::Failed> {
    let list = TrustList::parse(trusted.iter().copied())?;
    let setup = Setup::new().route("/x", handler(async |_| Reply::ok()));
    let setup = setup.configure(move |http| http.trusted_proxies(list.clone()));
    let server = setup.start(framework)?;
    server.ask("GET", "/x", headers).await?;
    Ok(server.only().await?.remote.ip)
}

/// Anybody can write a header: without a trust list the socket's address counts.
pub async fn a_forwarded_header_is_not_trusted<F: Framework>(framework: F) -> Outcome {
    let loopback = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
    ] {
        check_eq!(
            client(framework, &[], &[header]).await?,
            loopback,
            "{header:?}"
        );
        let elsewhere = client(framework, &["10.0.0.0/8"], &[header]).await?;
        check_eq!(elsewhere, loopback, "another proxy is trusted: {header:?}");
    }
    Ok(())
}

/// From a trusted proxy: from the right, past trusted ones, to the first other address.
pub async fn a_trusted_proxy_tells_the_client_from_the_right<F: Framework>(
    framework: F,
) -> Outcome {
    for (name, value, expected) in [
        ("x-forwarded-for", "203.0.113.9", "203.0.113.9"),
        (
            "x-forwarded-for",
            "6.6.6.6, 203.0.113.9, 127.0.0.2",
            "203.0.113.9",
        ),
        ("x-forwarded-for", "2001:db8::7", "2001:db8::7"),
        ("x-forwarded-for", "::ffff:203.0.113.9", "203.0.113.9"),
        (
            "forwarded",
            "for=6.6.6.6, for=\"[2001:db8::7]:4711\";proto=https",
            "2001:db8::7",
        ),
        ("forwarded", "for=203.0.113.9;by=127.0.0.1", "203.0.113.9"),
        ("x-forwarded-for", "unknown", "127.0.0.1"),
        ("x-forwarded-for", "", "127.0.0.1"),
    ] {
        let found = client(framework, &["127.0.0.0/8"], &[(name, value)]).await?;
        check_eq!(found, Some(expected.parse()?), "{name}: {value}");
    }
    Ok(())
}

/// Over IPv6 as well: the socket is the peer, and may be a proxy's. A machine without `::1` fails
/// this, it does not pass it.
pub async fn an_ipv6_socket_is_the_peer<F: Framework>(framework: F) -> Outcome {
    let header = ("forwarded", "for=\"[2001:db8::7]:4711\"");
    for (trusted, expected) in [("10.0.0.0/8", "::1"), ("::1/128", "2001:db8::7")] {
        let list = TrustList::parse([trusted])?;
        let server = Setup::new()
            .on(Ipv6Addr::LOCALHOST)
            .route("/x", handler(async |_| Reply::ok()))
            .configure(move |http| http.trusted_proxies(list.clone()))
            .start(framework)?;
        for protocol in PROTOCOLS {
            let mut connection = server.connect(protocol).await?;
            Connection::read(connection.send("GET", "/x", &[header]).await?).await?;
        }
        for span in server.spans(PROTOCOLS.len()).await? {
            let expected: Ipv6Addr = expected.parse()?;
            check_eq!(span.remote.ip, Some(expected.into()), "trusted: {trusted}");
            check!(span.remote.port.is_some_and(|port| port > 0), "{span:?}");
        }
    }
    Ok(())
}
