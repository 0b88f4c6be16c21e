//! How a call ends.

use std::net::TcpListener;
use std::time::Duration;

use crate::kit::caller::Caller;
use crate::kit::peer::Peer;
use crate::kit::{ClientFramework, Outcome, Read};
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
