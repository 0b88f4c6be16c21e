//! What a call sends along.

use http::HeaderMap;
use tracer_core::current::{self, FutureExt};
use tracer_core::http::Rule;
use tracer_core::{Kind, OpenSpan, TracerExt};

use crate::kit::caller::Caller;
use crate::kit::peer::Peer;
use crate::kit::{ClientFramework, Outcome};
use crate::{check, check_eq};

fn value<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The ids of the CLIENT span itself, in every configured format, each header once.
pub async fn a_call_sends_the_ids_of_its_own_span<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let request = caller.tracer().span("request").start();
    let caller = caller.below(&request);
    caller.call(client, peer.url("/ok")).await?;
    let (span, headers) = (caller.only().await?, peer.last()?);
    let (trace, id) = (
        span.context.trace_id().to_string(),
        span.context.span_id().to_string(),
    );
    check_eq!(
        value(&headers, "traceparent"),
        format!("00-{trace}-{id}-01"),
        "W3C"
    );
    check_eq!(value(&headers, "x-b3-traceid"), trace, "B3");
    check_eq!(value(&headers, "x-b3-spanid"), id, "B3");
    check_eq!(value(&headers, "x-b3-sampled"), "1", "B3");
    let parent = request
        .span_id()
        .map(|id| id.to_string())
        .unwrap_or_default();
    check_eq!(value(&headers, "x-b3-parentspanid"), parent, "B3");
    for name in ["traceparent", "x-b3-traceid", "x-b3-spanid"] {
        check_eq!(headers.get_all(name).iter().count(), 1, "{name}");
    }
    Ok(())
}

/// An unsampled call records nothing and still sends an id of its own and "not sampled".
pub async fn an_unsampled_call_sends_an_id_and_the_decision<C: ClientFramework>(
    client: C,
) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::sampling(false));
    caller.call(client, peer.url("/ok")).await?;
    let headers = peer.last()?;
    check_eq!(value(&headers, "x-b3-sampled"), "0", "decision");
    check_eq!(value(&headers, "x-b3-spanid").len(), 16, "an id");
    check!(
        value(&headers, "traceparent").ends_with("-00"),
        "{headers:?}"
    );
    check!(caller.finished().is_empty(), "nothing is recorded");
    Ok(())
}

/// Debug goes on as debug.
pub async fn debug_is_sent_as_debug<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::sampling(false));
    let came = vec![("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-d")];
    let upstream = caller.tracer().extract(&came);
    let request = caller
        .tracer()
        .span("request")
        .kind(Kind::Server)
        .continues(&upstream)
        .start();
    let caller = caller.below(&request);
    caller.call(client, peer.url("/ok")).await?;
    let headers = peer.last()?;
    check_eq!(value(&headers, "x-b3-flags"), "1", "debug");
    check!(
        !headers.contains_key("x-b3-sampled"),
        "debug implies sampled: {headers:?}"
    );
    Ok(())
}

/// A gateway that copies what came in never forwards a stale context.
pub async fn stale_headers_of_a_gateway_are_replaced<C: ClientFramework>(client: C) -> Outcome {
    let stale = "463ac35c9f6413ad48485a3953bb6124";
    let peer = Peer::start().await?;
    let caller = Caller::new()
        .header("traceparent", &format!("00-{stale}-a2fb4a1d1a96d312-01"))
        .header("tracestate", "vendor=stale")
        .header("b3", &format!("{stale}-a2fb4a1d1a96d312-1"))
        .header("x-b3-traceid", stale)
        .header("x-b3-spanid", "a2fb4a1d1a96d312")
        .header("x-b3-sampled", "0")
        .header("x-b3-flags", "1")
        .header("uber-trace-id", &format!("{stale}:a2fb4a1d1a96d312:0:1"))
        .header("uberctx-tenant", "stale")
        .header("baggage", "tenant=stale")
        .header("x-kept", "yes")
        // Copied twice, by two gateways.
        .header("traceparent", &format!("00-{stale}-a2fb4a1d1a96d313-00"))
        .header("x-b3-traceid", stale)
        .header("b3", "0")
        .header("x-kept", "also");
    caller.call(client, peer.url("/ok")).await?;
    let headers = peer.last()?;
    for (name, count) in [
        ("traceparent", 1),
        ("x-b3-traceid", 1),
        ("b3", 0),
        ("x-kept", 2),
    ] {
        check_eq!(headers.get_all(name).iter().count(), count, "{name}");
    }
    let headers = format!("{headers:?}");
    check!(
        !headers.contains(stale) && !headers.contains("stale"),
        "{headers}"
    );
    check!(headers.contains("x-kept"), "others stay: {headers}");
    caller.only().await?;
    Ok(())
}

/// Nothing of a trace, and no baggage, reaches a host that is not allowed.
pub async fn other_peoples_hosts_get_nothing<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().configure(|http| http.inject_to(|host| host == "ours.example"));
    let caller = caller
        .header("baggage", "tenant=blue")
        .header("x-b3-sampled", "1");
    caller.call(client, peer.url("/ok")).await?;
    let headers = peer.last()?;
    for name in [
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "x-b3-traceid",
        "x-b3-sampled",
    ] {
        check!(!headers.contains_key(name), "{name} in {headers:?}");
    }
    caller.only().await?;
    let caller = Caller::new().configure(|http| http.inject_to(|host| host == "127.0.0.1"));
    caller.call(client, peer.url("/ok")).await?;
    let headers = peer.last()?;
    check!(headers.contains_key("traceparent"), "ours: {headers:?}");
    Ok(())
}

/// Baggage of the current request goes along.
pub async fn baggage_goes_along<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let request = caller.tracer().span("request").start().handle();
    let seen = async {
        current::set_baggage("tenant", "blue")?;
        let caller = caller.below(tracer_core::SpanRef::current());
        caller.call(client, peer.url("/ok")).await
    };
    seen.in_span(&request).await?;
    check_eq!(value(&peer.last()?, "baggage"), "tenant=blue", "baggage");
    Ok(())
}

/// A decision that came without ids holds for the trace that started under it, and goes on with ids.
pub async fn a_lone_decision_goes_on_with_fresh_ids<C: ClientFramework>(client: C) -> Outcome {
    for (came, name, value) in [
        (("b3", "0"), "x-b3-sampled", "0"),
        (("x-b3-sampled", "1"), "x-b3-sampled", "1"),
        (("b3", "d"), "x-b3-flags", "1"),
    ] {
        let (peer, caller) = (Peer::start().await?, Caller::sampling(value == "0"));
        let upstream = caller.tracer().extract(&vec![came]);
        let request = caller.tracer().span("request").kind(Kind::Server);
        let request = request.continues(&upstream).start();
        let caller = caller.below(&request);
        caller.call(client, peer.url("/ok")).await?;
        let headers = peer.last()?;
        check_eq!(self::value(&headers, name), value, "{came:?}");
        let trace = request.trace_id().ok_or("no trace")?.to_string();
        check_eq!(self::value(&headers, "x-b3-traceid"), trace, "{came:?}");
        let parent = request.span_id().ok_or("no span")?.to_string();
        check_eq!(
            self::value(&headers, "x-b3-parentspanid"),
            parent,
            "{came:?}"
        );
        let sampled = if value == "0" { "-00" } else { "-01" };
        check!(
            self::value(&headers, "traceparent").ends_with(sampled),
            "{came:?}: {headers:?}"
        );
        check_eq!(
            caller.finished().len(),
            usize::from(value != "0"),
            "{came:?}"
        );
    }
    Ok(())
}

/// Below a request that is only propagated, a call is none: what the caller sent goes on as it came,
/// of a lone decision the decision alone, of nothing nothing.
pub async fn below_propagate_only_the_callers_context_goes_on<C: ClientFramework>(
    client: C,
) -> Outcome {
    let (trace, id) = ("463ac35c9f6413ad48485a3953bb6124", "a2fb4a1d1a96d312");
    let sampled = format!("{trace}-{id}-1");
    let denied = format!("{trace}-{id}-0");
    let deferred = format!("{trace}-{id}");
    let all = |flags| format!("00-{trace}-{id}-{flags}");
    for (b3, ids, decision, traceparent) in [
        (Some(&*sampled), true, "1", all("01")),
        (Some(&*denied), true, "0", all("00")),
        // W3C cannot say that.
        (Some(&*deferred), true, "", all("00")),
        (Some("0"), false, "0", String::new()),
        (None, false, "", String::new()),
    ] {
        let (peer, caller) = (Peer::start().await?, Caller::new());
        let came: Vec<_> = b3.iter().map(|b3| ("b3", *b3)).collect();
        let upstream = caller.tracer().extract(&came);
        let passing = OpenSpan::pass_through(&upstream);
        let caller = caller.below(&passing);
        caller.call(client, peer.url("/ok")).await?;
        let headers = peer.last()?;
        let expected = if ids { (trace, id) } else { ("", "") };
        let sent = (
            value(&headers, "x-b3-traceid"),
            value(&headers, "x-b3-spanid"),
        );
        check_eq!(sent, expected, "{b3:?}");
        check_eq!(value(&headers, "x-b3-sampled"), decision, "{b3:?}");
        check_eq!(value(&headers, "traceparent"), traceparent, "{b3:?}");
        check!(caller.finished().is_empty(), "{b3:?} is recorded");
    }
    Ok(())
}

/// A client's own rule may do the same for some calls: the current span stays the parent of what is
/// called.
pub async fn a_rule_may_leave_a_call_out<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    let caller = Caller::new().configure(|http| http.rule(|_| Some(Rule::PropagateOnly)));
    let request = caller.tracer().span("request").start();
    let caller = caller.below(&request);
    caller.call(client, peer.url("/ok")).await?;
    let id = request.span_id().ok_or("no span")?.to_string();
    check_eq!(value(&peer.last()?, "x-b3-spanid"), id, "the parent");
    check!(caller.finished().is_empty(), "{:?}", caller.finished());
    Ok(())
}
