//! The numbers of a span, written where they stand at the start of its message.

use std::net::IpAddr;

use tracer_core::{Kind, Operation, Sampling, SpanContext, SpanId};

use super::layout::{
    CODES, DECISION, DURATION, ERROR, End, HOST, KIND, LEN, LENGTH, LOCAL, LOCAL_IP, LOCAL_PORT,
    LOGS, OPERATION, PARENT, PORT, RANDOM, REMOTE, REMOTE_IP, REMOTE_PORT, REST, SERVICE, SPAN,
    START, Sizes, TAGS, TRACE_HIGH, TRACE_LOW, Text, V4, V6, WORDS, words,
};
use super::view::View;
use crate::fields::{HEAD as PLACE, Piece};

/// Everything about a span that is a number, little-endian.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    words: [[u8; 8]; WORDS],
    /// The word of this name, as far as it is known: flags (8 bits), then, known at the end, kind (4),
    /// decision and which of the lengths (2 each), then what is known of the local and of the remote
    /// end (8 each), and their ports (16 each).
    codes: u64,
}

/// All about the local end.
const OF_LOCAL: u64 = 0xff << LOCAL | 0xffff << LOCAL_PORT;
const ADDRESSES: u64 = ((V4 | V6) as u64) << LOCAL | ((V4 | V6) as u64) << REMOTE;
const REMOTE_NAMES: u64 = ((SERVICE | HOST) as u64) << REMOTE;
const NAMES: u64 = (HOST as u64) << LOCAL | REMOTE_NAMES;

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
