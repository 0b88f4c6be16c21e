//! Calls that their callers give up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::kit::rpc::spans::is_cancelled;
use crate::kit::rpc::{
    Frame, Frames, Handler, Line, Method, Orders, Reply, RpcFramework, Setup, fed, handler,
};
use crate::kit::{Outcome, Witness};
use crate::{check, check_eq};

/// A handler that never answers, and what tells that it was asked.
fn hanging() -> (Arc<Notify>, Handler) {
    let started = Arc::new(Notify::new());
    let begun = Arc::clone(&started);
    let answer = handler(move |ask| {
        let begun = Arc::clone(&begun);
        async move {
            // Orders are not heard; they stay as long as the call.
            let _ask = ask;
            begun.notify_one();
            std::future::pending::<()>().await;
            Ok(Reply::messages([]))
        }
    });
    (started, answer)
}

/// A call that is reset before the headers is cancelled, with its true duration; that is no error.
pub async fn a_call_reset_before_the_headers_is_cancelled<F: RpcFramework>(
    framework: F,
) -> Outcome {
    for method in Method::ALL {
        let (started, answer) = hanging();
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let (orders, stream) = Orders::fed();
        orders.send("order".into())?;
        let orders = matches!(method, Method::Upload | Method::Chat).then_some(orders);
        let mut asked = Box::pin(line.call(method, stream));
        tokio::select! {
            answer = &mut asked => return Err(format!("answered: {answer:?}").into()),
            () = started.notified() => {}
        }
        let since = Instant::now();
        tokio::select! {
            answer = &mut asked => return Err(format!("answered: {answer:?}").into()),
            // Time itself is the point: the duration must show it.
            () = tokio::time::sleep(Duration::from_millis(30)) => {}
        }
        check!(server.finished().is_empty(), "open while it runs");
        let waited = since.elapsed().as_nanos();
        drop(asked);
        let span = server.only().await?;
        is_cancelled(&span)?;
        let duration = u128::from(span.duration);
        check!(duration >= waited, "its true duration: {duration} ns");
        drop(orders);
    }
    Ok(())
}

/// So is one that is dropped between two messages.
pub async fn a_stream_reset_half_way_is_cancelled<F: RpcFramework>(framework: F) -> Outcome {
    for read in [0, 1] {
        let (feed, answer) = fed();
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let mut asked = line.call(Method::Download, Orders::one()).await?;
        for _ in 0..read {
            feed.send(Frame::Message("reply".into()))?;
            check!(asked.message().await?.is_some(), "a message");
        }
        check!(server.finished().is_empty(), "open while it runs");
        drop(asked);
        is_cancelled(&server.only().await?)?;
    }
    Ok(())
}

/// A stream that is reset is one call: its neighbours on the connection go on.
pub async fn a_stream_that_is_reset_cancels_one_call<F: RpcFramework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let (started, waits) = hanging();
    let answer = handler(move |ask| match Method::of(&ask.path) {
        Some(Method::Unary) => waits(ask),
        _ => answer(ask),
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let mut stays = line.call(Method::Download, Orders::one()).await?;
    tokio::select! {
        answer = line.call(Method::Unary, Orders::one()) => {
            return Err(format!("answered: {answer:?}").into());
        }
        () = started.notified() => {}
    }
    let gone = server.only().await?;
    check_eq!(gone.name, "kit.Calls/Unary", "which");
    is_cancelled(&gone)?;
    feed.send(Frame::Message("reply".into()))?;
    check!(stays.message().await?.is_some(), "a message");
    drop(feed);
    check_eq!(stays.end().await?.code(), Some(0), "answer");
    let spans = server.spans(2).await?;
    crate::kit::rpc::spans::is_ok(&spans[1])
}

/// A connection that goes takes all its calls along.
pub async fn a_connection_that_goes_cancels_all_its_calls<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let (started, waits) = hanging();
    let answer = handler(move |ask| {
        let waits = Arc::clone(&waits);
        async move {
            if Method::of(&ask.path) == Some(Method::Unary) {
                return waits(ask).await;
            }
            let (feed, frames) = tokio::sync::mpsc::unbounded_channel();
            // The receiver is right here.
            let _ = feed.send(Frame::Message("reply".into()));
            tokio::spawn(async move {
                feed.closed().await;
                drop(ask);
            });
            Ok(Reply::from(Frames::from(frames)))
        }
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let (_orders, stream) = Orders::fed();
    let mut chat = line.call(Method::Chat, stream).await?;
    let mut download = line.call(Method::Download, Orders::one()).await?;
    for streaming in [&mut chat, &mut download] {
        check!(streaming.message().await?.is_some(), "a message");
    }
    {
        let mut unary = Box::pin(line.call(Method::Unary, Orders::one()));
        tokio::select! {
            answer = &mut unary => return Err(format!("answered: {answer:?}").into()),
            () = started.notified() => {}
        }
        check!(server.finished().is_empty(), "open while they run");
        line.close()?;
        check!(unary.await.is_err(), "the caller sees it");
    }
    let spans = server.spans(3).await?;
    for span in &spans {
        is_cancelled(span)?;
    }
    Ok(())
}

/// What a stream holds is dropped while its span is current, also when its caller has gone.
pub async fn the_span_is_current_while_a_stream_is_dropped<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let (witness, mut told) = Witness::new();
    let (feed, frames) = tokio::sync::mpsc::unbounded_channel();
    let frames = Frames::from(frames).witness(witness);
    let frames = Arc::new(std::sync::Mutex::new(Some(frames)));
    let answer = handler(move |_| {
        let frames = frames.lock().ok().and_then(|mut frames| frames.take());
        std::future::ready(Ok(frames.map_or_else(|| Reply::messages([]), Reply::from)))
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    feed.send(Frame::Message("reply".into()))?;
    let mut asked = line.call(Method::Download, Orders::one()).await?;
    check!(asked.message().await?.is_some(), "a message");
    drop(asked);
    let span = server.only().await?.context.span_id();
    check_eq!(told.recv().await, Some(Some(span)), "current");
    Ok(())
}

/// A caller that goes away when it has read the status has given nothing up.
pub async fn a_caller_that_goes_after_the_status_cancels_nothing<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let answer = handler(async |_| Ok(Reply::messages(["reply".into()])));
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let (orders, stream) = Orders::fed();
    orders.send("order".into())?;
    // Its own half stays open.
    let ended = line.call(Method::Chat, stream).await?.end().await?;
    check_eq!(ended.code(), Some(0), "answer");
    line.close()?;
    crate::kit::rpc::spans::is_ok(&server.only().await?)
}
