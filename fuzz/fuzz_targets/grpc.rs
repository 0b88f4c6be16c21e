//! gRPC: the status as a client's span shows it, timeouts, paths, and messages in any chunks.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tracer_core::carrier::Extract;
use tracer_core::http::{HttpClient, RequestView, ResponseView, Side};
use tracer_core::rpc::{self, Code, MessageCounter};
use tracer_recording::{InMemoryReporter, RecordingTracer};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    path: &'a str,
    timeout: &'a [u8],
    content_type: &'a [u8],
    http_status: u16,
    in_headers: Option<&'a [u8]>,
    in_trailers: Option<&'a [u8]>,
    message: Option<&'a [u8]>,
    chunks: Vec<&'a [u8]>,
}

struct Request<'a>(&'a str, Vec<(&'static str, &'a [u8])>);

impl RequestView for Request<'_> {
    fn method(&self) -> &str {
        "POST"
    }
    fn path(&self) -> &str {
        self.0
    }
    fn headers(&self) -> &dyn Extract {
        &self.1
    }
}

fuzz_target!(|input: Input<'_>| {
    pieces(&input);
    counter(&input.chunks);
    call(&input);
});

fn pieces(input: &Input<'_>) {
    let path = rpc::split_path(input.path);
    if let (Some(service), Some(method)) = (path.service, path.method) {
        assert_eq!(format!("{service}/{method}"), path.full);
        assert!(!method.contains('/'));
    }
    if let Some(timeout) = rpc::parse_timeout(input.timeout) {
        assert!(timeout <= Duration::from_secs(99_999_999 * 3600));
        assert!((2..=9).contains(&input.timeout.len()));
    }
    if rpc::is_grpc(Some(input.content_type)) {
        let start = input.content_type.get(..16).map(<[u8]>::to_ascii_lowercase);
        assert_eq!(start.as_deref(), Some(&b"application/grpc"[..]));
        assert_ne!(input.content_type.get(16), Some(&b'-'));
    }
    let code = Code::from_http_status(input.http_status);
    assert_eq!(Code::parse(code.number().to_string().as_bytes()), code);
    for status in [input.in_headers, input.in_trailers].into_iter().flatten() {
        let number = std::str::from_utf8(status).ok();
        let digits =
            |text: &&str| text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.filter(digits);
        let number = number.and_then(|text| text.parse::<u32>().ok());
        let expected = number.and_then(Code::from_number).unwrap_or(Code::Unknown);
        assert_eq!(Code::parse(status), expected);
    }
}

fn counter(chunks: &[&[u8]]) {
    let (mut whole, mut parts) = (MessageCounter::new(), MessageCounter::new());
    whole.push(&chunks.concat());
    chunks.iter().for_each(|chunk| parts.push(chunk));
    assert_eq!(whole, parts);
    // Bytes that cannot be seen never make the count wrong: it is right or lost.
    let mut blind = MessageCounter::new();
    for (i, chunk) in chunks.iter().enumerate() {
        if i % 2 == 0 {
            blind.push(chunk);
        } else {
            blind.skip(chunk.len() as u64);
        }
    }
    assert!(
        blind
            .count()
            .is_none_or(|count| Some(count) == whole.count())
    );
}

fn call(input: &Input<'_>) {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("fuzz", spans.clone()).build();
    let client = HttpClient::new(Arc::new(tracer), "fuzz").rpc();
    let request = Request(input.path, vec![("content-type", b"application/grpc")]);
    let fields = |status: Option<&[u8]>| -> Vec<(&'static str, Vec<u8>)> {
        let message = input.message.filter(|_| status.is_some());
        let status = status.map(|status| ("grpc-status", status.to_vec()));
        let message = message.map(|message| ("grpc-message", message.to_vec()));
        status.into_iter().chain(message).collect()
    };
    let (headers, trailers) = (fields(input.in_headers), fields(input.in_trailers));
    let mut call = client.start(&request);
    call.response(&ResponseView::new(input.http_status, &headers));
    for chunk in &input.chunks {
        call.data(chunk.len(), chunk);
    }
    call.trailers(&trailers);
    drop(call);
    let [span] = &spans.take()[..] else {
        panic!("one span")
    };
    // Trailers are the last word.
    let last = input.in_trailers.or(input.in_headers).map(Code::parse);
    if let Some(code) = last {
        assert_eq!(span.tag("grpc.status_code").as_deref(), Some(code.as_str()));
        assert_eq!(
            span.error.is_some(),
            code.is_error(Side::Client) || early(input)
        );
    } else {
        assert!(span.error.is_some(), "no status is an error");
    }
}

/// An error in the headers is not taken back by trailers.
fn early(input: &Input<'_>) -> bool {
    input.message.is_some_and(|message| !message.is_empty())
        && input
            .in_headers
            .is_some_and(|status| Code::parse(status) != Code::Ok)
}
