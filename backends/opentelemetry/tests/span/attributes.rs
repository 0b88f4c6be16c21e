//! Tags under the stable names, and both sides of the call.

use opentelemetry::{Array, Value};
use tracer_core::Kind;
use tracer_core::conventions::{Action, TABLE};
use tracer_recording::OwnedEndpoint;

use crate::support::{attributes, expected, exported, span};

#[test]
fn values_keep_their_types() {
    let span = span()
        .tag("a", "text")
        .tag("b", true)
        .tag("c", -7)
        .tag("d", 1.5)
        .tag("a", "later");
    let list = [
        ("a", Value::from("later")),
        ("b", true.into()),
        ("c", (-7_i64).into()),
        ("d", 1.5.into()),
    ];
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn a_recorded_header_is_a_list() {
    let span = span()
        .tag("http.request.header.x-tenant", "blue, red")
        .tag("http.response.header.x-cache", "hit")
        .tag("http.request.headers", "three");
    let one = |text: &'static str| Value::Array(Array::String(vec![text.into()]));
    let list = [
        ("http.request.header.x-tenant", one("blue, red")),
        ("http.request.headers", "three".into()),
        ("http.response.header.x-cache", one("hit")),
    ];
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn an_http_server() {
    let span = span()
        .kind(Kind::Server)
        .tag("component", "axum")
        .tag("span.kind", "server")
        .tag("http.method", "GET")
        .tag("http.path", "/users/7?full=1")
        .tag("http.scheme", "https")
        .tag("http.route", "/users/{id}")
        .tag("http.status_code", 200);
    let list = [
        ("http.request.method", Value::from("GET")),
        ("http.response.status_code", 200_i64.into()),
        ("http.route", "/users/{id}".into()),
        ("url.path", "/users/7".into()),
        ("url.query", "full=1".into()),
        ("url.scheme", "https".into()),
    ];
    assert_eq!(attributes(&span), expected(&list));
    assert_eq!(exported(&span).instrumentation_scope.name(), "axum");
}

#[test]
fn a_grpc_client() {
    let span = span()
        .kind(Kind::Client)
        .tag("rpc.system", "grpc")
        .tag("rpc.service", "orders.Orders")
        .tag("rpc.method", "Place")
        .tag("grpc.status_code", "NOT_FOUND")
        .error("NOT_FOUND", Some("no such item"));
    let list = [
        ("error.type", Value::from("NOT_FOUND")),
        ("rpc.method", "orders.Orders/Place".into()),
        ("rpc.status_code", "NOT_FOUND".into()),
        ("rpc.system.name", "grpc".into()),
    ];
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn a_grpc_method_that_nobody_implements() {
    let span = span()
        .tag("rpc.service", "made.Up")
        .tag("rpc.method", "_OTHER");
    let list = [("rpc.method", Value::from("_OTHER"))];
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn every_name_of_the_table() {
    for row in TABLE {
        let keys: Vec<_> = attributes(&span().tag(row.key, "1"))
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        match row.action {
            Action::Keep => assert_eq!(keys, [row.key]),
            Action::Rename(key) | Action::Only(key) => assert_eq!(keys, [key]),
            Action::SplitTarget => assert_eq!(keys, ["url.path"]),
            Action::RpcMethod => assert_eq!(keys, ["rpc.method"]),
            Action::Omit | Action::Scope | Action::RpcService => assert!(keys.is_empty()),
            Action::Peer => assert!(!keys.contains(&row.key.to_owned()), "{keys:?}"),
        }
    }
}

fn peer() -> OwnedEndpoint {
    OwnedEndpoint {
        service: Some("stock".to_owned()),
        host: Some("stock.test".to_owned()),
        ip: Some("192.0.2.7".parse().unwrap()),
        port: Some(8883),
    }
}

#[test]
fn the_other_side_of_a_client() {
    let list = [
        ("network.peer.address", Value::from("192.0.2.7")),
        ("network.peer.port", 8883_i64.into()),
        ("server.address", "stock.test".into()),
        ("server.port", 8883_i64.into()),
        ("service.peer.name", "stock".into()),
    ];
    for kind in [Kind::Client, Kind::Producer, Kind::Consumer, Kind::Local] {
        assert_eq!(
            attributes(&span().kind(kind).remote(peer())),
            expected(&list)
        );
    }
}

#[test]
fn the_other_side_of_a_server() {
    let caller = OwnedEndpoint {
        service: None,
        host: None,
        ..peer()
    };
    let list = [
        ("client.address", Value::from("192.0.2.7")),
        ("client.port", 8883_i64.into()),
    ];
    let span = span().kind(Kind::Server).remote(caller);
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn an_address_alone_names_the_server() {
    let address = OwnedEndpoint {
        ip: Some("2001:db8::1".parse().unwrap()),
        ..OwnedEndpoint::default()
    };
    let list = [
        ("network.peer.address", Value::from("2001:db8::1")),
        ("server.address", "2001:db8::1".into()),
    ];
    let span = span().kind(Kind::Client).remote(address);
    assert_eq!(attributes(&span), expected(&list));
}

#[test]
fn what_the_user_says_under_a_stable_name_stays() {
    let span = span()
        .kind(Kind::Client)
        .tag("server.address", "said")
        .remote(peer());
    let said = ("server.address".to_owned(), Value::from("said"));
    assert!(attributes(&span).contains(&said));
}

#[test]
fn a_server_says_where_it_listens() {
    let span = |kind| {
        let ip = "192.0.2.1".parse().ok();
        span().kind(kind).local("shop", ip, Some(8080))
    };
    let list = [
        ("network.local.address", Value::from("192.0.2.1")),
        ("network.local.port", 8080_i64.into()),
    ];
    assert_eq!(attributes(&span(Kind::Server)), expected(&list));
    assert_eq!(attributes(&span(Kind::Client)), []);
}
