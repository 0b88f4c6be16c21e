//! The fields of a span.

use tracer_core::conventions::{ERROR, GRPC_STATUS_CODE, SPAN_KIND, TABLE};
use tracer_core::{Kind as Role, Sampling, SpanContext, SpanId, Tag, TraceId};
use tracer_recording::OwnedEndpoint;
use tracer_recording::testing::SpanBuilder;
use tracer_zipkin::Proto3Encoder;

use crate::messages::{Annotation, Endpoint, Entry, Kind, Span, decode};

const TRACE: u128 = 0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124;

fn context(trace: u128, sampling: Sampling) -> SpanContext {
    let trace = TraceId::new(trace).unwrap();
    SpanContext::new(trace, SpanId::new(0xa1).unwrap(), sampling)
}

fn span() -> SpanBuilder {
    SpanBuilder::new("job")
        .context(context(TRACE, Sampling::Record))
        .times(1_700_000_000_000_001_999, 1_500_999)
        .local("shop", None, None)
}

fn encoded(span: &SpanBuilder) -> Span {
    let mut list = Vec::new();
    Proto3Encoder::new().encode(&span.view(), &mut list);
    decode(&list).pop().unwrap()
}

fn named(name: &str) -> Endpoint {
    Endpoint {
        service_name: Some(name.to_owned()),
        ..Endpoint::default()
    }
}

fn entry(key: &str, value: &str) -> Entry {
    Entry {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    }
}

#[test]
fn a_span_with_everything_has_every_field() {
    let caller = context(TRACE, Sampling::Debug).with_parent(SpanId::new(0xb2));
    let full = SpanBuilder::new("GET /users/{id}")
        .context(caller)
        .kind(Role::Server)
        .shared(true)
        .times(1_700_000_000_000_001_999, 1_500_999)
        .local("Shop", Some("10.0.0.7".parse().unwrap()), Some(8080))
        .remote(OwnedEndpoint {
            service: Some("Web".to_owned()),
            host: None,
            ip: Some("2001:db8::1".parse().unwrap()),
            port: Some(51234),
        })
        .log(1_700_000_000_000_500_000, &[Tag::new("event", "retry")])
        .log(
            1_700_000_000_000_900_000,
            &[Tag::new("event", "miss"), Tag::new("tries", 2)],
        )
        .tag("http.method", "GET")
        .tag("http.status_code", 500)
        .tag("empty", "")
        .error("500", Some("out of stock"));
    let annotation = |timestamp, value: &str| Annotation {
        timestamp: Some(timestamp),
        value: Some(value.to_owned()),
    };
    let mut peer = vec![0x20, 0x01, 0x0d, 0xb8];
    peer.resize(16, 0);
    peer[15] = 1;
    let expected = Span {
        trace_id: Some(TRACE.to_be_bytes().to_vec()),
        parent_id: Some(vec![0, 0, 0, 0, 0, 0, 0, 0xb2]),
        id: Some(vec![0, 0, 0, 0, 0, 0, 0, 0xa1]),
        kind: Some(Kind::Server as i32),
        name: Some("GET /users/{id}".to_owned()),
        timestamp: Some(1_700_000_000_000_001),
        duration: Some(1_500),
        local_endpoint: Some(Endpoint {
            ipv4: Some(vec![10, 0, 0, 7]),
            port: Some(8080),
            ..named("shop")
        }),
        remote_endpoint: Some(Endpoint {
            ipv6: Some(peer),
            port: Some(51234),
            ..named("web")
        }),
        annotations: vec![
            annotation(1_700_000_000_000_500, "retry"),
            annotation(1_700_000_000_000_900, "event=miss tries=2"),
        ],
        tags: vec![
            entry("http.method", "GET"),
            entry("http.status_code", "500"),
            entry("empty", ""),
            entry("error", "out of stock"),
            entry("error.kind", "500"),
        ],
        debug: Some(true),
        shared: Some(true),
    };
    assert_eq!(encoded(&full), expected);
}

#[test]
fn what_is_absent_is_left_out() {
    let bare = SpanBuilder::new("").context(context(TRACE, Sampling::Record));
    let expected = Span {
        trace_id: Some(TRACE.to_be_bytes().to_vec()),
        id: Some(vec![0, 0, 0, 0, 0, 0, 0, 0xa1]),
        duration: Some(1),
        // Collectors behind a queue want one, though it be empty.
        local_endpoint: Some(Endpoint::default()),
        ..Span::default()
    };
    assert_eq!(encoded(&bare), expected);
    let unknown = OwnedEndpoint {
        service: Some(String::new()),
        ip: Some("::".parse().unwrap()),
        port: Some(0),
        host: None,
    };
    assert_eq!(encoded(&span().remote(unknown)).remote_endpoint, None);
}

#[test]
fn a_trace_id_has_8_or_16_bytes() {
    let short = span().context(context(0x4848_5a39_53bb_6124, Sampling::Record));
    let bytes = 0x4848_5a39_53bb_6124_u64.to_be_bytes().to_vec();
    assert_eq!(encoded(&short).trace_id, Some(bytes));
    let high = span().context(context(1 << 64, Sampling::Record));
    assert_eq!(encoded(&high).trace_id.unwrap().len(), 16);
}

#[test]
fn every_kind_but_local_has_its_number() {
    for (role, kind) in [
        (Role::Local, None),
        (Role::Client, Some(Kind::Client)),
        (Role::Server, Some(Kind::Server)),
        (Role::Producer, Some(Kind::Producer)),
        (Role::Consumer, Some(Kind::Consumer)),
    ] {
        let encoded = encoded(&span().kind(role).shared(true));
        assert_eq!(encoded.kind, kind.map(|kind| kind as i32));
        assert_eq!(encoded.shared, (role == Role::Server).then_some(true));
        assert_eq!(encoded.debug, None);
    }
}

#[test]
fn long_texts_stand_behind_long_lengths() {
    for len in [127, 128, 16_383, 16_384, 100_000] {
        let text = "ä".repeat(len);
        let long = span()
            .tag("text", text.as_str())
            .log(5_000, &[Tag::new("a", &text), Tag::new("b", 1)]);
        let encoded = encoded(&long);
        assert_eq!(encoded.tags, [entry("text", &text)]);
        let value = encoded.annotations[0].value.clone();
        assert_eq!(value, Some(format!("a={text} b=1")));
    }
}

#[test]
fn names_that_layers_write_stand_there_as_any_other() {
    let others = [SPAN_KIND, ERROR, GRPC_STATUS_CODE];
    for row in TABLE.iter().filter(|row| !others.contains(&row.key)) {
        for len in 0..150 {
            let text = "x".repeat(len);
            let tagged = span().tag(row.key, text.as_str());
            assert_eq!(encoded(&tagged).tags, [entry(row.key, &text)]);
        }
        let tagged = span().tag(row.key, -1_234_567).tag("own", true);
        let entries = [entry(row.key, "-1234567"), entry("own", "true")];
        assert_eq!(encoded(&tagged).tags, entries);
    }
}

#[test]
fn tags_are_chosen_as_in_json() {
    let call = span()
        .tag("span.kind", "client")
        .tag("error", true)
        .tag("grpc.status_code", "NOT_FOUND")
        .left_out(3);
    assert_eq!(
        encoded(&call).tags,
        [
            entry("grpc.status_code", "NOT_FOUND"),
            entry("rpc.error_code", "NOT_FOUND"),
            entry("dropped", "3"),
        ]
    );
}
