//! Why a call failed, in the words of an adapter.

use std::fmt;

use super::redact::clean_message;
use crate::guard::printed;
use crate::rpc::Code;

/// Why a call failed without a response, or in the middle of one.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// The class: the error type's name, `timeout`, `panic`.
    pub kind: &'a str,
    /// What it says; URLs in it lose user info and query.
    pub message: Option<&'a dyn fmt::Display>,
    /// The HTTP status that the error will become. The error policy decides then.
    pub status: Option<u16>,
    /// The gRPC code that it means; `Unknown` unless said. What is no error on this side by its code
    /// only has that status.
    pub code: Option<Code>,
}

impl<'a> Failure<'a> {
    /// A failure of this class that says nothing.
    pub const fn kind(kind: &'a str) -> Self {
        Self {
            kind,
            message: None,
            status: None,
            code: None,
        }
    }

    /// A failure of this class with this message.
    pub const fn new(kind: &'a str, message: &'a dyn fmt::Display) -> Self {
        Self {
            kind,
            message: Some(message),
            status: None,
            code: None,
        }
    }

    /// What it says, without secrets; nothing if it cannot say that without a panic.
    pub(super) fn said(&self) -> Option<String> {
        let said = printed(self.message?)?;
        let clean = clean_message(&said);
        (!clean.is_empty()).then(|| clean.into_owned())
    }

    /// The same, with the HTTP status that it will become.
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same, with the gRPC code that it means.
    pub const fn code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// A status code as text, without an allocation.
pub(super) struct StatusText([u8; 3]);

impl StatusText {
    pub(super) const fn new(status: u16) -> Self {
        const fn digit(number: u16) -> u8 {
            b'0' + (number % 10) as u8
        }
        Self([digit(status / 100), digit(status / 10), digit(status)])
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_text() {
        assert_eq!(StatusText::new(503).as_str(), "503");
        assert_eq!(StatusText::new(99).as_str(), "099");
    }
}
