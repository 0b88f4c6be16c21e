//! Uploads that succeed.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};
use tracer_zipkin::{HttpSender, ZipkinExporter};

use crate::server::{LONG, answer, exporter, read, serve};

fn names(list: &[u8]) -> Vec<String> {
    let list: Value = serde_json::from_slice(list).unwrap();
    let spans = list.as_array().unwrap();
    let name = |span: &Value| span["name"].as_str().unwrap().to_owned();
    spans.iter().map(name).collect()
}

#[test]
fn a_small_list_goes_as_it_is_and_is_not_traced() {
    let (endpoint, served) = serve(|stream| {
        let request = read(&stream);
        answer(&stream, "202 Accepted", "", "");
        request
    });
    let delivery = exporter(&endpoint, 2).send(LONG);
    let request = served.join().unwrap();
    assert!(request.head.starts_with("post /api/v2/spans http/1.1\r\n"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("b3"), Some("0"));
    assert_eq!(request.header("content-encoding"), None);
    assert_eq!(names(&request.body), ["job", "job"]);
    let bytes = request.body.len();
    assert_eq!(delivery, Delivery::Sent { bytes });
}

#[test]
fn a_list_above_a_kibibyte_is_compressed() {
    let (endpoint, served) = serve(|stream| {
        let request = read(&stream);
        answer(&stream, "202 Accepted", "", "");
        request
    });
    let delivery = exporter(&endpoint, 50).send(LONG);
    let request = served.join().unwrap();
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let mut list = Vec::new();
    GzDecoder::new(&request.body[..])
        .read_to_end(&mut list)
        .unwrap();
    assert_eq!(names(&list).len(), 50);
    let bytes = request.body.len();
    assert!(bytes < list.len());
    assert_eq!(delivery, Delivery::Sent { bytes });
}

#[test]
fn one_connection_carries_several_lists_and_a_batch_stays_until_it_is_cleared() {
    let (endpoint, served) = serve(|stream| {
        let lists = [(); 3].map(|()| {
            let request = read(&stream);
            answer(&stream, "202 Accepted", "", "");
            names(&request.body)
        });
        lists.to_vec()
    });
    let span = |name| SpanBuilder::new(name).local("shop", None, None);
    let mut exporter = ZipkinExporter::http(&endpoint).unwrap();
    let one = exporter.add(&span("a").view());
    let two = exporter.add(&span("b").view());
    exporter.remove_last();
    assert_eq!(exporter.add(&span("c").view()), two);
    assert!(one < two);
    exporter.send(LONG);
    exporter.send(LONG);
    exporter.clear();
    assert_eq!(exporter.send(LONG), Delivery::Sent { bytes: 0 });
    assert_eq!(exporter.add(&span("d").view()), one);
    exporter.send(LONG);
    assert_eq!(
        served.join().unwrap(),
        [vec!["a", "c"], vec!["a", "c"], vec!["d"]]
    );
}

#[test]
fn further_headers_are_sent_and_never_shown() {
    let (endpoint, served) = serve(|stream| {
        let request = read(&stream);
        answer(&stream, "202 Accepted", "", "");
        request
    });
    let endpoint = endpoint.replace("http://", "http://user:secret@");
    let sender = HttpSender::new(&endpoint)
        .unwrap()
        .header("x-token", "secret")
        .unwrap();
    assert!(!format!("{sender:?}").contains("secret"));
    let error = sender.header("a b", "c").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    let sender = HttpSender::new(&endpoint).unwrap();
    assert!(sender.header("a", "b\nc").is_err());
    let sender = HttpSender::new(&endpoint)
        .unwrap()
        .header("x-token", "secret")
        .unwrap();
    let mut exporter = ZipkinExporter::over(sender);
    exporter.add(&SpanBuilder::new("a").view());
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    assert!(!format!("{exporter:?}").contains("secret"));
    assert_eq!(served.join().unwrap().header("x-token"), Some("secret"));
}

/// As curl reads a URL.
#[test]
fn user_and_password_are_decoded_unless_a_header_says_otherwise() {
    let sent = |change: fn(HttpSender) -> HttpSender| {
        let (endpoint, served) = serve(|stream| {
            let request = read(&stream);
            answer(&stream, "202 Accepted", "", "");
            request
        });
        let endpoint = endpoint.replace("http://", "http://us%40er:p%3Ass@");
        let mut exporter = ZipkinExporter::over(change(HttpSender::new(&endpoint).unwrap()));
        exporter.add(&SpanBuilder::new("a").view());
        assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
        let head = served.join().unwrap().head;
        let said = head
            .lines()
            .filter(|line| line.starts_with("authorization"));
        said.map(str::to_owned).collect::<Vec<_>>()
    };
    // Of `us@er:p:ss`, in lower case.
    assert_eq!(sent(|url| url), ["authorization: basic dxnazxi6cdpzcw=="]);
    let told = sent(|url| url.header("Authorization", "Bearer x").unwrap());
    assert_eq!(told, ["authorization: bearer x"]);
}
