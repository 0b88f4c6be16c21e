//! Plain headers that travel with the trace (the "extra fields" of Brave).

use tracer_core::carrier::{Found, MAX_NAMES, Names};
use tracer_core::{Inject, SpanContext, SpanRef};

use super::propagator::{Carried, Propagator, Reading};

/// Headers that are carried under their own name.
#[derive(Clone, Debug, Default)]
pub struct ExtraFields {
    fields: Vec<(Box<str>, usize)>,
}

impl ExtraFields {
    /// The headers with these names.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let fields = names
            .into_iter()
            .map(|name| (name.to_ascii_lowercase().into(), 0))
            .collect();
        Self { fields }
    }
}

impl Propagator for ExtraFields {
    fn prepare(&mut self, names: &mut Names) {
        for (name, slot) in &mut self.fields {
            *slot = names.add(name);
        }
    }

    fn extract(&self, _: &Found<'_>) -> Reading {
        Reading::Absent
    }

    fn carry(&self, found: &Found<'_>, _: Option<&SpanContext>, _: bool, carried: &mut Carried) {
        for (name, slot) in &self.fields {
            let value = if *slot < MAX_NAMES {
                found.first(*slot)
            } else {
                let mut others = found.others();
                others
                    .find(|(other, _)| *other == &**name)
                    .map(|(_, value)| value)
            };
            match value.map(std::str::from_utf8) {
                Some(Ok(value)) => carried
                    .extra
                    .fields
                    .push((name.clone(), value.to_owned().into())),
                Some(Err(_)) => carried.malformed += 1,
                None => {}
            }
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let Some(extra) = span.extra() else { return };
        for (name, value) in &extra.fields {
            if self.fields.iter().any(|(known, _)| known == name) {
                carrier.set_bytes(name, value.as_bytes());
            }
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        for (name, _) in &self.fields {
            carrier.remove(name);
        }
    }
}
