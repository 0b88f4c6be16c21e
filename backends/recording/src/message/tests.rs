use std::sync::Arc;

use proptest::prelude::*;
use tracer_core::conventions::{Known, TABLE, keys};
use tracer_core::{Extra, Kind, Operation, Sampling, SpanContext, Tag, TraceId};

use super::*;
use crate::fields::Reader;
use crate::finished::OwnedEndpoint;
use crate::testing::SpanBuilder;

fn context(id: u64, parent: Option<u64>) -> SpanContext {
    let trace = TraceId::from_halves(id ^ 9, id).unwrap();
    SpanContext::new(trace, SpanId::new(id).unwrap(), Sampling::Debug)
        .with_parent(parent.and_then(SpanId::new))
        .with_random(id % 2 == 1)
}

fn full() -> SpanBuilder {
    SpanBuilder::new("GET /ü")
        .context(context(3, Some(2)))
        .shared(true)
        .remote_parent(true)
        .kind(Kind::Consumer)
        .times(5, u64::MAX)
        .error("Elapsed", Some("too late"))
        .local("shop", Some("10.0.0.1".parse().unwrap()), Some(80))
        .remote(OwnedEndpoint {
            service: None,
            host: Some("db".into()),
            ip: Some("::1".parse().unwrap()),
            port: None,
        })
        .tag("rows", 3)
        .tag("ok", true)
        .tag("share", 0.5)
        .tag("text", "x")
        .tag(keys::HTTP_ROUTE, "/ü")
        .tag(keys::HTTP_STATUS_CODE, 200)
        .log(7, &[Tag::new("event", "retry"), Tag::new("n", 1)])
        .log(8, &[])
        .reference(ReferenceKind::ChildOf, context(4, None))
        .reference(ReferenceKind::FollowsFrom, context(5, Some(1)))
        .left_out(6)
}

fn push(bytes: &mut Vec<u8>, span: &SpanBuilder) {
    let span = span.view();
    Draft::of(&span).append(bytes);
}

/// A message written over something else.
fn written_over(message: &impl Entry) -> Vec<u8> {
    let mut room = vec![0xff; message.len()];
    message.write(&mut room);
    room
}

fn round_trip(span: &SpanBuilder) {
    let span = span.view();
    let mut bytes = vec![];
    let draft = Draft::of(&span);
    draft.append(&mut bytes);
    assert_eq!(written_over(&draft), bytes, "all of its room is written");
    let mut reader = Reader(&bytes);
    let read = lend(&mut reader, |read, len| (read.to_owned(), len));
    assert_eq!(read, Some((span.to_owned(), bytes.len())));
    assert!(reader.0.is_empty());
}

#[test]
fn every_part_of_a_span_comes_back() {
    round_trip(&full());
    round_trip(&SpanBuilder::new(""));
    round_trip(&SpanBuilder::new("failed").error("Oops", None));
    let kinds = [
        Kind::Local,
        Kind::Server,
        Kind::Client,
        Kind::Producer,
        Kind::Consumer,
    ];
    for kind in kinds {
        round_trip(&full().kind(kind));
    }
    let decisions = [
        Sampling::Defer,
        Sampling::Drop,
        Sampling::Record,
        Sampling::Debug,
    ];
    for decision in decisions {
        round_trip(&full().context(context(3, None).with_sampling(decision)));
    }
}

#[test]
fn names_that_layers_write_come_back_without_their_texts() {
    let mut span = SpanBuilder::new("");
    for row in TABLE {
        span = span.tag(Known::of(row.key).unwrap(), "v");
    }
    round_trip(&span);
    let mut bytes = vec![];
    push(&mut bytes, &span);
    let text = String::from_utf8_lossy(&bytes);
    assert!(TABLE.iter().all(|row| !text.contains(row.key)));
    let keys = lend(&mut Reader(&bytes), |span, _| {
        let keys = span.tags().iter().map(|tag| tag.key.known());
        keys.collect::<Vec<_>>()
    });
    let rows = TABLE.iter().map(|row| Known::of(row.key));
    assert_eq!(keys, Some(rows.collect()));
}

#[test]
fn the_name_of_an_operation_stays_its_own_text() {
    let load = Operation::of("load it", &[(keys::COMPONENT, "cache")]).unwrap();
    for (name, common) in [("load it", true), ("reload", false), ("", false)] {
        let span = SpanBuilder::new(name).operation(load).tag("rows", 3);
        round_trip(&span);
        let mut bytes = vec![];
        push(&mut bytes, &span);
        let read = lend(&mut Reader(&bytes), |span, _| {
            let (operation, _) = span.tags().split();
            (std::ptr::eq(span.name, load.name()), operation)
        });
        assert_eq!(read, Some((common, Some(load))));
    }
}

#[test]
fn messages_follow_each_other() {
    let mut bytes = vec![];
    for name in ["a", "b", "c"] {
        push(&mut bytes, &SpanBuilder::new(name));
    }
    let mut reader = Reader(&bytes);
    let next = || lend(&mut reader, |span, _| span.name.to_owned());
    let names: Vec<_> = std::iter::from_fn(next).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn what_a_context_carries_beside_its_ids_stays_behind() {
    let extra = Extra {
        trace_state: Some("a=b".into()),
        ..Extra::default()
    };
    let bare = context(3, None);
    let span = SpanBuilder::new("a").context(bare.clone().with_extra(Some(Arc::new(extra))));
    let mut bytes = vec![];
    push(&mut bytes, &span);
    let context = lend(&mut Reader(&bytes), |span, _| span.context.clone());
    assert_eq!(context, Some(bare));
}

#[test]
fn a_message_that_is_cut_off_is_none() {
    let mut bytes = vec![];
    push(&mut bytes, &full());
    for len in 0..bytes.len() {
        assert!(lend(&mut Reader(&bytes[..len]), |_, _| ()).is_none());
    }
}

#[test]
fn texts_of_any_length_are_checked_to_the_end() {
    for len in 0..100 {
        let name = "ä".repeat(len);
        round_trip(&SpanBuilder::new(&name));
        let mut bytes = vec![];
        push(&mut bytes, &SpanBuilder::new(&name));
        for at in bytes.len() - name.len()..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] = b'x';
            let read = lend(&mut Reader(&damaged), |span, _| span.name.to_owned());
            assert_eq!(read, None, "{len} {at}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(name in ".*", key in "[a-z]{1,9}", value in ".*", message in ".*") {
        round_trip(&SpanBuilder::new(&name).tag(&key, value.as_str()).error(&key, Some(&message)));
    }

    #[test]
    fn bytes_of_other_origin_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut framed = (bytes.len() as u64 + 8).to_le_bytes().to_vec();
        framed.extend(bytes);
        let _ = lend(&mut Reader(&framed), |span, _| span.to_owned());
    }
}
