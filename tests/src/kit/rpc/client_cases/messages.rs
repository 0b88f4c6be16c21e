//! How many messages a client receives.

use bytes::Bytes;

use crate::check_eq;
use crate::kit::Outcome;
use crate::kit::rpc::spans::is_ok;
use crate::kit::rpc::{
    Caller, Method, Orders, Peer, Raw, RawFrame, RawHandler, Reply, RpcClientFramework, handler,
    raw, wire,
};

async fn received<C: RpcClientFramework>(client: C, peer: &Peer, expected: usize) -> Outcome {
    let caller = Caller::new();
    let call = caller.call(client, peer.address(), Method::Download, Orders::one());
    check_eq!(call.await?.messages.len(), expected, "seen");
    let span = caller.only().await?;
    is_ok(&span)?;
    let (received, expected) = (span.tag("grpc.messages_received"), expected.to_string());
    check_eq!(received, Some(expected), "messages");
    Ok(())
}

/// Counted as they come, none and many, short and long.
pub async fn messages_are_counted<C: RpcClientFramework>(client: C) -> Outcome {
    for (replies, size) in [(0, 0), (1, 3), (3, 0), (300, 3), (2, 200_000)] {
        let peer = Peer::calls(handler(move |_| {
            let replies = std::iter::repeat_n(Bytes::from(vec![7; size]), replies);
            std::future::ready(Ok(Reply::messages(replies)))
        }))?;
        received(client, &peer, replies).await?;
    }
    Ok(())
}

fn pieces(pieces: Vec<Bytes>, headers: &'static [(&'static str, &'static str)]) -> RawHandler {
    raw(move || {
        let end = RawFrame::Trailers(&[("grpc-status", "0")]);
        let pieces = pieces.iter().cloned().map(RawFrame::Data);
        Raw::grpc(headers).body(pieces.chain([end]))
    })
}

/// A message of many pieces is one.
pub async fn a_message_of_many_pieces_counts_once<C: RpcClientFramework>(client: C) -> Outcome {
    let bytes = [&b"one"[..], b"", b"three"].into_iter();
    let bytes: Vec<u8> = bytes.flat_map(wire::framed).collect();
    for size in [1, 4, 7, 9, bytes.len()] {
        let cut = bytes.chunks(size).map(Bytes::copy_from_slice);
        let peer = Peer::raw(pieces(cut.collect(), &[]))?;
        received(client, &peer, 3).await?;
    }
    Ok(())
}

/// Compressed messages are messages: one each, however long they were.
pub async fn compressed_messages_count_like_others<C: RpcClientFramework>(client: C) -> Outcome {
    let message = wire::compressed(&[7; 50_000])?;
    let gzip = &[("grpc-encoding", "gzip")];
    let peer = Peer::raw(pieces(vec![message.clone(), message], gzip))?;
    received(client, &peer, 2).await
}
