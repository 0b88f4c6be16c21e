//! How calls end otherwise than by a status, and when.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::kit::rpc::spans::{code, error, is_cancelled, is_ok};
use crate::kit::rpc::{
    Caller, Frame, Method, Orders, Peer, RawFrame, Reply, RpcClientFramework, Status, fed, handler,
    raw_fed, wire,
};
use crate::kit::{Outcome, Read};
use crate::{check, check_eq};

/// Not with the headers, nor with messages: with the trailers.
pub async fn a_span_ends_with_the_trailers<C: RpcClientFramework>(client: C) -> Outcome {
    for method in [Method::Download, Method::Chat] {
        let (feed, answer) = fed();
        let (peer, mut caller) = (Peer::calls(answer)?, Caller::new());
        let mut seen = caller.seen();
        let calling = caller.call(client, peer.address(), method, Orders::one());
        let feeding = async {
            for _ in 0..2 {
                feed.send(Frame::Message("reply".into()))?;
                seen.recv().await.ok_or("no message")?;
                check!(caller.finished().is_empty(), "open after a message");
            }
            feed.send(Frame::Status(Status::new(5, "burnt")))?;
            Outcome::Ok(())
        };
        let (ended, fed) = tokio::join!(calling, feeding);
        fed?;
        check_eq!(ended?.code(), Some(5), "answer");
        let told = error(&caller.only().await?);
        check_eq!(told.as_deref(), Some("NOT_FOUND: burnt"), "error");
    }
    Ok(())
}

/// Orders that are still to come keep a span open until the answer is complete.
pub async fn an_upload_is_one_span_to_its_last_order<C: RpcClientFramework>(client: C) -> Outcome {
    for method in [Method::Upload, Method::Chat] {
        let heard = Arc::new(Notify::new());
        let tell = Arc::clone(&heard);
        let peer = Peer::calls(handler(move |mut ask| {
            let tell = Arc::clone(&tell);
            async move {
                while let Some(Ok(_)) = ask.orders.next().await {
                    tell.notify_one();
                }
                Ok(Reply::messages(["reply".into()]))
            }
        }))?;
        let caller = Caller::new();
        let (orders, stream) = Orders::fed();
        let calling = caller.call(client, peer.address(), method, stream);
        let ordering = async {
            for _ in 0..3 {
                orders.send("order".into())?;
                heard.notified().await;
                check!(caller.finished().is_empty(), "open while orders go");
            }
            drop(orders);
            Outcome::Ok(())
        };
        let (ended, ordered) = tokio::join!(calling, ordering);
        ordered?;
        check_eq!(ended?.code(), Some(0), "answer");
        is_ok(&caller.only().await?)?;
    }
    Ok(())
}

/// An answer may come before the last order: then the call is over.
pub async fn an_answer_before_the_last_order_is_complete<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for method in [Method::Upload, Method::Chat] {
        let peer = Peer::calls(handler(async |mut ask| {
            ask.orders.next().await;
            Err(Status::new(8, "enough"))
        }))?;
        let (orders, stream) = Orders::fed();
        orders.send("order".into())?;
        let caller = Caller::new();
        let call = caller.call(client, peer.address(), method, stream);
        check_eq!(call.await?.code(), Some(8), "answer");
        let span = caller.only().await?;
        let told = error(&span);
        let text = "RESOURCE_EXHAUSTED: enough";
        check_eq!(told.as_deref(), Some(text), "error");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
    }
    Ok(())
}

/// A call that its caller gives up before the headers is cancelled, with its true duration; that is
/// no error.
pub async fn a_call_given_up_before_the_headers_is_cancelled<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for method in Method::ALL {
        let peer = Peer::calls(handler(async |_| {
            std::future::pending::<()>().await;
            Ok(Reply::messages([]))
        }))?;
        let patience = Duration::from_millis(40);
        let caller = Caller::new().patience(patience);
        let call = caller.call(client, peer.address(), method, Orders::one());
        check!(call.await.is_err(), "given up");
        let span = caller.only().await?;
        is_cancelled(&span)?;
        let least = u64::try_from(patience.as_nanos())? / 2;
        check!(span.duration >= least, "{} ns", span.duration);
    }
    Ok(())
}

/// So is a stream that is dropped half-way, or never read, even while orders may still go.
pub async fn a_stream_dropped_half_way_is_cancelled<C: RpcClientFramework>(client: C) -> Outcome {
    for (method, read) in [
        (Method::Download, Read::Nothing),
        (Method::Download, Read::One),
        (Method::Chat, Read::One),
    ] {
        let (feed, answer) = fed();
        feed.send(Frame::Message("reply".into()))?;
        let (orders, stream) = Orders::fed();
        orders.send("order".into())?;
        let caller = Caller::new().read(read);
        let peer = Peer::calls(answer)?;
        let call = caller.call(client, peer.address(), method, stream);
        check_eq!(call.await?.status, None, "not read");
        let span = caller.only().await?;
        is_cancelled(&span)?;
        if read == Read::One {
            let received = span.tag("grpc.messages_received");
            check_eq!(received.as_deref(), Some("1"), "messages");
        }
    }
    Ok(())
}

/// A stream that the server resets has the code that its caller sees.
pub async fn a_stream_that_is_reset_is_an_error<C: RpcClientFramework>(client: C) -> Outcome {
    let (feed, answer) = raw_fed();
    let (peer, mut caller) = (Peer::raw(answer)?, Caller::new());
    let mut seen = caller.seen();
    let calling = caller.call(client, peer.address(), Method::Download, Orders::one());
    let feeding = async {
        feed.send(RawFrame::Data(wire::framed(b"reply")))?;
        seen.recv().await.ok_or("no message")?;
        feed.send(RawFrame::Fails("pan on fire"))?;
        Outcome::Ok(())
    };
    let (ended, fed) = tokio::join!(calling, feeding);
    fed?;
    let span = caller.only().await?;
    check_eq!(code(&span).as_deref(), Some(C::RESET), "code");
    check!(span.error.is_some(), "an error");
    // A library that makes a status of it tells the same.
    if let Ok(Some(status)) = ended.map(|ended| ended.status) {
        let told = format!("{}: {}", C::RESET, status.message);
        check_eq!(error(&span), Some(told), "error");
    }
    let received = span.tag("grpc.messages_received");
    check_eq!(received.as_deref(), Some("1"), "messages");
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    Ok(())
}

/// A connection that breaks is UNKNOWN, with what is known of it.
pub async fn a_connection_that_breaks_is_unknown<C: RpcClientFramework>(client: C) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let breaking = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(connection);
        }
    });
    let caller = Caller::new();
    let ended = caller.call(client, address, Method::Unary, Orders::one());
    check!(
        !matches!(ended.await, Ok(ended) if ended.code() == Some(0)),
        "broken"
    );
    let span = caller.only().await?;
    check_eq!(code(&span).as_deref(), Some("UNKNOWN"), "code");
    let text = span.error.and_then(|(_, text)| text);
    check!(text.is_some_and(|text| !text.is_empty()), "a text");
    breaking.abort();
    Ok(())
}

/// Nobody listening is an error too, and says so.
pub async fn a_server_that_cannot_be_reached_is_an_error<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    // Bound, so that nobody else gets the port, and not listening.
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let address = socket.local_addr()?;
    let caller = Caller::new();
    let ended = caller.call(client, address, Method::Unary, Orders::one());
    check!(
        !matches!(ended.await, Ok(ended) if ended.code() == Some(0)),
        "refused"
    );
    let span = caller.only().await?;
    check_eq!(code(&span).as_deref(), Some(C::REFUSED), "code");
    check!(span.error.is_some(), "an error");
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    Ok(())
}
