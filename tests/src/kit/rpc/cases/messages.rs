//! How many messages a server sends.

use bytes::Bytes;

use crate::kit::Outcome;
use crate::kit::rpc::spans::{code, is_ok};
use crate::kit::rpc::{
    Frame, Line, Method, Orders, Raw, RawFrame, Reply, RpcFramework, Setup, Status, fed, handler,
    raw, wire,
};
use crate::{check, check_eq};

async fn counted<F: RpcFramework>(
    framework: F,
    replies: usize,
    size: usize,
    status: u32,
) -> Outcome {
    let answer = handler(move |_| {
        let replies = std::iter::repeat_n(Bytes::from(vec![7; size]), replies);
        std::future::ready(Ok(Reply::ending(replies, Status::new(status, ""))))
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Download, Orders::one()).await?;
    check_eq!(asked.end().await?.messages.len(), replies, "seen");
    let span = server.only().await?;
    let (sent, expected) = (span.tag("grpc.messages_sent"), replies.to_string());
    check_eq!(sent, Some(expected), "{replies} of {size} bytes");
    Ok(())
}

/// Counted as they pass: none, many, with whatever status, and empty ones.
pub async fn messages_are_counted<F: RpcFramework>(framework: F) -> Outcome {
    for (replies, status) in [(0, 0), (1, 0), (3, 0), (300, 0), (2, 5), (2, 13)] {
        counted(framework, replies, 3, status).await?;
    }
    counted(framework, 4, 0, 0).await
}

/// A message of many pieces is one.
pub async fn a_message_of_many_pieces_counts_once<F: RpcFramework>(framework: F) -> Outcome {
    counted(framework, 2, 200_000, 0).await?;
    // And pieces of which each holds the end of one message and the start of the next.
    let bytes: Vec<u8> = [&b"one"[..], b"", b"three"]
        .into_iter()
        .flat_map(wire::framed)
        .collect();
    for size in [1, 2, 4, 7, 9, bytes.len()] {
        let bytes = bytes.clone();
        let answer = raw(move || {
            let pieces = bytes.chunks(size).map(Bytes::copy_from_slice);
            let end = RawFrame::Trailers(&[("grpc-status", "0")]);
            Raw::grpc(&[]).body(pieces.map(RawFrame::Data).chain([end]))
        });
        let server = Setup::new().raw(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let asked = line.call(Method::Chat, Orders::one()).await?;
        check_eq!(asked.end().await?.messages.len(), 3, "seen");
        let sent = server.only().await?.tag("grpc.messages_sent");
        check_eq!(sent.as_deref(), Some("3"), "pieces of {size}");
    }
    Ok(())
}

/// Compressed messages are messages: one each, however long they were.
pub async fn compressed_messages_count_like_others<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        let replies = std::iter::repeat_n(Bytes::from(vec![7; 5_000]), 3);
        Ok(Reply::messages(replies))
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let headers = [("grpc-accept-encoding", "gzip")];
    let path = Method::Download.path();
    let asked = line.send(path, &headers, Orders::one()).await?;
    let may = asked.headers.contains_key("grpc-encoding");
    let ended = asked.end().await?;
    check_eq!(ended.messages.len(), 3, "seen");
    check_eq!(ended.compressed, if may { 3 } else { 0 }, "compressed");
    let sent = server.only().await?.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("3"), "of the framework");
    // And from a server that surely compresses.
    let message = wire::compressed(&[7; 5_000])?;
    let answer = raw(move || {
        let end = RawFrame::Trailers(&[("grpc-status", "0")]);
        let pieces = [RawFrame::Data(message.clone()), end];
        Raw::grpc(&[("grpc-encoding", "gzip")]).body(pieces)
    });
    let server = Setup::new().raw(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.send(path, &headers, Orders::one()).await?;
    check_eq!(asked.end().await?.compressed, 1, "seen");
    let sent = server.only().await?.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("1"), "by hand");
    Ok(())
}

/// A call whose answer breaks off counts what was sent.
pub async fn what_was_sent_before_a_cancellation_counts<F: RpcFramework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let mut asked = line.call(Method::Download, Orders::one()).await?;
    for _ in 0..2 {
        feed.send(Frame::Message("reply".into()))?;
        check!(asked.message().await?.is_some(), "a message");
    }
    drop(asked);
    let span = server.only().await?;
    let sent = span.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("2"), "messages");
    check_eq!(code(&span).as_deref(), Some("CANCELLED"), "code");
    Ok(())
}

/// Replies to messages that are still coming, one by one: the span holds them all.
pub async fn both_directions_may_take_turns<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |mut ask| {
        let (feed, frames) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let orders = &mut ask.orders;
            while let Some(Ok(order)) = futures_util::StreamExt::next(orders).await {
                // A caller that has gone away fails the case by itself.
                let _ = feed.send(Frame::Message(order));
            }
        });
        Ok(crate::kit::rpc::Frames::from(frames).into())
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let (orders, stream) = Orders::fed();
    let mut asked = line.call(Method::Chat, stream).await?;
    for order in ["one", "two", "three"] {
        orders.send(order.into())?;
        let reply = asked.message().await?;
        check_eq!(reply.as_deref(), Some(order.as_bytes()), "reply");
        check!(server.finished().is_empty(), "open after {order}");
    }
    drop(orders);
    check_eq!(asked.end().await?.code(), Some(0), "answer");
    let span = server.only().await?;
    is_ok(&span)?;
    let sent = span.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("3"), "messages");
    Ok(())
}
