//! Frames of AMQP 0-9-1 (sections 2.3.5 and 4.2), and what stands in them.

use std::io::{self, Read};

use crate::net::Reader;

pub(super) const METHOD: u8 = 1;
pub(super) const HEADER: u8 = 2;
pub(super) const BODY: u8 = 3;
const END: u8 = 0xce;
/// Type, channel, length; and the end.
pub(super) const OVERHEAD: usize = 8;
const HEARTBEAT: u8 = 8;
/// No frame that a broker sends here is near it.
const MAX: u32 = 1 << 20;

/// A frame as it came.
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// Reads the next frame. `in_step` is false if that failed within one.
    pub(super) fn read(from: &mut impl Read, in_step: &mut bool) -> io::Result<Self> {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        *in_step = false;
        let [kind] = kind;
        let mut head = [0; 6];
        from.read_exact(&mut head)?;
        let [_, _, len @ ..] = head;
        let len = u32::from_be_bytes(len);
        // A broker of another version answers with its own `AMQP…`, and an HTTP server with `HTTP/…`.
        if len > MAX {
            return Err(nonsense());
        }
        let mut payload = vec![0; len as usize];
        from.read_exact(&mut payload)?;
        let mut end = [0];
        from.read_exact(&mut end)?;
        if end != [END] {
            return Err(nonsense());
        }
        *in_step = true;
        Ok(Self { kind, payload })
    }
}

/// For answers that make no sense.
pub(super) fn nonsense() -> io::Error {
    let problem = "the answer makes no sense; is this AMQP 0-9-1?";
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// Appends a frame.
pub(super) fn push(out: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&channel.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out.push(END);
}

/// A frame that says nothing.
pub(super) fn heartbeat() -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, HEARTBEAT, 0, &[]);
    out
}

/// A method and its arguments, written one by one.
pub(super) struct Method(Vec<u8>);

impl Method {
    pub(super) fn new((class, method): (u16, u16)) -> Self {
        Self(Vec::new()).u16(class).u16(method)
    }

    pub(super) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn u16(mut self, value: u16) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// A text of at most 255 bytes; a longer one is cut, which the endpoint rules out.
    pub(super) fn short(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let text = text.get(..255).unwrap_or(text);
        self.0.push(text.len() as u8);
        self.0.extend_from_slice(text);
        self
    }

    pub(super) fn long(self, bytes: &[u8]) -> Self {
        let mut longer = self.u32(bytes.len() as u32);
        longer.0.extend_from_slice(bytes);
        longer
    }

    /// Appends the method as a frame.
    pub(super) fn push(&self, out: &mut Vec<u8>, channel: u16) {
        push(out, METHOD, channel, &self.0);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A table of texts and truth values.
#[derive(Default)]
pub(super) struct Table(Vec<u8>);

impl Table {
    pub(super) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key, b'S');
        self.0
            .extend_from_slice(&(value.len() as u32).to_be_bytes());
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    pub(super) fn yes(mut self, key: &str) -> Self {
        self.key(key, b't');
        self.0.push(1);
        self
    }

    pub(super) fn table(mut self, key: &str, value: &Self) -> Self {
        self.key(key, b'F');
        self.0
            .extend_from_slice(&(value.0.len() as u32).to_be_bytes());
        self.0.extend_from_slice(&value.0);
        self
    }

    fn key(&mut self, key: &str, kind: u8) {
        self.0.push(key.len() as u8);
        self.0.extend_from_slice(key.as_bytes());
        self.0.push(kind);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A short text from the arguments of a method, on one line.
pub(super) fn short(reader: &mut Reader<'_>) -> Option<String> {
    let [len] = reader.array()?;
    let text = reader.bytes(usize::from(len))?;
    Some(String::from_utf8_lossy(text).replace(char::is_control, " "))
}

/// A long text, or a table as bytes.
pub(super) fn long<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.u32()?;
    reader.bytes(len as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back() {
        let mut out = Vec::new();
        Method::new((60, 40)).short("queue").push(&mut out, 1);
        push(&mut out, BODY, 1, b"[]");
        assert_eq!(out.len(), 2 * OVERHEAD + 10 + 2);
        let mut from = &out[..];
        let mut in_step = true;
        let method = Frame::read(&mut from, &mut in_step).unwrap();
        assert_eq!(method.kind, METHOD);
        let mut reader = Reader(&method.payload);
        assert_eq!((reader.u16(), reader.u16()), (Some(60), Some(40)));
        assert_eq!(short(&mut reader).as_deref(), Some("queue"));
        assert_eq!(reader.u16(), None);
        let body = Frame::read(&mut from, &mut in_step).unwrap();
        assert_eq!(body.payload, b"[]");
        assert!(Frame::read(&mut from, &mut in_step).is_err());
        assert!(in_step);
    }

    #[test]
    fn nonsense_is_an_error() {
        for bytes in [
            &b"AMQP\0\0\x09\x01"[..],
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"\x01\0\0\0\0\0\x02abX",
            b"\x01\0\0\xff\xff\xff\xffab",
            b"\x01",
        ] {
            let mut in_step = true;
            assert!(Frame::read(&mut &bytes[..], &mut in_step).is_err());
            assert!(!in_step);
        }
    }
}
