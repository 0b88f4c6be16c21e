//! The numbers of a span, at the start of its message: their places, and how they are written.

use std::net::IpAddr;

use tracer_core::{Kind, Operation, Sampling, SpanContext, SpanId};

use super::view::View;
use crate::fields::{HEAD as PLACE, Piece};

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

/// Everything about a span that is a number, little-endian.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    words: [[u8; 8]; WORDS],
    /// The word of this name, as far as it is known: flags (8 bits), then, known at the end, kind (4),
    /// decision and which of the lengths (2 each), then what is known of the local and of the remote
    /// end (8 each), and their ports (16 each).
    codes: u64,
}

// Where they stand in the codes.
pub(super) const KIND: u32 = 8;
pub(super) const DECISION: u32 = 12;
pub(super) const LENGTH: u32 = 14;
const LOCAL: u32 = 16;
const REMOTE: u32 = 24;
const LOCAL_PORT: u32 = 32;
const REMOTE_PORT: u32 = 48;
/// All about the local end.
const OF_LOCAL: u64 = 0xff << LOCAL | 0xffff << LOCAL_PORT;
const ADDRESSES: u64 = ((V4 | V6) as u64) << LOCAL | ((V4 | V6) as u64) << REMOTE;
const REMOTE_NAMES: u64 = ((SERVICE | HOST) as u64) << REMOTE;
const NAMES: u64 = (HOST as u64) << LOCAL | REMOTE_NAMES;

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
    const fn rare(&self) -> usize {
        self.log_texts + (self.logs + self.log_fields) * PLACE + self.references * 8 * REFERENCE
    }
}

/// How many words a head of this length has.
#[inline]
pub(super) fn words(length: usize) -> usize {
    LENGTHS.get(length).copied().unwrap_or(WORDS)
}

const fn pair(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

impl Head {
    #[inline]
    fn set(&mut self, word: usize, value: u64) {
        if let Some(word) = self.words.get_mut(word) {
            *word = value.to_le_bytes();
        }
    }

    #[inline]
    pub(crate) fn set_context(&mut self, context: &SpanContext) {
        self.set(TRACE_HIGH, context.trace_id().high());
        self.set(TRACE_LOW, context.trace_id().low());
        self.set(SPAN, context.span_id().get());
        self.set(PARENT, context.parent_id().map_or(0, SpanId::get));
        self.flag(RANDOM, context.is_random());
    }

    #[inline]
    pub(crate) const fn flag(&mut self, flag: u8, on: bool) {
        self.code(flag, 0, on);
    }

    #[inline]
    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.codes & flag as u64 != 0
    }

    #[inline]
    const fn code(&mut self, flag: u8, shift: u32, on: bool) {
        if on {
            self.codes |= (flag as u64) << shift;
        } else {
            self.codes &= !((flag as u64) << shift);
        }
    }

    /// Says whether a text of one of the ends is known.
    #[inline]
    const fn know(&mut self, text: Text, known: bool) {
        match text {
            Text::LocalService => self.code(SERVICE, LOCAL, known),
            Text::LocalHost => self.code(HOST, LOCAL, known),
            Text::RemoteService => self.code(SERVICE, REMOTE, known),
            Text::RemoteHost => self.code(HOST, REMOTE, known),
            Text::Name | Text::Error | Text::Message => {}
        }
    }

    /// Sets where a text stands; returns where another one stood.
    #[inline]
    pub(crate) fn set_text(&mut self, text: Text, piece: Piece) -> Piece {
        let old = self.view().piece(text);
        self.set(text as usize, pair(piece.start, piece.len));
        self.know(text, true);
        old
    }

    /// Unsets where a text stands; returns where it stood.
    pub(crate) fn forget_text(&mut self, text: Text) -> Piece {
        let old = self.set_text(text, Piece::default());
        self.know(text, false);
        old
    }

    pub(crate) fn piece(&self, text: Text) -> Piece {
        self.view().piece(text)
    }

    pub(crate) fn set_ip(&mut self, end: End, ip: IpAddr) {
        let (flag, bits) = match ip {
            IpAddr::V4(ip) => (V4, u128::from(ip.to_bits())),
            IpAddr::V6(ip) => (V6, ip.to_bits()),
        };
        let (shift, word) = match end {
            End::Local => (LOCAL, LOCAL_IP),
            End::Remote => (REMOTE, REMOTE_IP),
        };
        self.code(V4 | V6, shift, false);
        self.code(flag, shift, true);
        self.set(word, (bits >> 64) as u64);
        self.set(word + 1, bits as u64);
    }

    pub(crate) const fn set_port(&mut self, end: End, port: u16) {
        let (shift, place) = match end {
            End::Local => (LOCAL, LOCAL_PORT),
            End::Remote => (REMOTE, REMOTE_PORT),
        };
        self.code(PORT, shift, true);
        self.codes = self.codes & !(0xffff << place) | (port as u64) << place;
    }

    /// Forgets all but the local end.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.set(Text::Name as usize, 0);
        // These words few spans have.
        if self.codes & (ERROR as u64 | REMOTE_NAMES) != 0 {
            for text in [
                Text::Error,
                Text::Message,
                Text::RemoteService,
                Text::RemoteHost,
            ] {
                self.set(text as usize, 0);
            }
        }
        self.codes &= OF_LOCAL;
    }

    /// The last words: nothing may change behind them.
    #[inline]
    pub(crate) fn close(
        &mut self,
        kind: Kind,
        decision: Sampling,
        [start, duration]: [u64; 2],
        operation: Option<&'static Operation>,
        sizes: &Sizes,
    ) {
        let mut bytes = sizes.texts + sizes.tags * PLACE;
        let length = if self.has(ERROR) || sizes.logs > 0 || sizes.references > 0 {
            self.set(LOGS, pair(sizes.log_texts as u32, sizes.logs as u32));
            self.set(REST, pair(sizes.log_fields as u32, sizes.references as u32));
            bytes += sizes.rare();
            3
        } else if self.codes & NAMES != 0 {
            2
        } else {
            usize::from(self.codes & ADDRESSES != 0)
        };
        bytes += 8 * words(length);
        self.set(LEN, pair(bytes as u32, sizes.left_out));
        let last = (kind as u64) << KIND | (decision as u64) << DECISION;
        self.set(CODES, self.codes | last | (length as u64) << LENGTH);
        self.set(START, start);
        self.set(DURATION, duration);
        self.set(TAGS, pair(sizes.texts as u32, sizes.tags as u32));
        let operation = operation.map_or(0, |it| u64::from(it.number()) + 1);
        self.set(OPERATION, operation);
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        View::of(&self.words)
    }

    /// A closed head, as it begins its message.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        let words = self.words.get(..self.view().words());
        words.unwrap_or_default().as_flattened()
    }
}
