//! The process's tracer. One test, because it can be set only once.

use std::sync::Arc;

use tracer_core::testing::MockTracer;
use tracer_core::{TracerExt, global, set_global};

#[test]
fn it_does_nothing_until_it_is_set_and_is_set_only_once() {
    assert!(!global().span("early").start().is_recording());
    let tracer = MockTracer::new();
    set_global(Arc::new(tracer.clone())).unwrap();
    let again = set_global(Arc::new(MockTracer::new())).unwrap_err();
    assert_eq!(again.to_string(), "the global tracer was set before");
    global().span("late").start().finish();
    assert_eq!(tracer.tree(), "late\n");
}
