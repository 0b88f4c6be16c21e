//! What gRPC takes as metadata.

use crate::carrier::{Inject, Names};

/// A carrier that takes no value beyond ASCII: such are for metadata whose names end in `-bin` (gRPC over HTTP/2,
/// "ASCII-Value").
pub(super) struct Metadata<'c>(pub(super) &'c mut dyn Inject);

impl Inject for Metadata<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.set_bytes(name, value.as_bytes());
    }

    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        match value.is_ascii() {
            true => self.0.set_bytes(name, value),
            false => self.0.remove(name),
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.remove_prefix(prefix);
    }

    fn may_hold(&self, names: &Names) -> bool {
        self.0.may_hold(names)
    }
}
