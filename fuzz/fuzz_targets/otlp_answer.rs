//! What collectors answer to OTLP, over HTTP and over gRPC: any bytes, and answers whose meaning is known.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use libfuzzer_sys::fuzz_target;
use tracer_fuzz::proto::{base64, bytes, envelope, number};
use tracer_opentelemetry::fuzzed::{grpc, http};
use tracer_recording::Delivery;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Any(Answer<'a>),
    Partly(Partly<'a>),
    Again(Again<'a>),
}

fuzz_target!(|input: Input<'_>| match input {
    Input::Any(answer) => answer.check(),
    Input::Partly(answer) => answer.check(),
    Input::Again(answer) => answer.check(),
});

/// An answer of which nothing is known.
#[derive(Arbitrary, Debug)]
struct Answer<'a> {
    status: u16,
    retry_after: Option<&'a [u8]>,
    in_headers: Option<Status<'a>>,
    in_trailers: Option<Status<'a>>,
    body: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Status<'a> {
    code: &'a [u8],
    message: Option<&'a [u8]>,
    details: Option<&'a [u8]>,
}

impl Status<'_> {
    fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("grpc-status", Some(self.code)),
            ("grpc-message", self.message),
            ("grpc-status-details-bin", self.details),
        ] {
            put(headers, name, value);
        }
    }
}

/// Puts a header there unless HTTP would not let it through.
fn put(headers: &mut HeaderMap, name: &'static str, value: Option<&[u8]>) {
    let value = value.and_then(|value| HeaderValue::from_bytes(value).ok());
    if let Some(value) = value {
        headers.insert(name, value);
    }
}

impl Answer<'_> {
    fn check(&self) {
        let mut answer = Response::new(Bytes::copy_from_slice(self.body));
        let Ok(status) = http::StatusCode::from_u16(self.status) else {
            return;
        };
        *answer.status_mut() = status;
        put(answer.headers_mut(), "retry-after", self.retry_after);
        let delivery = http(&answer);
        readable(&delivery);
        assert!(status.is_success() || !matches!(delivery, Delivery::Sent { .. }));
        let again = matches!(delivery, Delivery::Retry { .. });
        assert_eq!(again, matches!(self.status, 429 | 502 | 503 | 504));

        let mut trailers = HeaderMap::new();
        for (status, headers) in [
            (&self.in_headers, answer.headers_mut()),
            (&self.in_trailers, &mut trailers),
        ] {
            if let Some(status) = status {
                status.put(headers);
            }
        }
        // Trailers are the last word.
        let code = [&trailers, answer.headers()];
        let code = code.map(|headers| headers.get("grpc-status").cloned());
        let code = code.into_iter().flatten().next();
        let delivery = grpc(answer, trailers).expect("an answer");
        readable(&delivery);
        if let Some(code) = code {
            let code = code.as_bytes();
            assert!(code == b"0" || !matches!(delivery, Delivery::Sent { .. }));
            let may_come_again = matches!(code, b"8" | b"14");
            assert!(may_come_again || !matches!(delivery, Delivery::Retry { .. }));
        }
    }
}

/// An export that is taken in part (OTLP specification, "Partial Success").
#[derive(Arbitrary, Debug)]
struct Partly<'a> {
    rejected: i64,
    why: &'a str,
    unknown: (u32, &'a [u8]),
}

impl Partly<'_> {
    fn check(&self) {
        let (field, value) = self.unknown;
        // Numbers that no later version of the message is likely to take.
        let unknown = bytes(1_000 + u64::from(field % 1_000), value);
        let partial = [number(1, self.rejected), bytes(2, self.why.as_bytes())];
        let partial = [&unknown, &*partial.concat()].concat();
        let message = [bytes(1, &partial), unknown].concat();
        let over_http = http(&Response::new(message.clone().into()));
        let enveloped = Response::new(envelope(&message).into());
        let over_grpc = grpc(enveloped, status("0", None)).expect("an answer");
        assert_eq!(over_http, over_grpc);
        readable(&over_http);
        match over_http {
            Delivery::Sent { .. } => assert!(self.rejected <= 0),
            Delivery::Rejected { reason } => {
                let count = format!("{} spans not taken", self.rejected);
                assert!(self.rejected > 0 && reason.starts_with(&count), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A collector that says when (OTLP specification, "OTLP/gRPC Throttling").
#[derive(Arbitrary, Debug)]
struct Again<'a> {
    exhausted: bool,
    before: Vec<(&'a str, &'a [u8])>,
    seconds: i64,
    nanos: i32,
    padded: bool,
}

impl Again<'_> {
    fn check(&self) {
        const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
        let any = |name: &str, value: &[u8]| {
            let any = [bytes(1, name.as_bytes()), bytes(2, value)];
            bytes(3, &any.concat())
        };
        let others = self.before.iter();
        let others = others.filter(|(name, _)| !name.ends_with("RetryInfo"));
        let mut details: Vec<u8> = others.flat_map(|(name, value)| any(name, value)).collect();
        let delay = [number(1, self.seconds), number(2, self.nanos.into())];
        details.extend(any(RETRY_INFO, &bytes(1, &delay.concat())));
        let mut details = base64(&details);
        if !self.padded {
            details.truncate(details.trim_end_matches('=').len());
        }
        let code = if self.exhausted { "8" } else { "14" };
        let answer = Response::new(Bytes::new());
        let delivery = grpc(answer, status(code, Some(&details))).expect("an answer");
        let Delivery::Retry { after, .. } = delivery else {
            panic!("{delivery:?}")
        };
        let seconds = u64::try_from(self.seconds).map(Duration::from_secs);
        let nanos = u64::try_from(self.nanos).map(Duration::from_nanos);
        let expected = seconds.ok().zip(nanos.ok());
        assert_eq!(after, expected.map(|(seconds, nanos)| seconds + nanos));
    }
}

fn status(code: &str, details: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let (message, details) = (None, details.map(str::as_bytes));
    let code = code.as_bytes();
    Status {
        code,
        message,
        details,
    }
    .put(&mut headers);
    headers
}

/// Whatever a collector says, a line of the log stays one line, and short.
fn readable(delivery: &Delivery) {
    let (Delivery::Retry { reason, .. }
    | Delivery::TooLarge { reason }
    | Delivery::Rejected { reason }) = delivery
    else {
        return;
    };
    assert!(!reason.contains(char::is_control), "{reason:?}");
    assert!(reason.len() <= 1_000, "{}", reason.len());
}
