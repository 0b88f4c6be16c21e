//! The fields of a span, its endpoints and its annotations.

use tracer_core::{Kind, Sampling, SpanId, Tag};
use tracer_recording::OwnedEndpoint;
use tracer_recording::testing::SpanBuilder;

use crate::support::{IDS, TRACE, context, json, span};

const REST: &str = r#","timestamp":1700000000000001,"duration":1500"#;

fn peer(service: Option<&str>, host: Option<&str>, ip: Option<&str>) -> OwnedEndpoint {
    OwnedEndpoint {
        service: service.map(str::to_owned),
        host: host.map(str::to_owned),
        ip: ip.map(|ip| ip.parse().unwrap()),
        port: None,
    }
}

/// The two endpoints of a span.
fn endpoints(span: &SpanBuilder) -> String {
    let json = json(span);
    let (_, rest) = json.split_once("\"duration\":1500,").unwrap();
    rest.strip_suffix('}').unwrap().to_owned()
}

#[test]
fn a_span_with_everything_has_the_fields_in_order() {
    let caller = context(TRACE, 0xa1, Sampling::Debug).with_parent(SpanId::new(0xb2));
    let full = SpanBuilder::new("GET /users/{id}")
        .context(caller)
        .kind(Kind::Server)
        .shared(true)
        .times(1_700_000_000_000_001_999, 1_500_999)
        .local("Shop", Some("10.0.0.7".parse().unwrap()), Some(8080))
        .remote(OwnedEndpoint {
            port: Some(51234),
            ..peer(Some("Web"), None, Some("2001:db8::1"))
        })
        .log(1_700_000_000_000_500_000, &[Tag::new("event", "retry")])
        .log(
            1_700_000_000_000_900_000,
            &[Tag::new("event", "miss"), Tag::new("tries", 2)],
        )
        .tag("http.method", "GET")
        .tag("http.status_code", 200);
    assert_eq!(
        json(&full),
        concat!(
            r#"{"traceId":"463ac35c9f6413ad48485a3953bb6124","parentId":"00000000000000b2","#,
            r#""id":"00000000000000a1","kind":"SERVER","name":"GET /users/{id}","#,
            r#""timestamp":1700000000000001,"duration":1500,"#,
            r#""localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.7","port":8080},"#,
            r#""remoteEndpoint":{"serviceName":"web","ipv6":"2001:db8::1","port":51234},"#,
            r#""annotations":[{"timestamp":1700000000000500,"value":"retry"},"#,
            r#"{"timestamp":1700000000000900,"value":"event=miss tries=2"}],"#,
            r#""tags":{"http.method":"GET","http.status_code":"200"},"debug":true,"shared":true}"#,
        )
    );
}

#[test]
fn what_is_absent_is_left_out() {
    assert_eq!(
        json(&span()),
        format!(r#"{IDS},"name":"job"{REST},"localEndpoint":{{"serviceName":"shop"}}}}"#)
    );
    let bare = SpanBuilder::new("").context(context(TRACE, 0xa1, Sampling::Record));
    assert_eq!(
        json(&bare),
        format!(r#"{IDS},"duration":1,"localEndpoint":{{}}}}"#)
    );
}

#[test]
fn a_trace_id_has_16_or_32_digits() {
    let short = span().context(context(0x4848_5a39_53bb_6124, 1, Sampling::Record));
    assert!(
        json(&short).starts_with(r#"{"traceId":"48485a3953bb6124","id":"0000000000000001","name""#)
    );
}

#[test]
fn every_kind_but_local_is_named() {
    for (kind, text) in [
        (Kind::Client, "CLIENT"),
        (Kind::Server, "SERVER"),
        (Kind::Producer, "PRODUCER"),
        (Kind::Consumer, "CONSUMER"),
    ] {
        let json = json(&span().kind(kind));
        assert!(json.starts_with(&format!(r#"{IDS},"kind":"{text}","name""#)));
    }
}

#[test]
fn times_are_whole_microseconds_and_never_nothing() {
    for (nanos, micros) in [(0, 1), (999, 1), (1_000, 1), (1_999, 1), (2_000, 2)] {
        let json = json(&span().times(5_999, nanos));
        let times = format!(r#""timestamp":5,"duration":{micros},"localEndpoint""#);
        assert!(json.contains(&times), "{json}");
    }
}

#[test]
fn shared_is_said_of_servers_alone() {
    for kind in [Kind::Local, Kind::Client, Kind::Producer, Kind::Consumer] {
        assert!(!json(&span().kind(kind).shared(true)).contains("shared"));
    }
    assert!(!json(&span().kind(Kind::Server)).contains("shared"));
    assert!(json(&span().kind(Kind::Server).shared(true)).ends_with(r#","shared":true}"#));
}

#[test]
fn debug_is_said_of_debug_traces_alone() {
    for sampling in [Sampling::Record, Sampling::Drop, Sampling::Defer] {
        let json = json(&span().context(context(TRACE, 0xa1, sampling)));
        assert!(!json.contains("debug"));
    }
}

#[test]
fn a_peer_is_named_by_its_service_else_by_its_host() {
    let client = || span().kind(Kind::Client);
    let local = r#""localEndpoint":{"serviceName":"shop"}"#;
    assert_eq!(
        endpoints(&client().remote(peer(None, Some("DB.internal"), None))),
        format!(r#"{local},"remoteEndpoint":{{"serviceName":"db.internal"}}"#)
    );
    assert_eq!(
        endpoints(&client().remote(peer(Some("db"), Some("db.internal"), None))),
        format!(
            r#"{local},"remoteEndpoint":{{"serviceName":"db"}},"tags":{{"peer.hostname":"db.internal"}}"#
        )
    );
    assert_eq!(
        endpoints(
            &span()
                .kind(Kind::Server)
                .remote(peer(None, Some("pc7"), None))
        ),
        format!(r#"{local},"tags":{{"peer.hostname":"pc7"}}"#)
    );
    assert_eq!(
        endpoints(&client().remote(peer(Some(""), None, None))),
        local
    );
}

#[test]
fn addresses_stand_under_their_family() {
    let local = |ip: &str, port| {
        let json = endpoints(&span().local("s", Some(ip.parse().unwrap()), Some(port)));
        json.replace(r#""localEndpoint":"#, "")
    };
    assert_eq!(
        local("::ffff:10.0.0.7", 80),
        r#"{"serviceName":"s","ipv4":"10.0.0.7","port":80}"#
    );
    assert_eq!(local("::1", 0), r#"{"serviceName":"s","ipv6":"::1"}"#);
    assert_eq!(local("0.0.0.0", 0), r#"{"serviceName":"s"}"#);
    assert_eq!(local("::", 0), r#"{"serviceName":"s"}"#);
}

#[test]
fn an_annotation_is_the_event_or_all_fields() {
    let value = |fields: &[Tag<'_>]| {
        let json = json(&span().log(7_000, fields));
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        parsed["annotations"][0]["value"]
            .as_str()
            .map(str::to_owned)
    };
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(value(&[Tag::new("event", "a \"b\"\n")]), is("a \"b\"\n"));
    assert_eq!(
        value(&[
            Tag::new("level", "warn"),
            Tag::new("n", 1.5),
            Tag::new("ok", true)
        ]),
        is("level=warn n=1.5 ok=true")
    );
    assert_eq!(value(&[Tag::new("message", "x")]), is("message=x"));
    assert_eq!(value(&[]), None);
}

#[test]
fn names_are_escaped() {
    let odd = "a\"b\\c\u{0}\u{1f}\n\u{2028}ä😀";
    let odd_span = SpanBuilder::new(odd).local(odd, None, None).tag(odd, odd);
    let mut out = Vec::new();
    tracer_zipkin::JsonEncoder::new().encode(&odd_span.view(), &mut out);
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["name"], odd);
    assert_eq!(value["localEndpoint"]["serviceName"], odd);
    assert_eq!(value["tags"][odd], odd);
}
