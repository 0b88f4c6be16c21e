//! A forked child has the stream of ids of the thread that forked. Nobody forks here: a seed stands in
//! for what is inherited.

use tracer_core::testing::seed_ids;
use tracer_core::{SpanId, TracerExt};
use tracer_recording::{NullReporter, RecordingTracer};

const INHERITED: u64 = 7;

#[test]
fn a_tracer_of_a_forked_child_does_not_make_the_ids_of_its_parent_again() {
    let ids = || [(); 16].map(|()| SpanId::random());
    seed_ids(INHERITED);
    let of_parent = ids();
    seed_ids(INHERITED);
    assert_eq!(ids(), of_parent);

    seed_ids(INHERITED);
    let tracer = RecordingTracer::builder("shop", NullReporter).build();
    let of_span = tracer.span("job").start().span_id();
    let of_child = ids().into_iter().chain(of_span);
    for id in of_child {
        assert!(!of_parent.contains(&id), "{id}");
    }
}
