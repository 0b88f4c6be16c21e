//! What a collector says about sending again (OTLP specification, "OTLP/gRPC Throttling").

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use prost::Message;
use tonic::metadata::MetadataMap;

/// `google.rpc.Status`, in base64 with or without padding.
const DETAILS: &str = "grpc-status-details-bin";
/// After the last `/` of a type's URL.
const TYPE: &str = "google.rpc.RetryInfo";

/// The details of a status, without what stands in headers of its own.
#[derive(Clone, PartialEq, Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(bytes = "bytes", tag = "1")]
    type_url: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// `google.rpc.RetryInfo`: there is a point in sending again.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl RetryInfo {
    /// Takes the details out of these headers or trailers: tonic, which reads the rest of a status,
    /// takes for granted that they are base64. None if they say nothing about sending again, and if
    /// they cannot be read.
    pub(super) fn take(headers: &mut HeaderMap) -> Option<Self> {
        let mut details = HeaderMap::new();
        details.insert(DETAILS, headers.remove(DETAILS)?);
        let details = MetadataMap::from_headers(details);
        let details = details.get_bin(DETAILS)?.to_bytes().ok()?;
        let details = Details::decode(details).ok()?.details;
        let mut found = details.into_iter().filter(Any::is_retry_info);
        Self::decode(found.next()?.value).ok()
    }

    /// How long to wait at least. None if that is not said, or lies in the past.
    pub(super) fn delay(&self) -> Option<Duration> {
        let Delay { seconds, nanos } = self.retry_delay?;
        let seconds = Duration::from_secs(seconds.try_into().ok()?);
        let nanos = Duration::from_nanos(nanos.try_into().ok()?);
        Some(seconds.saturating_add(nanos))
    }
}

impl Any {
    fn is_retry_info(&self) -> bool {
        self.type_url.rsplit(|byte| *byte == b'/').next() == Some(TYPE.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// `google.rpc.Status` with a code, a message, details of another kind and a delay of 1.5 s, as
    /// other implementations encode it.
    const PADDED: &str = "CAgSBHNsb3caLAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLkRlYnVnSW5mbxIA\
        GjYKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5SZXRyeUluZm8SCgoICAEQgMq17gE=";

    fn taken(value: &str) -> Option<RetryInfo> {
        let mut headers = HeaderMap::new();
        headers.insert(DETAILS, value.parse().unwrap());
        let taken = RetryInfo::take(&mut headers);
        assert!(headers.is_empty());
        taken
    }

    /// What is read of these bytes, in the way they come.
    fn read(bytes: &[u8]) -> Option<RetryInfo> {
        let mut metadata = MetadataMap::new();
        metadata.insert_bin(DETAILS, tonic::metadata::MetadataValue::from_bytes(bytes));
        RetryInfo::take(&mut metadata.into_headers())
    }

    fn status(type_url: &'static str, value: Vec<u8>) -> Vec<u8> {
        let any = Any {
            type_url: Bytes::from_static(type_url.as_bytes()),
            value: value.into(),
        };
        Details { details: vec![any] }.encode_to_vec()
    }

    fn delay(seconds: i64, nanos: i32) -> Option<Duration> {
        let retry_delay = Some(Delay { seconds, nanos });
        RetryInfo { retry_delay }.delay()
    }

    #[test]
    fn base64_may_be_padded_or_not() {
        for text in [PADDED, PADDED.trim_end_matches('=')] {
            let delay = taken(text).unwrap().delay();
            assert_eq!(delay, Some(Duration::from_millis(1500)), "{text}");
        }
    }

    #[test]
    fn a_delay_need_not_be_said() {
        let info = read(&status("a.test/google.rpc.RetryInfo", Vec::new())).unwrap();
        assert_eq!(info.delay(), None);
    }

    #[test]
    fn details_about_something_else_say_nothing() {
        for other in ["a.test/google.rpc.ErrorInfo", "google.rpc.RetryInfo/", ""] {
            assert_eq!(read(&status(other, Vec::new())), None, "{other}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(RetryInfo::take(&mut HeaderMap::new()), None);
    }

    #[test]
    fn a_delay_is_a_time_to_come() {
        assert_eq!(delay(0, 0), Some(Duration::ZERO));
        assert_eq!(delay(2, 5), Some(Duration::new(2, 5)));
        for (seconds, nanos) in [(-1, 0), (0, -1), (-1, -1), (1, -1), (i64::MIN, i32::MIN)] {
            assert_eq!(delay(seconds, nanos), None, "{seconds} {nanos}");
        }
        let longest = delay(i64::MAX, i32::MAX).unwrap();
        assert!(longest >= Duration::from_secs(i64::MAX as u64));
    }

    #[test]
    fn whatever_the_bytes_it_is_no_panic() {
        for text in ["*", "=", "A", "AAAA====", "CAg SB", "\u{e9}"] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(DETAILS, value);
            assert_eq!(RetryInfo::take(&mut headers), None, "{text}");
        }
        let delay = RetryInfo {
            retry_delay: Some(Delay {
                seconds: i64::MAX,
                nanos: i32::MAX,
            }),
        };
        let sound = status("a.test/google.rpc.RetryInfo", delay.encode_to_vec());
        assert!(read(&sound).is_some());
        for length in 0..sound.len() {
            read(&sound[..length]);
        }
        for at in 0..sound.len() {
            for byte in 0..=u8::MAX {
                let mut odd = sound.clone();
                odd[at] = byte;
                if let Some(info) = read(&odd) {
                    info.delay();
                }
            }
        }
    }
}
