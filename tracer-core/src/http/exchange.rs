//! What is known of one request under way.

use std::num::NonZeroU16;
use std::sync::Arc;

use super::method::Method;
use super::payload::Payload;
use super::policy::Side;
use super::settings::Settings;
use crate::rpc::Code;

/// What is known of a request under way, beside its span. It stays in the frame of that span: a future
/// and a body that hand it on move one word.
pub(crate) struct Exchange {
    pub(super) later: Option<Arc<Settings>>,
    pub(super) payload: Payload,
    pub(super) status: Option<NonZeroU16>,
    pub(super) method: Method,
    pub(super) side: Side,
    pub(super) role: Role,
    pub(super) flags: u8,
    pub(super) code: Option<Code>,
}

/// Whose span it is, as long as what is said of the request is recorded there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The span is ours.
    Owner,
    /// The span is an outer layer's: it gets what we know better.
    Guest,
    /// There is nothing to say: nothing is recorded, or not any more.
    Idle,
}

/// A route is known.
pub(super) const ROUTED: u8 = 1;
/// The gRPC method is one that the layer was told of.
pub(super) const KNOWN: u8 = 2;
/// The response said why it failed.
pub(super) const EXPLAINED: u8 = 4;
/// What the caller sent was not continued, so that it means nothing either where it is handed on.
pub(super) const UNTRUSTED: u8 = 8;
/// The caller's debug flag was taken as "sampled", and is where it is handed on.
pub(super) const DEBUG_REFUSED: u8 = 16;
/// The caller's address is known, or a hook may have said it.
pub(super) const PEERED: u8 = 32;

impl Exchange {
    /// Of no request.
    pub(crate) const NONE: Self = Self {
        later: None,
        payload: Payload::NONE,
        status: None,
        method: Method::Other,
        side: Side::Server,
        role: Role::Idle,
        flags: 0,
        code: None,
    };

    /// Of a request of which no more is known, and need not be if it is not recorded; the method is
    /// written with the rest of what is, and settings are let go of when a frame is given back. Written
    /// part by part: what is put together elsewhere waits to be moved.
    #[inline]
    pub(crate) fn begin(&mut self, side: Side, role: Role) {
        self.payload = Payload::NONE;
        self.status = None;
        self.side = side;
        self.role = role;
        self.flags = 0;
        self.code = None;
    }

    /// True if one of these flags is set.
    pub(super) const fn is(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// The span has ended: there is nothing more to say.
    #[inline]
    pub(crate) const fn end(&mut self) {
        self.role = Role::Idle;
    }

    /// Lets go of the settings, and with them of the tracer. The rest is written anew by the next call; but what
    /// layers within ask of a span that was opened by hand must not be of this one.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.payload = Payload::NONE;
        self.flags = 0;
        if self.later.is_some() {
            self.later = None;
        }
    }
}

/// What tells a request with this method and path from others. Slashes at the ends of a path do not count:
/// middleware takes them away.
#[inline]
pub(crate) fn mark(method: Method, path: &str) -> u32 {
    let mut bytes = path.as_bytes();
    while let [b'/', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b'/'] = bytes {
        bytes = rest;
    }
    let mix = |mark: u64, word: u64| {
        let mixed = (mark ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 32
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let first = (method as u64) << 32 | bytes.len() as u64;
    let mark = words
        .iter()
        .fold(first, |mark, word| mix(mark, u64::from_le_bytes(*word)));
    // The last eight again in part, or what there is of them.
    let last = match (bytes.last_chunk(), bytes.first_chunk(), bytes.last_chunk()) {
        (Some(last), ..) => u64::from_le_bytes(*last),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => rest
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    mix(mark, last) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_differ_have_marks_that_differ() {
        let long = "/a".repeat(20);
        let paths = [
            "",
            "/a",
            "/b",
            "/ab",
            "/ba",
            "/abab",
            "/ababab",
            "/aaaaaaaa",
            "/aaaaaaaaa",
            "/abcdefg",
            "/abcdefh",
            "/bbcdefg",
            "/abcdefgh",
            "/abcdefgi",
            "/users/1/orders/7",
            "/users/1/orders/8",
            "/users/2/orders/7",
            &long,
        ];
        for (at, path) in paths.iter().enumerate() {
            for (other_at, other) in paths.iter().enumerate() {
                let marks = [path, other].map(|path| mark(Method::Get, path));
                assert_eq!(marks[0] == marks[1], at == other_at, "{path} {other}");
            }
            let get = mark(Method::Get, path);
            assert_eq!(get, mark(Method::Get, &format!("/{path}//")), "{path}");
            assert_ne!(get, mark(Method::Post, path), "{path}");
        }
    }
}
