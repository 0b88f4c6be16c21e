//! What is known of a body while it passes.

use super::methods::Candidate;
use crate::rpc::{Deadline, MessageCounter};

/// The body of a call, and what belongs to it by the protocol's rules.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payload {
    Http {
        /// Bytes to come, if their number is known.
        left: Option<u64>,
    },
    Rpc {
        /// When the time is up that the call asked for.
        asked: Option<Deadline>,
        /// When that of a timer is up of which the layer was told. It ends with the headers of the response.
        told: Option<Deadline>,
        messages: MessageCounter,
        /// The place of a method that will be known if it answers OK.
        candidate: Option<Candidate>,
    },
}

impl Payload {
    /// Of a call that nobody records.
    pub(super) const NONE: Self = Self::Http { left: None };

    /// Data passes: `len` bytes, of which `chunk` can be seen.
    #[inline]
    pub(super) fn pass(&mut self, len: usize, chunk: &[u8]) {
        match self {
            // What is too much is not sent.
            Self::Http { left } => *left = left.map(|left| left.saturating_sub(len as u64)),
            Self::Rpc { messages, .. } => {
                messages.push(chunk);
                messages.skip(len.saturating_sub(chunk.len()) as u64);
            }
        }
    }

    /// True if something is to be learned from the answer.
    pub(super) const fn teaches(&self) -> bool {
        matches!(
            self,
            Self::Rpc {
                candidate: Some(_),
                ..
            }
        )
    }

    /// True if the length was known and something of it is left.
    pub(super) const fn is_short(&self) -> bool {
        matches!(self, Self::Http { left: Some(1..) })
    }

    /// True if the length was known and nothing of it is left.
    pub(super) const fn is_sent(&self) -> bool {
        matches!(self, Self::Http { left: Some(0) })
    }
}
