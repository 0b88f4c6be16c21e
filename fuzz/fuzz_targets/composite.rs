//! Any headers, `name: value` a line, through every format at once and in another order; and through
//! each alone.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_core::OpenSpan;
use tracer_recording::Propagation;

static ALONE: LazyLock<Vec<Propagation>> = LazyLock::new(|| {
    let names = ["b3", "tracecontext", "jaeger", "jaeger,b3,tracecontext"];
    names.into_iter().map(tracer_fuzz::propagation).collect()
});

fuzz_target!(|data: &[u8]| {
    let received = tracer_fuzz::headers(data);
    let extracted = tracer_fuzz::extract(&tracer_fuzz::ALL, &received);
    let alone: Vec<_> = ALONE
        .iter()
        .map(|formats| tracer_fuzz::extract(formats, &received))
        .collect();
    // Something is found if and only if some format finds it.
    let found = alone.iter().any(|extracted| !extracted.is_absent());
    assert_eq!(!extracted.is_absent(), found);
    // One format wins as a whole.
    let ids = |extracted: &tracer_core::Extracted| {
        let context = extracted.span_context();
        context.map(|context| (context.trace_id(), context.span_id(), context.parent_id()))
    };
    let winner = alone
        .iter()
        .take(3)
        .find(|extracted| !extracted.is_absent());
    assert_eq!(ids(&extracted), winner.and_then(ids));
    // Under "propagate only" the caller's ids go on as they came.
    let pass = OpenSpan::pass_through(&extracted);
    let mut sent = tracer_fuzz::Sent::new();
    tracer_fuzz::ALL.inject(&pass, &mut sent);
    let again = tracer_fuzz::ALL.extract(&sent);
    assert_eq!(ids(&again), ids(&extracted));
    if extracted.span_context().is_none() {
        assert_eq!(
            again.sampling().is_sampled(),
            extracted.sampling().is_sampled()
        );
    }
    let mut cleared = sent;
    tracer_fuzz::ALL.clear(&mut cleared);
    assert!(cleared.is_empty());
});
