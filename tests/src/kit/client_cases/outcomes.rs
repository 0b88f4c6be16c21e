//! How a call ends.

use std::net::TcpListener;
use std::time::Duration;

use tracer_core::http::{ErrorPolicy, HttpClient};

use crate::kit::caller::Caller;
use crate::kit::peer::{Peer, scripted};
use crate::kit::{ClientFramework, Outcome, Protocol, Read};
use crate::{check, check_eq};

/// 4xx and 5xx are errors of a call; their kind is the code.
pub async fn statuses_of_400_and_above_are_errors<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    for code in [200, 204, 304, 399, 400, 404, 418, 499, 500, 503, 599_u16] {
        let caller = Caller::new();
        caller
            .call(client, peer.url(&format!("/status/{code}")))
            .await?;
        let span = caller.only().await?;
        check_eq!(span.tag("http.status_code"), Some(code.to_string()), "tag");
        let error = (code >= 400).then(|| (code.to_string(), None));
        check_eq!(span.error, error, "error of {code}");
        check_eq!(span.tag("cancelled"), None, "{code}");
    }
    Ok(())
}

/// The error policy is one setting.
pub async fn the_error_policy_is_one_setting<C: ClientFramework>(client: C) -> Outcome {
    let peer = Peer::start().await?;
    for (code, failed) in [(200, true), (404, false), (500, false)] {
        let odd = |http: HttpClient| http.errors(ErrorPolicy::custom(|status| status < 300));
        let caller = Caller::new().configure(odd);
        let url = peer.url(&format!("/status/{code}"));
        caller.call(client, url).await?;
        check_eq!(caller.only().await?.error.is_some(), failed, "{code}");
    }
    Ok(())
}

/// The answer to HEAD has no body: the headers are the end.
pub async fn head_is_complete_at_headers<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (
        Peer::start().await?,
        Caller::new().method("HEAD").read(Read::Nothing),
    );
    caller.call(client, peer.url("/ok")).await?;
    let span = caller.only().await?;
    check_eq!(
        (&*span.name, span.tag("cancelled")),
        ("HEAD", None),
        "complete"
    );
    Ok(())
}

/// A transport error still yields a finished span with an error.
pub async fn a_refused_connection_is_an_error<C: ClientFramework>(client: C) -> Outcome {
    // A port that was free a moment ago: nobody listens.
    let closed = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let caller = Caller::new();
    let url = format!("http://{closed}/x?token=hidden");
    check!(caller.call(client, url).await.is_err(), "the error goes on");
    let span = caller.only().await?;
    check!(span.error.is_some(), "{span:?}");
    check_eq!(span.tag("http.status_code"), None, "no status");
    check!(
        !format!("{span:?}").contains("hidden"),
        "no secrets: {span:?}"
    );
    Ok(())
}

/// A body that breaks off is an error.
pub async fn a_body_that_breaks_off_is_an_error<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let answer = caller.call(client, peer.url("/break")).await;
    check_eq!(answer.is_err(), C::TELLS_BROKEN_BODIES, "the error goes on");
    check!(caller.only().await?.error.is_some(), "an error");
    Ok(())
}

/// A call that its caller gives up before the headers is cancelled, with its true duration; that is
/// no error.
pub async fn a_call_given_up_before_the_headers_is_cancelled<C: ClientFramework>(
    client: C,
) -> Outcome {
    let peer = Peer::start().await?;
    let patience = Duration::from_millis(50);
    let caller = Caller::new().patience(patience);
    check!(
        caller.call(client, peer.url("/never")).await.is_err(),
        "given up"
    );
    let span = caller.only().await?;
    check_eq!(span.tag("cancelled").as_deref(), Some("true"), "cancelled");
    check_eq!(span.error, None, "no error");
    check!(
        span.duration > 1_000_000,
        "its true duration: {} ns",
        span.duration
    );
    Ok(())
}

/// So is one whose body is dropped in the middle.
pub async fn a_body_dropped_in_the_middle_is_cancelled<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new().read(Read::One));
    check_eq!(
        caller.call(client, peer.url("/stream")).await?.body,
        "one",
        "one piece"
    );
    let span = caller.only().await?;
    check_eq!(span.tag("cancelled").as_deref(), Some("true"), "cancelled");
    check_eq!(span.error, None, "no error");
    check_eq!(
        span.tag("http.status_code").as_deref(),
        Some("200"),
        "status"
    );
    Ok(())
}

/// And one whose body is never read.
pub async fn a_body_that_is_never_read_is_cancelled<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new().read(Read::Nothing));
    caller.call(client, peer.url("/stream")).await?;
    check_eq!(
        caller.only().await?.tag("cancelled").as_deref(),
        Some("true"),
        "cancelled"
    );
    Ok(())
}

/// The client's own timeout is an error `timeout` where it strikes inside of the adapter, and outside
/// the call was given up.
pub async fn a_timeout_is_an_error_inside_and_given_up_outside<C: ClientFramework>(
    client: C,
) -> Outcome {
    let peer = Peer::start().await?;
    let short = Duration::from_millis(50);
    let caller = Caller::new().timeout(short);
    let answer = caller.call(client, peer.url("/never")).await;
    check!(answer.is_err(), "the caller is told: {answer:?}");
    let span = caller.only().await?;
    let kind = span.error.as_ref().map(|(kind, _)| kind.as_str());
    check_eq!(kind, C::TIMEOUT_INSIDE.then_some("timeout"), "error");
    let cancelled = (!C::TIMEOUT_INSIDE).then(|| "true".to_owned());
    check_eq!(span.tag("cancelled"), cancelled, "cancelled");
    check_eq!(span.tag("http.status_code"), None, "no status");
    // A timeout outside counts from a little before the span.
    check!(
        u128::from(span.duration) >= short.as_nanos() / 2,
        "its true duration: {} ns",
        span.duration
    );
    Ok(())
}

/// A timeout that does not strike changes nothing.
pub async fn a_timeout_that_does_not_strike_changes_nothing<C: ClientFramework>(
    client: C,
) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let caller = caller.timeout(Duration::from_secs(60));
    check_eq!(
        caller.call(client, peer.url("/ok")).await?.body,
        "body",
        "answer"
    );
    let span = caller.only().await?;
    let end = (span.error.clone(), span.tag("cancelled"));
    check_eq!(end, (None, None), "complete");
    Ok(())
}

/// Endless streams may end at their headers: that the caller stops listening is nothing then.
pub async fn an_endless_stream_may_end_at_headers<C: ClientFramework>(client: C) -> Outcome {
    for read in [Read::One, Read::Nothing] {
        let peer = Peer::start().await?;
        let caller = Caller::new().read(read);
        let caller = caller.configure(|http| http.end_at_headers(true));
        caller.call(client, peer.url("/stream")).await?;
        let span = caller.only().await?;
        let end = (span.error.clone(), span.tag("cancelled"));
        check_eq!(end, (None, None), "complete ({read:?})");
        let status = span.tag("http.status_code");
        check_eq!(status.as_deref(), Some("200"), "status ({read:?})");
    }
    Ok(())
}

/// An interim answer (103) is none: the span says what came after it. (Over HTTP/1.1: no server of
/// HTTP/2 here sends any.)
pub async fn an_interim_answer_is_not_the_answer<C: ClientFramework>(client: C) -> Outcome {
    if C::PROTOCOL == Protocol::Http2 {
        return Ok(());
    }
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n\
                 HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nbody";
    let (peer, caller) = (scripted(hints).await?, Caller::new());
    let answer = caller.call(client, format!("http://{peer}/x")).await?;
    let expected = match C::SKIPS_INTERIM {
        true => (201, "body"),
        false => (103, ""),
    };
    check_eq!((answer.status, &*answer.body), expected, "answer");
    let span = caller.only().await?;
    let status = span.tag("http.status_code");
    check_eq!(
        status,
        Some(expected.0.to_string()),
        "as the caller sees it"
    );
    let end = (span.error.clone(), span.tag("cancelled"));
    check_eq!(end, (None, None), "complete");
    Ok(())
}

/// A switch of protocols ends the span, and bytes pass after it.
pub async fn a_switch_of_protocols_ends_the_span<C: ClientFramework>(client: C) -> Outcome {
    if !C::SWITCHES {
        return Ok(());
    }
    let (peer, caller) = (Peer::start().await?, Caller::new().read(Read::Switched));
    let answer = caller.call(client, peer.url("/switch")).await?;
    check_eq!((answer.status, &*answer.body), (101, "ping"), "bytes pass");
    let span = caller.only().await?;
    let upgrade = span.tag("http.upgrade");
    check_eq!(upgrade.as_deref(), Some("true"), "it says so");
    let status = span.tag("http.status_code");
    check_eq!(status.as_deref(), Some("101"), "status");
    let end = (span.error.clone(), span.tag("cancelled"));
    check_eq!(end, (None, None), "complete");
    Ok(())
}
