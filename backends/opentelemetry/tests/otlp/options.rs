//! What the variables say, said in code.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracer_opentelemetry::{OtlpOptions, Resource, resource};
use tracer_recording::{Delivery, Exporter};

use crate::decoded::{check, span};
use crate::receiver::Receiver;
use crate::server::{LONG, answer, serve};

fn known() -> Resource {
    resource([("host.name", "here")])
}

fn options(url: &str) -> OtlpOptions {
    OtlpOptions::new()
        .endpoint(url)
        .header("Authorization", "secret")
}

#[test]
fn http_with_headers_and_compression() {
    let (url, served) = answer("200 OK");
    let options = options(&format!("{url}/own/path")).gzip();
    let mut exporter = options.http(known()).unwrap();
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    let request = served.join().unwrap();
    assert!(request.head.starts_with("post /own/path http/1.1\r\n"));
    assert_eq!(request.header("authorization"), Some("secret"));
    assert_eq!(request.header("b3"), Some("0"));
    assert_eq!(request.body.get(..2), Some(&[0x1f, 0x8b][..]));
}

#[test]
fn http_without_compression() {
    let (url, served) = answer("200 OK");
    let mut exporter = options(&url).http(known()).unwrap();
    exporter.add(&span().view());
    exporter.send(LONG);
    let body = served.join().unwrap().body;
    check(&ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
}

#[test]
fn grpc_with_headers_and_compression() {
    let receiver = Receiver::start();
    let mut exporter = options(&receiver.url()).gzip().grpc(known()).unwrap();
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    let (metadata, request) = receiver.only();
    assert_eq!(metadata.get("authorization").unwrap(), "secret");
    assert_eq!(metadata.get("b3").unwrap(), "0");
    assert_eq!(metadata.get("grpc-encoding").unwrap(), "gzip");
    check(&request);
}

/// `us@er:p:ss`, as curl reads a URL.
#[test]
fn user_and_password_of_the_endpoint_are_decoded_unless_a_header_says_otherwise() {
    let secret = |url: &str| url.replace("http://", "http://us%40er:p%3Ass@");
    let named = |url: &str| OtlpOptions::new().endpoint(secret(url));
    for (header, expected) in [(None, "Basic dXNAZXI6cDpzcw=="), (Some("mine"), "mine")] {
        let told = |options: OtlpOptions| match header {
            Some(value) => options.header("Authorization", value),
            None => options,
        };
        let (url, served) = answer("200 OK");
        let mut exporter = told(named(&url)).http(known()).unwrap();
        assert_eq!(exporter.describe(), format!("{url}/"));
        exporter.add(&span().view());
        exporter.send(LONG);
        let request = served.join().unwrap();
        let sent = request.header("authorization").unwrap();
        assert_eq!(sent, expected.to_lowercase());

        let receiver = Receiver::start();
        let mut exporter = told(named(&receiver.url())).grpc(known()).unwrap();
        assert_eq!(exporter.describe(), format!("{}/", receiver.url()));
        exporter.add(&span().view());
        exporter.send(LONG);
        let (metadata, _) = receiver.only();
        assert_eq!(metadata.get("authorization").unwrap(), expected);
    }
}

#[test]
fn the_time_for_one_upload() {
    for build in [OtlpOptions::http, OtlpOptions::grpc] {
        let (url, served) = serve(|stream| {
            // Until the client hangs up.
            std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
        });
        let short = options(&url).timeout(Duration::from_millis(50));
        let mut exporter = build(short, known()).unwrap();
        exporter.add(&span().view());
        let delivery = exporter.send(LONG);
        assert!(
            matches!(delivery, Delivery::Rejected { .. }),
            "{delivery:?}"
        );
        drop(exporter);
        served.join().unwrap();
    }
}

#[test]
fn what_is_no_header_is_an_error_without_its_value() {
    for (name, value) in [("not a name", "secret"), ("name", "secret\n")] {
        let options = || options("http://a.test/").header(name, value);
        for built in [options().http(known()), options().grpc(known())] {
            let error = built.expect_err("an error").to_string();
            assert!(error.contains(name) && !error.contains("secret"), "{error}");
        }
    }
    let shown = format!("{:?}", options("http://u:secret@a.test/"));
    assert!(!shown.contains("secret"), "{shown}");
}
