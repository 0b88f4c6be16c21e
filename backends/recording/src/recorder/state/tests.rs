use tracer_core::conventions::keys;
use tracer_core::{Key, ReferenceKind, Sampling, SpanId, TraceId};

use super::*;
use crate::fields::Reader;
use crate::message::{Entry, lend};

/// The context of a span that is recorded.
fn sampled() -> SpanContext {
    let trace = TraceId::from_halves(0, 1).unwrap();
    SpanContext::new(trace, SpanId::new(2).unwrap(), Sampling::Record)
}

#[test]
fn what_is_said_over_and_over_leaves_no_litter() {
    let local = OwnedEndpoint {
        service: Some("shop".to_owned()),
        host: Some("node-1".to_owned()),
        ..OwnedEndpoint::default()
    };
    let limits = SpanLimits::default();
    let context = sampled();
    let mut state = State::new(&local);
    for _ in 0..2 {
        state.reset();
        state.set_tags(&[Tag::new("kept", "ä")], &limits);
        for at in 0..1_000 {
            let text = format!("{at}-{}", "x".repeat(100));
            state.set_name(Name::Text(&text), &limits);
            state.set_tags(&[Tag::new("again", &text)], &limits);
            state.set_error(Some(Error::new("Oops", &text)), &limits);
            let peer = Endpoint {
                service: Some("db"),
                host: Some(&text),
                ..Endpoint::default()
            };
            state.set_remote(peer, &limits);
        }
        // A hundred tags before the limit are kept double.
        assert!(state.list.bytes().len() < 2 * LITTER + limits.tags * 110);
        let recorded = state.close(&context, Kind::Client, [3, 4], 0);
        let view = recorded.view();
        let last = format!("999-{}", "x".repeat(100));
        assert_eq!(view.name, last);
        assert_eq!(view.local, local.as_endpoint());
        assert_eq!(view.remote.service, Some("db"));
        assert_eq!(view.remote.host, Some(&*last));
        assert_eq!(view.error.and_then(|error| error.message), Some(&*last));
        let tags: Vec<_> = view
            .tags()
            .iter()
            .map(|tag| format!("{}={}", tag.key, tag.value))
            .collect();
        assert_eq!(tags, [String::from("kept=ä"), format!("again={last}")]);
    }
}

#[test]
fn the_last_error_is_whole_whenever_litter_is_swept_out() {
    let limits = SpanLimits::default();
    let context = sampled();
    let mut state = State::new(&OwnedEndpoint::default());
    for at in 0..500 {
        let text = format!("attempt {at} of many did not reach the database");
        state.set_error(
            Some(Error::new("mycrate::pool::ConnectionError", &text)),
            &limits,
        );
        let recorded = state.close(&context, Kind::Client, [3, 4], 0);
        let error = recorded.view().error.map(|e| (e.kind, e.message));
        assert_eq!(
            error,
            Some(("mycrate::pool::ConnectionError", Some(&*text)))
        );
    }
}

#[test]
fn an_empty_name_of_the_other_side_is_none() {
    let limits = SpanLimits::default();
    let context = sampled();
    let mut state = State::new(&OwnedEndpoint::default());
    for name in ["db", ""] {
        let peer = Endpoint {
            service: Some(name),
            host: Some(name),
            ..Endpoint::default()
        };
        state.set_remote(peer, &limits);
        let recorded = state.close(&context, Kind::Client, [3, 4], 0);
        let remote = recorded.view().remote;
        let known = Some(name).filter(|name| !name.is_empty());
        assert_eq!((remote.service, remote.host), (known, known));
    }
}

#[test]
fn a_limit_of_values_cuts_no_name_but_an_endless_one() {
    let context = sampled();
    let endless = "ä".repeat(5_000);
    for (max, len) in [
        (0, 256),
        (16, 256),
        (257, 256),
        (1_000, 1_000),
        (4_096, 4_096),
    ] {
        let limits = SpanLimits {
            value_bytes: max,
            ..SpanLimits::default()
        };
        let mut state = State::new(&OwnedEndpoint::default());
        for text in ["shop.long.name.of.a.Service/Method", &endless] {
            let peer = Endpoint {
                service: Some(text),
                host: Some(text),
                ..Endpoint::default()
            };
            state.set_remote(peer, &limits);
            state.set_name(Name::Text(text), &limits);
            let recorded = state.close(&context, Kind::Client, [3, 4], 0);
            let view = recorded.view();
            let kept = text.get(..len).unwrap_or(text);
            assert_eq!(view.name, kept, "{max}");
            let remote = (view.remote.service, view.remote.host);
            assert_eq!(remote, (Some(kept), Some(kept)), "{max}");
        }
        let route = Name::Route {
            method: "GET",
            route: &endless,
        };
        state.set_name(route, &limits);
        let recorded = state.close(&context, Kind::Client, [3, 4], 0);
        assert_eq!(recorded.view().name.len(), "GET ".len() + len);
    }
}

#[test]
fn a_limit_of_tags_leaves_the_fields_of_logs_alone() {
    let context = sampled();
    let mut limits = SpanLimits::default();
    let fields = [Tag::new("event", "error"), Tag::new("message", "gone")];
    for (log_fields, left_out) in [(128, 0), (1, 1), (0, 2)] {
        (limits.tags, limits.log_fields) = (0, log_fields);
        let mut state = State::new(&OwnedEndpoint::default());
        state.log(7, &fields, &limits);
        let recorded = state.close(&context, Kind::Local, [3, 4], 0);
        let view = recorded.view();
        let kept = view.logs().next().unwrap().fields.iter().count();
        assert_eq!((kept, view.left_out), (log_fields.min(2), left_out));
    }
}

#[test]
fn at_the_limit_a_name_that_layers_write_stands_once_in_whichever_form() {
    let limits = SpanLimits {
        tags: 2,
        ..SpanLimits::default()
    };
    let context = sampled();
    let mut state = State::new(&OwnedEndpoint::default());
    let (number, text) = (Key::from(keys::HTTP_ROUTE), Key::text("http.route"));
    for key in ["a".into(), "b".into(), "c".into(), number, text, number] {
        state.set_tags(&[Tag::new(key, "/")], &limits);
    }
    assert_eq!(state.list.len(), 3);
    let recorded = state.close(&context, Kind::Server, [3, 4], 0);
    let view = recorded.view();
    let keys: Vec<_> = view.tags().iter().map(|tag| tag.key.as_str()).collect();
    assert_eq!((keys, view.left_out), (vec!["a", "b", "http.route"], 1));
}

#[test]
fn tags_beyond_the_limit_are_left_out_without_a_sweep_for_each() {
    let limits = SpanLimits {
        tags: 2,
        ..SpanLimits::default()
    };
    let context = sampled();
    let mut state = State::new(&OwnedEndpoint::default());
    state.set_tags(&[Tag::new("a", 1), Tag::new("b", 2)], &limits);
    let mut sweeps = 0;
    for key in ["c", "d", "e", "f"] {
        // Leaves litter behind, which only a sweep takes away.
        state.set_name(Name::Text("job"), &limits);
        state.set_name(Name::Text("job"), &limits);
        state.set_tags(&[Tag::new(key, 3)], &limits);
        sweeps += usize::from(state.list.bytes() == b"jobab");
    }
    assert_eq!(sweeps, 1);
    state.set_tags(
        &[Tag::new("a", 4), Tag::new(keys::HTTP_ROUTE, "/")],
        &limits,
    );
    let recorded = state.close(&context, Kind::Server, [3, 4], 0);
    let view = recorded.view();
    let tags: Vec<_> = view
        .tags()
        .iter()
        .map(|tag| format!("{}={}", tag.key, tag.value))
        .collect();
    assert_eq!(tags, ["b=2", "a=4", "http.route=/"]);
    assert_eq!(view.left_out, 4);
}

#[test]
fn the_more_a_span_holds_the_rarer_it_is_swept() {
    let limits = SpanLimits::default();
    let mut state = State::new(&OwnedEndpoint::default());
    let long = "x".repeat(limits.value_bytes);
    for key in 0..limits.tags {
        state.set_tags(&[Tag::new(&*key.to_string(), &*long)], &limits);
    }
    let held = state.list.bytes().len();
    state.set_error(Some(Error::new("Oops", &long)), &limits);
    let mut sweeps = 0;
    for _ in 0..100 {
        // Both leave litter behind.
        state.set_error(Some(Error::new("Oops", &long)), &limits);
        sweeps += usize::from(state.litter == 0);
        state.set_tags(&[Tag::new("7", &*long)], &limits);
        sweeps += usize::from(state.litter == 0);
        assert!(state.list.bytes().len() < 2 * held);
    }
    // Each copies all that there is.
    let written = 200 * long.len();
    assert!(sweeps * held < 4 * written, "{sweeps} sweeps");
}

#[test]
fn events_and_references_of_a_span_are_in_no_later_message_of_its_recorder() {
    let limits = SpanLimits::default();
    let context = sampled();
    let reference = Reference {
        kind: ReferenceKind::FollowsFrom,
        context: context.clone(),
    };
    let mut state = State::new(&OwnedEndpoint::default());
    let mut bytes = Vec::new();
    // The second has a head as long as the first one's, the third a shorter one.
    for name in ["eventful", "failed", "plain"] {
        state.reset();
        state.head.set_context(&context);
        state.set_name(Name::Text(name), &limits);
        match name {
            "eventful" => {
                state.log(7, &[Tag::new("event", "x")], &limits);
                state.refer(std::slice::from_ref(&reference), &limits);
            }
            "failed" => state.set_error(Some(Error::kind("boom")), &limits),
            _ => {}
        }
        let recorded = state.close(&context, Kind::Server, [3, 4], 0);
        // Chunks are used again: all of a message's room must be written.
        let mut room = vec![0xff; recorded.len()];
        recorded.write(&mut room);
        recorded.append(&mut bytes);
        assert!(bytes.ends_with(&room), "{name}");
    }
    let mut reader = Reader(&bytes);
    let read = std::iter::from_fn(|| lend(&mut reader, |span, _| span.to_owned()));
    let read: Vec<_> = read
        .map(|span| {
            let failed = span.error.is_some();
            (span.name, span.logs.len(), span.references.len(), failed)
        })
        .collect();
    let expected = [
        ("eventful", 1, 1, false),
        ("failed", 0, 0, true),
        ("plain", 0, 0, false),
    ];
    assert_eq!(read, expected.map(|(n, l, r, e)| (n.to_owned(), l, r, e)));
    assert!(reader.0.is_empty());
}

#[test]
fn the_other_side_and_the_error_of_a_span_are_nowhere_in_the_next_one_of_its_recorder() {
    let limits = SpanLimits::default();
    let context = sampled();
    for said in ["service", "host", "error"] {
        let mut state = State::new(&OwnedEndpoint::default());
        let endpoint = Endpoint {
            service: (said == "service").then_some("db"),
            host: (said == "host").then_some("node-2"),
            ..Endpoint::default()
        };
        state.set_remote(endpoint, &limits);
        if said == "error" {
            state.set_error(Some(Error::new("Oops", &"it broke")), &limits);
        }
        state.reset();
        state.set_name(Name::Text("plain"), &limits);
        // Moves every text that has a place.
        state.sweep();
        assert_eq!(state.list.bytes(), b"plain", "{said}");
        let recorded = state.close(&context, Kind::Client, [3, 4], 0);
        let view = recorded.view();
        assert_eq!(view.remote, Endpoint::default());
        assert!(view.error.is_none());
    }
}

#[test]
fn what_thousands_of_open_spans_hold_is_small() {
    // With the places of the tags and 256 bytes of texts, this is what a usual span takes.
    let size = size_of::<crate::recorder::Recorder>();
    assert!(size <= 424, "{size}");
}
