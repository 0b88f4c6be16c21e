//! A format of somebody else's at arm's length.

use std::sync::atomic::{AtomicBool, Ordering};

use tracer_core::carrier::{Found, Names};
use tracer_core::{Inject, SpanContext, SpanRef};

use super::propagator::{Carried, Propagator, Reading};
use crate::guard::{guarded, say};

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
                say(|| log::warn!("a format of headers fails: {reason}"));
            }
        })
        .ok()
    }
}

/// What a format writes, until it is known to be all of it.
#[derive(Default)]
struct Draft(Vec<Change>);

enum Change {
    Set(String, String),
    SetBytes(String, Vec<u8>),
    Remove(String),
    RemovePrefix(String),
}

impl Draft {
    fn write(self, carrier: &mut dyn Inject) {
        for change in self.0 {
            match change {
                Change::Set(name, value) => carrier.set(&name, &value),
                Change::SetBytes(name, value) => carrier.set_bytes(&name, &value),
                Change::Remove(name) => carrier.remove(&name),
                Change::RemovePrefix(prefix) => carrier.remove_prefix(&prefix),
            }
        }
    }
}

impl Inject for Draft {
    fn set(&mut self, name: &str, value: &str) {
        self.0.push(Change::Set(name.to_owned(), value.to_owned()));
    }

    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        self.0
            .push(Change::SetBytes(name.to_owned(), value.to_owned()));
    }

    fn remove(&mut self, name: &str) {
        self.0.push(Change::Remove(name.to_owned()));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.push(Change::RemovePrefix(prefix.to_owned()));
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
        let before = carried.clone();
        if self
            .run(|format| format.carry(found, hit, own, carried))
            .is_none()
        {
            *carried = before;
            carried.malformed += 1;
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let mut draft = Draft::default();
        if self.run(|format| format.inject(span, &mut draft)).is_some() {
            draft.write(carrier);
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

        fn carry(&self, _: &Found<'_>, _: Option<&SpanContext>, _: bool, carried: &mut Carried) {
            carried.item("half", "read", None);
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

    /// As the headers of requests: it knows that nothing is there to be removed.
    #[derive(Default)]
    struct Sent(Vec<String>);

    impl Inject for Sent {
        fn set(&mut self, name: &str, _: &str) {
            self.0.push(name.to_owned());
        }

        fn remove(&mut self, name: &str) {
            self.0.retain(|sent| sent != name);
        }

        fn remove_prefix(&mut self, _: &str) {}

        fn may_hold(&self, _: &Names) -> bool {
            false
        }
    }

    #[test]
    fn a_draft_is_written_as_it_was_made() {
        let mut draft = Draft::default();
        draft.remove("a");
        draft.set("b", "1");
        draft.set_bytes("c", b"2");
        draft.remove_prefix("d-");
        let mut sent: Vec<(String, String)> = Vec::new();
        for name in ["a", "b", "d-x", "e"] {
            sent.push((name.to_owned(), "before".to_owned()));
        }
        draft.write(&mut sent);
        sent.sort();
        let expected = [("b", "1"), ("c", "2"), ("e", "before")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_format_that_panics_reads_and_writes_nothing() {
        let formats = Propagation::builder().reader(Panics).writer(Panics).build();
        let b3 = "00000000000000000000000000000001-0000000000000002-1";
        let extracted = formats.extract(&vec![("x-own", "1"), ("b3", b3)]);
        let context = extracted.span_context().cloned();
        let context = context.expect("others read what is theirs");
        assert_eq!(formats.counts().malformed, 1, "carry");
        assert!(extracted.extra().is_none(), "{extracted:?}");
        let extracted = formats.extract(&vec![("x-own", "1")]);
        assert!(extracted.span_context().is_none());
        assert_eq!(formats.counts().malformed, 3, "extract and carry");
        let mut sent = Sent::default();
        formats.inject(&SpanRef::from_context(context), &mut sent);
        let has = |name: &str| sent.0.iter().any(|sent| sent == name);
        assert!(has("x-b3-traceid") && !has("x-own"), "{:?}", sent.0);
    }
}
