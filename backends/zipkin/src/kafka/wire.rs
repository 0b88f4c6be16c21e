//! One request and its answer.

use std::io::{self, Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader};
use kafka_protocol::protocol::{Encodable, StrBytes, encode_request_header_into_buffer};

use crate::net::Socket;

/// More than any answer to what is asked here: a topic of fifty thousand partitions.
const MAX_ANSWER: usize = 4 << 20;
/// The number of the request, which needs none: nothing is ever asked before the last answer has
/// come.
const HEADER: usize = 4;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request was not written whole.
    NotSent(io::Error),
    /// It was, but nothing came that makes sense.
    NoAnswer(io::Error),
}

impl Failure {
    pub(super) fn into_error(self) -> io::Error {
        match self {
            Self::NotSent(error) | Self::NoAnswer(error) => error,
        }
    }
}

/// Sends a request of this version and reads its answer.
pub(super) fn ask<A>(
    socket: &mut Socket,
    request: (ApiKey, i16, &impl Encodable),
    read: impl FnOnce(&[u8]) -> Option<A>,
) -> Result<A, Failure> {
    let frame = frame(request).map_err(Failure::NotSent)?;
    let sent = socket.write_all(&frame).and_then(|()| socket.flush());
    sent.map_err(Failure::NotSent)?;
    answer(socket, read).map_err(Failure::NoAnswer)
}

fn frame((key, version, request): (ApiKey, i16, &impl Encodable)) -> io::Result<Bytes> {
    let header = RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_client_id(Some(StrBytes::from_static_str("tracer-zipkin")));
    let mut out = BytesMut::new();
    out.put_i32(0);
    encode_request_header_into_buffer(&mut out, &header).map_err(io::Error::other)?;
    request
        .encode(&mut out, version)
        .map_err(io::Error::other)?;
    let len = i32::try_from(out.len() - 4).map_err(io::Error::other)?;
    if let Some(slot) = out.first_chunk_mut() {
        *slot = len.to_be_bytes();
    }
    Ok(out.freeze())
}

fn answer<A>(socket: &mut Socket, read: impl FnOnce(&[u8]) -> Option<A>) -> io::Result<A> {
    let mut len = [0; 4];
    socket.read_exact(&mut len)?;
    let len = u32::from_be_bytes(len) as usize;
    if len > MAX_ANSWER {
        return Err(nonsense());
    }
    let mut answer = vec![0; len];
    socket.read_exact(&mut answer)?;
    let body = answer.get(HEADER..).unwrap_or_default();
    read(body).ok_or_else(nonsense)
}

fn nonsense() -> io::Error {
    let problem = "the answer makes no sense; is this Kafka?";
    io::Error::new(io::ErrorKind::InvalidData, problem)
}
