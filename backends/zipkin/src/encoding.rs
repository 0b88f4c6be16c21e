//! How spans are written.

use std::fmt;
use std::str::FromStr;

/// How spans are written. Every Zipkin server reads both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Zipkin v2 JSON.
    #[default]
    Json,
    /// Zipkin's protocol buffers: about half the size of JSON before compression.
    Protobuf,
}

impl Encoding {
    /// The value of `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }
}

impl fmt::Display for Encoding {
    /// As `OTEL_EXPORTER_ZIPKIN_PROTOCOL` says it: `json` or `protobuf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Protobuf => "protobuf",
        })
    }
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Reads `json` or `protobuf`, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownEncoding> {
        let name = text.trim();
        [Self::Json, Self::Protobuf]
            .into_iter()
            .find(|encoding| encoding.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownEncoding(text.into()))
    }
}

/// The text names no encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEncoding(Box<str>);

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is none of json, protobuf", self.0)
    }
}

impl std::error::Error for UnknownEncoding {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_names() {
        assert_eq!(" JSON ".parse(), Ok(Encoding::Json));
        assert_eq!("protobuf".parse(), Ok(Encoding::Protobuf));
        let error = "proto4".parse::<Encoding>().unwrap_err().to_string();
        assert_eq!(error, "\"proto4\" is none of json, protobuf");
        assert_eq!(Encoding::default(), Encoding::Json);
    }
}
