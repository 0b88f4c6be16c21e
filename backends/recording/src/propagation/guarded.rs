//! A format of somebody else's at arm's length.

use std::sync::atomic::{AtomicBool, Ordering};

use tracer_core::carrier::{Found, Names};
use tracer_core::{Inject, SpanContext, SpanRef};

use super::propagator::{Carried, Propagator, Reading};
use crate::guard::guarded;

/// What only watches a request must not break it: where a format panics, nothing valid was received,
/// and nothing of it is sent.
pub(super) struct Guarded<P> {
    format: P,
    said: AtomicBool,
}

impl<P: Propagator> Guarded<P> {
    pub(super) const fn new(format: P) -> Self {
        Self {
            format,
            said: AtomicBool::new(false),
        }
    }

    fn run<T>(&self, f: impl FnOnce(&P) -> T) -> Option<T> {
        let ran = guarded(|| f(&self.format));
        ran.inspect_err(|reason| {
            if !self.said.swap(true, Ordering::Relaxed) {
                // Loggers may panic, too.
                let _ = guarded(|| log::warn!("a format of headers fails: {reason}"));
            }
        })
        .ok()
    }
}

impl<P: Propagator> Propagator for Guarded<P> {
    fn prepare(&mut self, names: &mut Names) {
        self.format.prepare(names);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        self.run(|format| format.extract(found))
            .unwrap_or(Reading::Malformed)
    }

    fn carry(
        &self,
        found: &Found<'_>,
        hit: Option<&SpanContext>,
        own: bool,
        carried: &mut Carried,
    ) {
        if self
            .run(|format| format.carry(found, hit, own, carried))
            .is_none()
        {
            carried.malformed += 1;
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        if self.run(|format| format.inject(span, carrier)).is_none() {
            self.clear(carrier);
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        self.run(|format| format.clear(carrier));
    }

    fn dropped(&self) -> u64 {
        self.run(Propagator::dropped).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Propagation;
    use super::*;

    struct Panics;

    impl Propagator for Panics {
        fn prepare(&mut self, names: &mut Names) {
            names.add("x-own");
        }

        fn extract(&self, _: &Found<'_>) -> Reading {
            panic!("cannot read")
        }

        fn carry(&self, _: &Found<'_>, _: Option<&SpanContext>, _: bool, _: &mut Carried) {
            panic!("cannot carry")
        }

        fn inject(&self, _: &SpanRef, carrier: &mut dyn Inject) {
            carrier.set("x-own", "half");
            panic!("cannot write")
        }

        fn clear(&self, carrier: &mut dyn Inject) {
            carrier.remove("x-own");
        }

        fn dropped(&self) -> u64 {
            panic!("cannot count")
        }
    }

    #[test]
    fn a_format_that_panics_reads_and_writes_nothing() {
        let formats = Propagation::builder().reader(Panics).writer(Panics).build();
        let b3 = "00000000000000000000000000000001-0000000000000002-1";
        let extracted = formats.extract(&vec![("x-own", "1"), ("b3", b3)]);
        let context = extracted.span_context().cloned();
        let context = context.expect("others read what is theirs");
        assert_eq!(formats.counts().malformed, 1, "carry");
        let extracted = formats.extract(&vec![("x-own", "1")]);
        assert!(extracted.span_context().is_none());
        assert_eq!(formats.counts().malformed, 3, "extract and carry");
        let mut sent = Vec::<(String, String)>::new();
        formats.inject(&SpanRef::from_context(context), &mut sent);
        let has = |name: &str| sent.iter().any(|(sent, _)| sent == name);
        assert!(has("x-b3-traceid") && !has("x-own"), "{sent:?}");
    }
}
