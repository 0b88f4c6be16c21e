//! One request and its answer.

use std::io::{self, Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{
    Decodable, Encodable, HeaderVersion, StrBytes, encode_request_header_into_buffer,
};

use crate::net::Socket;

/// More than any answer to what is asked here.
const MAX_ANSWER: usize = 16 << 20;

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
pub(super) fn ask<A: Decodable + HeaderVersion>(
    socket: &mut Socket,
    (key, version): (ApiKey, i16),
    request: &impl Encodable,
) -> Result<A, Failure> {
    let frame = frame(key, version, request).map_err(Failure::NotSent)?;
    socket.write_all(&frame).map_err(Failure::NotSent)?;
    answer(socket, version).map_err(Failure::NoAnswer)
}

fn frame(key: ApiKey, version: i16, request: &impl Encodable) -> io::Result<Bytes> {
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

/// Nothing is ever asked before the last answer has come, so there are no numbers to compare.
fn answer<A: Decodable + HeaderVersion>(socket: &mut Socket, version: i16) -> io::Result<A> {
    let mut len = [0; 4];
    socket.read_exact(&mut len)?;
    let len = usize::try_from(i32::from_be_bytes(len)).unwrap_or(usize::MAX);
    if len > MAX_ANSWER {
        let problem = "the answer is too long; is this Kafka?";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    let mut answer = vec![0; len];
    socket.read_exact(&mut answer)?;
    let mut answer = Bytes::from(answer);
    ResponseHeader::decode(&mut answer, A::header_version(version)).map_err(io::Error::other)?;
    A::decode(&mut answer, version).map_err(io::Error::other)
}
