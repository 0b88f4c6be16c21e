//! What a CLIENT span is called, its tags and its peer.

use std::collections::HashSet;
use std::net::Ipv6Addr;

use tracer_core::TracerExt;

use crate::kit::caller::Caller;
use crate::kit::peer::Peer;
use crate::kit::{ClientFramework, Outcome, Read};
use crate::{check, check_eq};

/// The method is the name; URL without user info and query; host and port are the peer.
pub async fn a_call_is_named_by_its_method<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let url = format!("http://ada:hidden@{}/ok?token=hidden", peer.address());
    check_eq!(caller.call(client, url).await?.body, "body", "answer");
    let span = caller.only().await?;
    check_eq!(span.name, "GET", "name");
    check_eq!(span.tag("http.method").as_deref(), Some("GET"), "method");
    check_eq!(
        span.tag("http.status_code").as_deref(),
        Some("200"),
        "status"
    );
    check_eq!(
        span.tag("component").as_deref(),
        Some(C::COMPONENT),
        "component"
    );
    check_eq!(span.tag("http.url"), Some(peer.url("/ok")), "url");
    check!(
        !format!("{span:?}").contains("hidden"),
        "no secrets: {span:?}"
    );
    check_eq!(span.remote.ip, Some(peer.address().ip()), "peer");
    check_eq!(span.remote.port, Some(peer.address().port()), "peer's port");
    check_eq!(span.error, None, "error");
    Ok(())
}

/// With the template of its path, where a request can carry it: `METHOD template`.
pub async fn a_template_names_the_call<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().template("/status/{code}");
    caller.call(client, peer.url("/status/201")).await?;
    let name = match C::TELLS_TEMPLATES {
        true => "GET /status/{code}",
        false => "GET",
    };
    let span = caller.only().await?;
    check_eq!(span.name, name, "name");
    check_eq!(span.tag("http.url"), Some(peer.url("/status/201")), "url");
    Ok(())
}

/// A host that is a name is the peer's host name; nobody asks DNS for it.
pub async fn a_hosts_name_is_kept_as_a_name<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let url = format!("http://localhost:{}/ok", peer.address().port());
    // Whether `localhost` is the address that the peer listens on is the machine's affair.
    let _ = caller.call(client, url).await;
    let span = caller.only().await?;
    check_eq!(span.remote.host.as_deref(), Some("localhost"), "name");
    check_eq!(span.remote.ip, None, "address");
    Ok(())
}

/// The peer's service name is a setting: it draws the edge to a server that is not traced.
pub async fn the_peers_service_name_is_a_setting<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().configure(|http| http.peer_service("stock"));
    caller.call(client, peer.url("/ok")).await?;
    check_eq!(
        caller.only().await?.remote.service.as_deref(),
        Some("stock"),
        "service"
    );
    Ok(())
}

/// Without a current span a call starts a trace; with one it is its child.
pub async fn a_call_is_a_child_of_the_current_span<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    caller.call(client, peer.url("/ok")).await?;
    check_eq!(caller.only().await?.parent_id(), None, "a new trace");
    let request = caller.tracer().span("request").start();
    let caller = caller.below(&request);
    caller.call(client, peer.url("/ok")).await?;
    let spans = caller.spans(2).await?;
    check_eq!(spans[1].parent_id(), request.span_id(), "a child");
    check_eq!(
        Some(spans[1].context.trace_id()),
        request.trace_id(),
        "in the same trace"
    );
    Ok(())
}

/// Each hop that passes the adapter is a span of its own, with its own status.
pub async fn a_redirect_is_a_span_for_each_hop_that_is_seen<C: ClientFramework>(
    client: C,
) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let answer = caller.call(client, peer.url("/redirect")).await?;
    let spans = caller.spans(C::SPANS_OF_A_REDIRECT).await?;
    let statuses: Vec<_> = spans
        .iter()
        .filter_map(|span| span.tag("http.status_code"))
        .collect();
    match C::SPANS_OF_A_REDIRECT {
        1 => check_eq!(
            statuses,
            [answer.status.to_string()],
            "the status that the caller sees"
        ),
        _ => check_eq!(statuses, ["302", "200"], "one for each hop"),
    }
    let sent = peer.all();
    let ids: HashSet<_> = sent
        .iter()
        .filter_map(|headers| headers.get("x-b3-spanid"))
        .collect();
    check_eq!(
        ids.len(),
        C::SPANS_OF_A_REDIRECT.min(sent.len()),
        "ids sent"
    );
    Ok(())
}

/// Many calls at once: each its own span, which sends its own id.
pub async fn calls_at_once_do_not_mix<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new();
    let request = caller.tracer().span("request").start();
    let caller = caller.below(&request);
    let calls = (0..20).map(|number| {
        let url = peer.url(&format!("/status/{}", 200 + number));
        caller.call(client, url)
    });
    for answer in futures_util::future::join_all(calls).await {
        answer?;
    }
    let spans = caller.spans(20).await?;
    let mut statuses: Vec<_> = spans
        .iter()
        .filter_map(|span| span.tag("http.status_code"))
        .collect();
    statuses.sort();
    let expected: Vec<_> = (200..220).map(|status| status.to_string()).collect();
    check_eq!(statuses, expected, "one span for each call");
    check!(
        spans
            .iter()
            .all(|span| span.parent_id() == request.span_id()),
        "all are siblings"
    );
    let mut ids: Vec<_> = spans
        .iter()
        .map(|span| span.context.span_id().to_string())
        .collect();
    let mut sent: Vec<_> = peer
        .all()
        .iter()
        .filter_map(|headers| Some(headers.get("x-b3-spanid")?.to_str().ok()?.to_owned()))
        .collect();
    ids.sort();
    sent.sort();
    check_eq!(sent, ids, "their ids");
    Ok(())
}

/// What comes after a call runs below the caller again, not below the call.
pub async fn after_a_call_its_caller_is_current_again<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let answer = caller.call(client, peer.url("/ok")).await?;
    check_eq!(answer.after, None, "nobody");
    let request = caller.tracer().span("request").start();
    for read in [Read::All, Read::One, Read::Nothing] {
        let caller = Caller::new().below(&request).read(read);
        let answer = caller.call(client, peer.url("/ok")).await?;
        check_eq!(answer.after, request.span_id(), "{read:?}");
    }
    Ok(())
}

/// The address of a URL is the peer, over IPv6 as well. A machine without `::1` fails this, it does
/// not pass it.
pub async fn an_ipv6_address_is_the_peer<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start_on(Ipv6Addr::LOCALHOST.into())?, Caller::new());
    caller.call(client, peer.url("/ok")).await?;
    let span = caller.only().await?;
    check_eq!(span.remote.ip, Some(Ipv6Addr::LOCALHOST.into()), "address");
    check_eq!(span.remote.port, Some(peer.address().port()), "port");
    check_eq!(span.remote.host, None, "it is no name");
    check_eq!(span.tag("http.url"), Some(peer.url("/ok")), "url");
    Ok(())
}

/// The query is recorded when asked for, without the values of secret parameters.
pub async fn a_query_is_recorded_only_on_request_and_redacted<C: ClientFramework>(
    client: C,
) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().configure(|http| http.query(true).secret_parameters(["token"]));
    let url = peer.url("/ok?page=2&token=hidden&sig=hidden");
    caller.call(client, url).await?;
    let span = format!("{:?}", caller.only().await?);
    check!(span.contains("page=2"), "asked for: {span}");
    check!(!span.contains("hidden"), "secret: {span}");
    Ok(())
}

/// Headers are recorded when named, and those that carry secrets never.
pub async fn headers_are_recorded_by_name_and_secrets_never<C: ClientFramework>(
    client: C,
) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().configure(|http| {
        http.request_headers(["x-asked", "authorization", "cookie", "x-api-key"])
            .response_headers(["x-answer", "set-cookie"])
    });
    let caller = caller
        .header("x-asked", "why")
        .header("x-other", "unasked")
        .header("authorization", "hidden")
        .header("cookie", "hidden")
        .header("x-api-key", "hidden");
    caller.call(client, peer.url("/headers")).await?;
    let span = format!("{:?}", caller.only().await?);
    check!(
        span.contains("why") && span.contains("seen"),
        "named: {span}"
    );
    check!(
        !span.contains("hidden") && !span.contains("unasked"),
        "secret: {span}"
    );
    Ok(())
}
