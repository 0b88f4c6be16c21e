//! Where the numbers of a span stand at the start of its message.

use crate::fields::HEAD as PLACE;

pub(crate) const SHARED: u8 = 1;
pub(crate) const REMOTE_PARENT: u8 = 1 << 1;
pub(crate) const SAMPLED: u8 = 1 << 2;
pub(crate) const ERROR: u8 = 1 << 3;
pub(crate) const MESSAGE: u8 = 1 << 4;
pub(super) const RANDOM: u8 = 1 << 5;
/// The name is not that of the operation.
pub(crate) const NAMED: u8 = 1 << 6;

// Of an endpoint.
pub(super) const SERVICE: u8 = 1;
pub(super) const HOST: u8 = 1 << 1;
pub(super) const V4: u8 = 1 << 2;
pub(super) const V6: u8 = 1 << 3;
pub(super) const PORT: u8 = 1 << 4;

/// Words of a head.
pub(crate) const WORDS: usize = 23;
/// Words that every head has. The others stand behind them, and the last ones of which nothing is
/// known are left out: what is written into the queue another core has read, so that every line of
/// it has to be fetched.
pub(super) const ALWAYS: usize = 12;
/// How many words there are: with addresses, with names of the ends, with an error, events or
/// references.
pub(super) const LENGTHS: [usize; 4] = [ALWAYS, 16, 19, WORDS];
/// Words of a reference.
pub(crate) const REFERENCE: usize = 5;

// The words, beside those of `Text`.
pub(super) const LEN: usize = 0;
pub(super) const CODES: usize = 1;
pub(super) const TRACE_HIGH: usize = 2;
pub(super) const TRACE_LOW: usize = 3;
pub(super) const SPAN: usize = 4;
pub(super) const PARENT: usize = 5;
pub(super) const START: usize = 6;
pub(super) const DURATION: usize = 7;
pub(super) const TAGS: usize = 8;
/// One more than the number of the operation.
pub(super) const OPERATION: usize = 9;
pub(super) const REMOTE_IP: usize = 12;
pub(super) const LOCAL_IP: usize = 14;
pub(super) const LOGS: usize = 21;
pub(super) const REST: usize = 22;

/// A text that is no tag's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Name = 10,
    LocalService = 11,
    LocalHost = 16,
    RemoteService = 17,
    RemoteHost = 18,
    Error = 19,
    Message = 20,
}

impl Text {
    /// Those first that a recorder keeps from span to span.
    pub(crate) const ALL: [Self; 7] = [
        Self::LocalService,
        Self::LocalHost,
        Self::Name,
        Self::Error,
        Self::Message,
        Self::RemoteService,
        Self::RemoteHost,
    ];
}

/// Which end of a call.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Local,
    Remote,
}

// Where they stand in the word `CODES`.
pub(super) const KIND: u32 = 8;
pub(super) const DECISION: u32 = 12;
pub(super) const LENGTH: u32 = 14;
pub(super) const LOCAL: u32 = 16;
pub(super) const REMOTE: u32 = 24;
pub(super) const LOCAL_PORT: u32 = 32;
pub(super) const REMOTE_PORT: u32 = 48;

/// How many of each follow the head.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) left_out: u32,
    pub(crate) texts: usize,
    pub(crate) tags: usize,
    pub(crate) log_texts: usize,
    pub(crate) logs: usize,
    pub(crate) log_fields: usize,
    pub(crate) references: usize,
}

impl Sizes {
    /// Bytes of what follows the longest head alone.
    pub(super) const fn rare(&self) -> usize {
        self.log_texts + (self.logs + self.log_fields) * PLACE + self.references * 8 * REFERENCE
    }
}

/// How many words a head of this length has.
#[inline]
pub(super) fn words(length: usize) -> usize {
    LENGTHS.get(length).copied().unwrap_or(WORDS)
}
