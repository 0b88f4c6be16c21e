//! Futures and bodies are moved with every request: what the layer adds to them must not grow
//! unnoticed.

use std::future::Ready;
use std::mem::size_of;

use http_body_util::Full;
use tracer_tower::{ResponseBody, ResponseFuture};

type Inner = Ready<Result<http::Response<Full<bytes::Bytes>>, std::io::Error>>;

#[test]
fn what_is_added_to_a_future_and_a_body_stays_small() {
    let future = size_of::<ResponseFuture<Inner>>() - size_of::<Inner>();
    let body = size_of::<ResponseBody<Full<bytes::Bytes>>>() - size_of::<Full<bytes::Bytes>>();
    assert!(future <= 32, "{future} bytes");
    assert!(body <= 32, "{body} bytes");
}
