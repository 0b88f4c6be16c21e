//! gRPC's messages and statuses as bytes, for those who write and read them by hand.

use std::io::{Read, Write};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Body;

use super::plan::Status;
use crate::kit::Failed;

const PREFIX: usize = 5;

/// A message with its prefix.
pub fn framed(message: &[u8]) -> Bytes {
    prefixed(0, message)
}

/// The same, compressed with gzip.
///
/// # Errors
///
/// When it cannot be compressed.
pub fn compressed(message: &[u8]) -> Result<Bytes, Failed> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message)?;
    Ok(prefixed(1, &encoder.finish()?))
}

fn prefixed(flag: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(PREFIX + message.len());
    bytes.put_u8(flag);
    bytes.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    bytes.put_slice(message);
    bytes.freeze()
}

/// Text as a `grpc-message` carries it.
pub fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'%';
    text.bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        match u8::from_str_radix(digits, 16) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend_from_slice(digits.as_bytes()),
        }
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The status in headers or trailers.
pub fn status(headers: &HeaderMap) -> Option<Status> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let code = text("grpc-status")?.parse().unwrap_or(2);
    let message = percent_decoded(text("grpc-message").unwrap_or_default());
    Some(Status { code, message })
}

/// Reads the messages of a body, and its trailers.
#[derive(Debug)]
pub struct Reader<B> {
    body: B,
    buffer: BytesMut,
    trailers: HeaderMap,
    compressed: u32,
}

impl<B> Reader<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Failed>,
{
    /// Of a body that nobody has read.
    pub fn new(body: B) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            trailers: HeaderMap::new(),
            compressed: 0,
        }
    }

    /// How many messages were compressed.
    pub fn compressed(&self) -> u32 {
        self.compressed
    }

    /// The trailers, after the end.
    pub fn trailers(&self) -> &HeaderMap {
        &self.trailers
    }

    /// The next message; `None` after the last.
    ///
    /// # Errors
    ///
    /// When the body breaks off.
    pub async fn message(&mut self) -> Result<Option<Bytes>, Failed> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Some(message));
            }
            let Some(frame) = self.body.frame().await else {
                return Ok(None);
            };
            match frame.map_err(Into::into)?.into_data() {
                Ok(data) => self.buffer.extend_from_slice(&data),
                Err(frame) => self
                    .trailers
                    .extend(frame.into_trailers().ok().into_iter().flatten()),
            }
        }
    }

    fn buffered(&mut self) -> Result<Option<Bytes>, Failed> {
        let Some((mut prefix, rest)) = self.buffer.split_at_checked(PREFIX) else {
            return Ok(None);
        };
        let (flag, length) = (prefix.get_u8(), prefix.get_u32() as usize);
        if rest.len() < length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX);
        let message = self.buffer.split_to(length).freeze();
        if flag == 0 {
            return Ok(Some(message));
        }
        self.compressed += 1;
        let mut whole = Vec::new();
        GzDecoder::new(&message[..]).read_to_end(&mut whole)?;
        Ok(Some(whole.into()))
    }
}
