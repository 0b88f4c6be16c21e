//! What gRPC takes as metadata.

use crate::carrier::{Inject, Names};
use crate::rpc::is_ascii_value;

/// A carrier that takes no value that metadata cannot have.
pub(super) struct Metadata<'c>(pub(super) &'c mut dyn Inject);

impl Inject for Metadata<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.set_bytes(name, value.as_bytes());
    }

    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        match is_ascii_value(value) {
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
