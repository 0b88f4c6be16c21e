//! Calls whose time is up.

use std::time::Duration;

use crate::kit::Outcome;
use crate::kit::rpc::spans::{is_cancelled, is_late, is_ok};
use crate::kit::rpc::{
    Caller, Frame, Handler, Method, Orders, Peer, Reply, RpcClientFramework, fed, handler,
};
use crate::{check, check_eq};

const TIMEOUT: Duration = Duration::from_millis(80);
const LONG: Duration = Duration::from_secs(300);

fn hanging() -> Handler {
    handler(async |_| {
        std::future::pending::<()>().await;
        Ok(Reply::messages([]))
    })
}

/// A call that its own deadline ends ran out of time, after as long as it had; the server is told.
pub async fn a_deadline_that_passes_is_exceeded<C: RpcClientFramework>(client: C) -> Outcome {
    for method in Method::ALL {
        let (peer, caller) = (Peer::calls(hanging())?, Caller::new().timeout(TIMEOUT));
        let call = caller.call(client, peer.address(), method, Orders::one());
        // A status or an error: its library's own business.
        check!(
            !matches!(call.await, Ok(ended) if ended.code() == Some(0)),
            "late"
        );
        let span = caller.only().await?;
        is_late(&span)?;
        let least = u64::try_from((TIMEOUT - Duration::from_millis(10)).as_nanos())?;
        check!(span.duration >= least, "{} ns", span.duration);
        let sent = peer.last()?.contains_key("grpc-timeout");
        check!(sent, "the deadline is sent");
    }
    Ok(())
}

/// Half-way too, when the caller gives the stream up.
pub async fn a_deadline_that_passes_half_way_is_exceeded<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    let (feed, answer) = fed();
    feed.send(Frame::Message("reply".into()))?;
    let peer = Peer::calls(answer)?;
    // Long enough for the headers to come in time.
    let (timeout, patience) = (5 * TIMEOUT, 6 * TIMEOUT);
    let caller = Caller::new().timeout(timeout).patience(patience);
    let call = caller.call(client, peer.address(), Method::Download, Orders::one());
    check!(call.await.is_err(), "given up");
    let span = caller.only().await?;
    is_late(&span)?;
    check_eq!(span.tag("cancelled").as_deref(), Some("true"), "given up");
    Ok(())
}

/// The time that the layer was told counts, where the call does not say less.
pub async fn the_time_that_the_layer_was_told_counts<C: RpcClientFramework>(client: C) -> Outcome {
    for timeout in [None, Some(LONG)] {
        let caller = Caller::new().settings(|settings| settings.timeout = Some(TIMEOUT));
        let mut caller = caller.patience(2 * TIMEOUT);
        if let Some(timeout) = timeout {
            caller = caller.timeout(timeout);
        }
        let peer = Peer::calls(hanging())?;
        let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
        check!(call.await.is_err(), "given up");
        is_late(&caller.only().await?)?;
    }
    Ok(())
}

/// An answer that came nevertheless stands, however late.
pub async fn an_answer_after_the_deadline_stands<C: RpcClientFramework>(client: C) -> Outcome {
    let peer = Peer::calls(handler(async |_| {
        // Time itself is the point.
        tokio::time::sleep(2 * TIMEOUT).await;
        Ok(Reply::messages(["reply".into()]))
    }))?;
    let caller = Caller::new().settings(|settings| settings.timeout = Some(TIMEOUT));
    let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
    check_eq!(call.await?.code(), Some(0), "answer");
    is_ok(&caller.only().await?)
}

/// Given up long before, a call is cancelled.
pub async fn a_call_given_up_long_before_its_deadline_is_cancelled<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    let caller = Caller::new().settings(|settings| settings.timeout = Some(LONG));
    let caller = caller.timeout(LONG).patience(TIMEOUT);
    let peer = Peer::calls(hanging())?;
    let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
    check!(call.await.is_err(), "given up");
    is_cancelled(&caller.only().await?)
}
