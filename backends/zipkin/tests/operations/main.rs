//! A span of an operation is written as one that was told the same name and tags one by one, but
//! for the order of tags.

#[path = "../proto/messages.rs"]
mod messages;
mod support;

use support::{Pair, assert_same, read};
use tracer_core::conventions::{Convention, Conventions, Known, TABLE, keys};
use tracer_core::{Kind, ReferenceKind, Sampling, Tag};
use tracer_recording::OwnedEndpoint;
use tracer_zipkin::Encoding;

/// What a layer says of a request.
const USERS: [(Known, &str); 3] = [
    (keys::HTTP_METHOD, "GET"),
    (keys::HTTP_ROUTE, "/users/{id}"),
    (keys::COMPONENT, "axum"),
];

fn users() -> Pair {
    called("GET /users/{id}")
}

fn called(name: &str) -> Pair {
    Pair::renamed(name, "GET /users/{id}", &USERS).with(|span| {
        span.kind(Kind::Server)
            .tag(keys::HTTP_PATH, "/users/7")
            .tag(keys::HTTP_SCHEME, "https")
            .tag(keys::HTTP_STATUS_CODE, 200)
    })
}

fn job() -> Pair {
    Pair::new("job", &[(keys::COMPONENT, "cron")]).with(|span| span.tag("rows", 3))
}

#[test]
fn spans_of_operations_are_what_they_were_told_to_be() {
    assert_same(&[users(), users(), job(), users(), job()]);
}

#[test]
fn whatever_else_is_said_stands_beside_it() {
    let db = OwnedEndpoint {
        service: Some("Db".into()),
        host: Some("db.local".into()),
        ..OwnedEndpoint::default()
    };
    assert_same(&[
        users(),
        users().with(|span| span.kind(Kind::Client)),
        users().with(|span| span.kind(Kind::Local)),
        users().with(|span| span.remote(db.clone())),
        users().with(|span| span.local("other", Some([10, 0, 0, 7].into()), Some(80))),
        users().with(|span| span.log(7_000, &[Tag::new("event", "retry")])),
        users().with(|span| span.error("Timeout", Some("took \"5\" s"))),
        users().with(|span| span.times(0, 0)),
        users().with(|span| span.shared(true).left_out(2)),
        users().with(|span| span.context(support::context(3, Sampling::Debug))),
        users().with(|span| {
            let other = support::context(5, Sampling::Record);
            span.reference(ReferenceKind::FollowsFrom, other)
        }),
        users(),
    ]);
}

#[test]
fn each_service_says_who_it_is() {
    let ip = |last| Some([10, 0, 0, last].into());
    let services = [
        ("shop", None, None),
        ("shop", ip(7), None),
        ("shop", ip(8), None),
        ("shop", ip(7), Some(80)),
        ("shop", ip(7), Some(81)),
        ("Stock", None, None),
        ("", None, None),
    ];
    let mut pairs = Vec::new();
    for _ in 0..3 {
        for (service, ip, port) in services {
            for pair in [users(), job()] {
                pairs.push(pair.with(|span| span.local(service, ip, port)));
            }
            let log = [Tag::new("event", "retry")];
            pairs.push(users().with(|span| span.local(service, ip, port).log(7_000, &log)));
        }
    }
    assert_same(&pairs);
}

#[test]
fn a_tag_that_was_overwritten_has_its_last_value() {
    assert_same(&[
        users().with(|span| span.tag(keys::COMPONENT, "mine")),
        users(),
        users().with(|span| span.tag("component", "mine")),
        users().with(|span| span.tag(keys::HTTP_ROUTE, 7).tag("a", "b")),
        users(),
    ]);
}

#[test]
fn a_span_that_was_renamed_has_its_own_name() {
    assert_same(&[
        called("buy"),
        users(),
        called(""),
        called("buy").with(|span| span.times(0, 0)),
        users(),
    ]);
}

#[test]
fn a_name_may_be_empty_and_tags_none() {
    let bare = || Pair::new("", &[]);
    let named = || Pair::new("only a name", &[]);
    let tagged = || Pair::new("", &[(keys::COMPONENT, "")]);
    assert_same(&[bare(), bare(), named(), named(), tagged(), tagged()]);
    let own = |pair: Pair| pair.with(|span| span.tag("a", 1));
    assert_same(&[own(bare()), own(named()), own(tagged()), own(bare())]);
}

#[test]
fn what_must_be_escaped_is() {
    let odd = "a\"b\\c\n\r\t\u{8}\u{1}/é😀";
    let pair = || Pair::new(odd, &[(keys::COMPONENT, odd), (keys::HTTP_ROUTE, "\0")]);
    assert_same(&[pair(), users(), pair()]);
}

#[test]
fn texts_may_have_any_length() {
    for len in (0..=256).filter(|len| len % 16 < 2 || (80..136).contains(len)) {
        let text = "x".repeat(len);
        let tags = [(keys::COMPONENT, &*text), (keys::HTTP_ROUTE, &*text)];
        let pair = || Pair::new(&text, &tags);
        assert_same(&[pair(), pair().with(|span| span.tag("a", &text)), pair()]);
    }
}

#[test]
fn names_with_a_meaning_keep_it() {
    for row in TABLE {
        let key = Known::of(row.key).unwrap();
        let others = [(keys::COMPONENT, "c"), (keys::HTTP_METHOD, "GET")];
        let other = others.into_iter().find(|(other, _)| *other != key).unwrap();
        let pair = || Pair::new("meant", &[(key, "NOT_FOUND"), other]);
        let db = OwnedEndpoint {
            host: Some("db".into()),
            ..OwnedEndpoint::default()
        };
        assert_same(&[
            pair(),
            pair().with(|span| span.kind(Kind::Server)),
            pair().with(|span| span.error("Oops", Some("late"))),
            pair().with(|span| span.left_out(1)),
            pair().with(|span| span.tag(keys::RPC_ERROR_CODE, "mine")),
            pair().with(|span| span.tag(keys::GRPC_STATUS_CODE, "ABORTED")),
            pair().with(|span| span.kind(Kind::Server).remote(db.clone())),
            pair(),
        ]);
    }
}

#[test]
fn each_exporter_has_its_own_names() {
    let spans = [users(), job(), users()];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let list = |convention| support::exporter(encoding, Conventions::all(convention));
        let mut both = [list(Convention::OpenTracing), list(Convention::Otel)];
        for pair in &spans {
            both.iter_mut()
                .for_each(|exporter| exporter.add(&pair.common));
        }
        let [plain, stable] = both.map(|exporter| read(encoding, &exporter.list()));
        let tags = |span: &support::Read| span.tags.clone();
        assert_eq!(tags(&plain[0]), tags(&plain[2]));
        assert_eq!(tags(&stable[0]), tags(&stable[2]));
        assert_eq!(plain[2].tags["http.method"], "GET");
        assert_eq!(stable[2].tags["http.request.method"], "GET");
        assert!(!stable[2].tags.contains_key("http.method"));
    }
}

#[test]
fn a_list_that_is_emptied_or_cut_back_is_written_on() {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let mut exporter = support::exporter(encoding, Conventions::default());
        for pair in [users(), job(), users()] {
            exporter.add(&pair.common);
        }
        exporter.remove_last();
        exporter.clear();
        exporter.add(&job().common);
        exporter.add(&users().common);
        exporter.remove_last();
        exporter.add(&users().common);
        let mut told = support::exporter(encoding, Conventions::default());
        told.add(&job().told);
        told.add(&users().told);
        assert_eq!(
            read(encoding, &exporter.list()),
            read(encoding, &told.list())
        );
    }
}
