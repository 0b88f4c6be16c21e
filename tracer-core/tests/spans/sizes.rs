//! Handles are copied on every request and every poll: they must not grow unnoticed.

use std::mem::size_of;

use tracer_core::current::InSpan;
use tracer_core::http::Call;
use tracer_core::{InFlight, Key, OpenSpan, SpanContext, SpanRef, Tag};

#[test]
fn handles_stay_small() {
    assert_eq!(size_of::<SpanContext>(), 48);
    assert_eq!(size_of::<SpanRef>(), 48);
    assert_eq!(size_of::<OpenSpan>(), 48);
    assert_eq!(size_of::<InFlight>(), 8);
    assert_eq!(size_of::<InSpan<std::future::Ready<()>>>(), 16);
    assert_eq!((size_of::<Key<'_>>(), size_of::<Tag<'_>>()), (16, 40));
    assert_eq!(size_of::<Call>(), 16);
    assert_eq!(size_of::<Option<OpenSpan>>(), size_of::<OpenSpan>());
}

#[test]
fn the_owner_may_be_shared_and_sent() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<OpenSpan>();
    shared::<SpanRef>();
    shared::<InFlight>();
    shared::<std::sync::Arc<dyn tracer_core::Tracer>>();
}
