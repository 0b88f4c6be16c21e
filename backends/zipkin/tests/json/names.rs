//! Under which names tags are written.

use tracer_core::Kind;
use tracer_core::conventions::{Convention, Conventions};
use tracer_recording::testing::SpanBuilder;

use crate::support::{span, tags_with};

const OTEL: Conventions = Conventions::all(Convention::Otel);
const BOTH: Conventions = Conventions::all(Convention::Both);

fn http() -> SpanBuilder {
    span()
        .tag("component", "axum")
        .tag("http.method", "GET")
        .tag("http.path", "/a?b=c")
        .tag("http.scheme", "https")
        .tag("http.route", "/a")
        .tag("http.status_code", 200)
        .tag("user.id", 7)
}

fn grpc() -> SpanBuilder {
    span()
        .tag("rpc.service", "shop.Cart")
        .tag("rpc.method", "Add")
        .tag("grpc.status_code", "INTERNAL")
}

#[test]
fn stable_names_replace_the_recorded_ones() {
    assert_eq!(
        tags_with(&http(), OTEL),
        concat!(
            r#"{"component":"axum","http.request.method":"GET","url.path":"/a","url.query":"b=c","#,
            r#""url.scheme":"https","http.route":"/a","http.response.status_code":"200","user.id":"7"}"#
        )
    );
    assert_eq!(
        tags_with(&grpc(), OTEL),
        r#"{"rpc.method":"shop.Cart/Add","rpc.status_code":"INTERNAL"}"#
    );
}

#[test]
fn the_scheme_of_a_server_has_no_name_in_open_tracing() {
    let tags = |kind| tags_with(&http().kind(kind), Conventions::default());
    assert!(!tags(Kind::Server).contains("scheme"));
    // Nobody but the application has set it there.
    assert!(tags(Kind::Client).contains(r#""http.scheme":"https""#));
}

#[test]
fn both_names_stand_side_by_side() {
    assert_eq!(
        tags_with(&http(), BOTH),
        concat!(
            r#"{"component":"axum","http.method":"GET","http.request.method":"GET","#,
            r#""http.path":"/a?b=c","url.path":"/a","url.query":"b=c","url.scheme":"https","#,
            r#""http.route":"/a","#,
            r#""http.status_code":"200","http.response.status_code":"200","user.id":"7"}"#
        )
    );
    assert_eq!(
        tags_with(&grpc(), BOTH),
        concat!(
            r#"{"rpc.service":"shop.Cart","rpc.method":"Add","grpc.status_code":"INTERNAL","#,
            r#""rpc.status_code":"INTERNAL","rpc.error_code":"INTERNAL"}"#
        )
    );
}

#[test]
fn each_group_chooses_for_itself() {
    let mixed = grpc().tag("http.method", "POST");
    assert_eq!(
        tags_with(&mixed, Conventions::from_opt_in("http")),
        concat!(
            r#"{"rpc.service":"shop.Cart","rpc.method":"Add","grpc.status_code":"INTERNAL","#,
            r#""http.request.method":"POST","rpc.error_code":"INTERNAL"}"#
        )
    );
}

#[test]
fn a_method_that_nobody_has_stays_alone() {
    let call = span().tag("rpc.service", "x").tag("rpc.method", "_OTHER");
    assert_eq!(tags_with(&call, OTEL), r#"{"rpc.method":"_OTHER"}"#);
}

#[test]
fn a_name_that_the_user_wrote_is_not_written_twice() {
    let own = span()
        .tag("http.method", "GET")
        .tag("http.request.method", "mine");
    assert_eq!(
        tags_with(&own, BOTH),
        r#"{"http.method":"GET","http.request.method":"mine"}"#
    );
    assert_eq!(tags_with(&own, OTEL), r#"{"http.request.method":"mine"}"#);
}
