//! When the spans of calls end that come to their end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::kit::rpc::spans::{code, error, is_ok};
use crate::kit::rpc::{
    Frame, Line, Method, Orders, Reply, RpcFramework, Setup, Status, fed, handler,
};
use crate::kit::{Outcome, Server};
use crate::{check, check_eq};

/// Not with the headers, nor with messages: with the trailers.
pub async fn a_span_ends_with_the_trailers<F: RpcFramework>(framework: F) -> Outcome {
    for method in [Method::Download, Method::Chat] {
        let (feed, answer) = fed();
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let mut asked = line.call(method, Orders::one()).await?;
        check!(server.finished().is_empty(), "open after the headers");
        for _ in 0..2 {
            feed.send(Frame::Message("reply".into()))?;
            check!(asked.message().await?.is_some(), "a message");
            check!(server.finished().is_empty(), "open after a message");
        }
        feed.send(Frame::Status(Status::new(13, "burnt")))?;
        check_eq!(asked.end().await?.code(), Some(13), "answer");
        let span = server.only().await?;
        check_eq!(error(&span).as_deref(), Some("INTERNAL: burnt"), "error");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
    }
    Ok(())
}

/// All orders are heard before the answer to an upload; the span holds them.
pub async fn an_upload_is_one_span_from_its_first_order<F: RpcFramework>(framework: F) -> Outcome {
    let heard = Arc::new(Notify::new());
    let tell = Arc::clone(&heard);
    let answer = handler(move |mut ask| {
        let tell = Arc::clone(&tell);
        async move {
            let mut count = 0_u8;
            while let Some(Ok(_)) = ask.orders.next().await {
                count += 1;
                tell.notify_one();
            }
            Ok(Reply::messages([vec![count].into()]))
        }
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let (orders, stream) = Orders::fed();
    let calling = line.call(Method::Upload, stream);
    let ordering = async {
        for _ in 0..3 {
            orders.send("order".into())?;
            heard.notified().await;
            check!(server.finished().is_empty(), "open while orders come");
        }
        drop(orders);
        Outcome::Ok(())
    };
    let (asked, ordered) = tokio::join!(calling, ordering);
    ordered?;
    check_eq!(asked?.end().await?.messages, [vec![3]], "answer");
    is_ok(&server.only().await?)
}

/// A server need not hear its caller out.
pub async fn an_answer_before_the_last_order_is_complete<F: RpcFramework>(framework: F) -> Outcome {
    for method in [Method::Upload, Method::Chat] {
        let answer = handler(async |mut ask| {
            ask.orders.next().await;
            Err(Status::new(8, "enough"))
        });
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let (orders, stream) = Orders::fed();
        orders.send("order".into())?;
        let ended = line.call(method, stream).await?.end().await?;
        check_eq!(ended.code(), Some(8), "answer");
        let span = server.only().await?;
        let name = code(&span);
        check_eq!(name.as_deref(), Some("RESOURCE_EXHAUSTED"), "code");
        check_eq!(error(&span), None, "no error of the server");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
    }
    Ok(())
}

/// A server that is told to stop lets calls in flight end, and so do their spans.
pub async fn a_graceful_shutdown_ends_calls_in_flight<F: RpcFramework>(framework: F) -> Outcome {
    for method in [Method::Unary, Method::Download] {
        let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begun, wait) = (Arc::clone(&started), Arc::clone(&go));
        let answer = handler(move |mut ask| {
            let (begun, wait) = (Arc::clone(&begun), Arc::clone(&wait));
            async move {
                // Or the caller may still be sending when the connection is closed, which is its error.
                while ask.orders.next().await.is_some() {}
                begun.notify_one();
                wait.notified().await;
                Ok(Reply::messages(["reply".into()]))
            }
        });
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let stopping = async {
            started.notified().await;
            let spans = Server::stop(server);
            go.notify_one();
            spans
        };
        let calling = async { line.call(method, Orders::one()).await?.end().await };
        let (ended, spans) = tokio::join!(calling, stopping);
        check_eq!(ended?.code(), Some(0), "answer");
        let there = spans.clone();
        let came = tokio::task::spawn_blocking(move || there.wait_for(1, Duration::from_secs(20)));
        check!(came.await?, "the span ends");
        is_ok(&spans.spans().pop().ok_or("no span")?)?;
    }
    Ok(())
}
