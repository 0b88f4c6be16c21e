//! Requests that a handler hands on within its process, behind a layer that does not believe what came.

use std::sync::Arc;

use tracer_core::http::{HttpServer, Incoming};
use tracer_core::testing::MockTracer;
use tracer_core::{Sampling, SpanId};

use crate::tape::{Tape, req};

/// What an edge did not believe is handed on to layers that believe everything, over two levels.
#[test]
fn what_an_edge_refused_counts_no_further_in_either() {
    type Edge = fn(HttpServer) -> HttpServer;
    let ignores: Edge = |layer| layer.incoming(Incoming::Ignore);
    let follows: Edge = |layer| layer.incoming(Incoming::Follow);
    let no_debug: Edge = |layer| layer.refuse_debug(true);
    for (edge, sent) in [
        (ignores, "7-8-1"),
        (ignores, "0"),
        (ignores, "d"),
        (follows, "7-8-1"),
        (no_debug, "d"),
        (no_debug, "7-8-d"),
    ] {
        let (tape, tracer) = Tape::new();
        let inner = HttpServer::new(tracer, "axum");
        let with = |path| req("GET", path).header("ctx", sent);
        let mut outside = edge(inner.clone()).start(&with("/batch"));
        let outer = outside.span().to_context().unwrap();
        let scope = outside.enter();
        let mut inside = inner.start(&with("/part"));
        let part = inside.span().to_context().unwrap();
        assert_eq!(part.parent_id(), Some(outer.span_id()), "{sent}");
        assert_eq!(part.trace_id(), outer.trace_id());
        assert_eq!(part.sampling(), outer.sampling(), "{sent}");
        let within = inside.enter().expect("its own");
        let last = inner.start(&with("/last"));
        let last_of = last.span().context().unwrap();
        assert_eq!(last_of.trace_id(), outer.trace_id(), "{sent}");
        assert_eq!(last_of.sampling(), outer.sampling(), "{sent}");
        drop((last, within));
        drop((inside, scope));
        drop(outside);
        assert_eq!(tape.finished().len(), 3);
    }
}

/// A façade that brings a trace of its own says what it likes, but not that.
#[test]
fn a_debug_flag_that_an_edge_refuses_is_refused_of_whatever_trace() {
    let (_, tracer) = Tape::new();
    let inner = HttpServer::new(tracer, "axum");
    let edge = inner.clone().refuse_debug(true);
    let mut outside = edge.start(&req("GET", "/batch").header("ctx", "7-8-1"));
    let _scope = outside.enter();
    let inside = inner.start(&req("GET", "/part").header("ctx", "9-8-d"));
    let part = inside.span().to_context().unwrap();
    assert_eq!(part.parent_id(), SpanId::new(8));
    assert_eq!(part.sampling(), Sampling::Record);
}

/// A façade below the edge sends a context that it has made itself.
#[test]
fn behind_an_edge_a_context_of_the_same_trace_is_continued() {
    let inner = HttpServer::new(Arc::new(MockTracer::new()), "axum");
    let edge = inner.clone().incoming(Incoming::Ignore);
    let mut outside = edge.start(&req("GET", "/batch"));
    let trace = outside.span().trace_id().unwrap();
    let _scope = outside.enter();
    let request = req("GET", "/part").header("mock-trace-id", &trace.to_string());
    let inside = inner.start(&request.header("mock-span-id", "0000000000000009"));
    let part = inside.span().to_context().unwrap();
    assert_eq!((part.trace_id(), part.parent_id()), (trace, SpanId::new(9)));
}
