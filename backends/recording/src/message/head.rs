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
pub(super) const LOCAL_IP: usize = 15;
pub(super) const REMOTE_IP: usize = 17;
pub(super) const TAGS: usize = 19;
pub(super) const LOGS: usize = 20;
pub(super) const REST: usize = 21;
/// One more than the number of the operation.
pub(super) const OPERATION: usize = 22;

/// A text that is no tag's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Name = 8,
    Error = 9,
    Message = 10,
    LocalService = 11,
    LocalHost = 12,
    RemoteService = 13,
    RemoteHost = 14,
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
    pub(crate) flags: u8,
    local: u8,
    remote: u8,
    local_port: u16,
    remote_port: u16,
}

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
    /// Bytes of the whole message.
    #[inline]
    pub(crate) const fn bytes(&self) -> usize {
        8 * WORDS
            + self.texts
            + self.log_texts
            + (self.tags + self.logs + self.log_fields) * PLACE
            + self.references * 8 * REFERENCE
    }
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
    pub(crate) fn flag(&mut self, flag: u8, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }

    /// Sets where a text stands; returns where another one stood.
    #[inline]
    pub(crate) fn set_text(&mut self, text: Text, piece: Piece) -> Piece {
        let old = View(&self.words).piece(text);
        self.set(text as usize, pair(piece.start, piece.len));
        match text {
            Text::LocalService => self.local |= SERVICE,
            Text::LocalHost => self.local |= HOST,
            Text::RemoteService => self.remote |= SERVICE,
            Text::RemoteHost => self.remote |= HOST,
            Text::Name | Text::Error | Text::Message => {}
        }
        old
    }

    /// Unsets where a text stands; returns where it stood.
    pub(crate) fn forget_text(&mut self, text: Text) -> Piece {
        let old = self.set_text(text, Piece::default());
        match text {
            Text::LocalService => self.local &= !SERVICE,
            Text::LocalHost => self.local &= !HOST,
            Text::RemoteService => self.remote &= !SERVICE,
            Text::RemoteHost => self.remote &= !HOST,
            Text::Name | Text::Error | Text::Message => {}
        }
        old
    }

    pub(crate) fn piece(&self, text: Text) -> Piece {
        View(&self.words).piece(text)
    }

    pub(crate) fn set_ip(&mut self, end: End, ip: IpAddr) {
        let (flag, bits) = match ip {
            IpAddr::V4(ip) => (V4, u128::from(ip.to_bits())),
            IpAddr::V6(ip) => (V6, ip.to_bits()),
        };
        let (flags, word) = match end {
            End::Local => (&mut self.local, LOCAL_IP),
            End::Remote => (&mut self.remote, REMOTE_IP),
        };
        *flags = *flags & !(V4 | V6) | flag;
        self.set(word, (bits >> 64) as u64);
        self.set(word + 1, bits as u64);
    }

    pub(crate) const fn set_port(&mut self, end: End, port: u16) {
        let (flags, slot) = match end {
            End::Local => (&mut self.local, &mut self.local_port),
            End::Remote => (&mut self.remote, &mut self.remote_port),
        };
        *flags |= PORT;
        *slot = port;
    }

    /// Forgets all but the local end.
    #[inline]
    pub(crate) fn reset(&mut self) {
        for text in [
            Text::Name,
            Text::Error,
            Text::Message,
            Text::RemoteService,
            Text::RemoteHost,
        ] {
            self.set(text as usize, 0);
        }
        self.flags = 0;
        self.remote = 0;
        self.remote_port = 0;
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
        self.set(LEN, pair(sizes.bytes() as u32, sizes.left_out));
        let codes = u64::from(self.flags)
            | (kind as u64) << 8
            | (decision as u64) << 12
            | u64::from(self.local) << 16
            | u64::from(self.remote) << 24
            | u64::from(self.local_port) << 32
            | u64::from(self.remote_port) << 48;
        self.set(CODES, codes);
        self.set(START, start);
        self.set(DURATION, duration);
        self.set(TAGS, pair(sizes.texts as u32, sizes.tags as u32));
        self.set(LOGS, pair(sizes.log_texts as u32, sizes.logs as u32));
        self.set(REST, pair(sizes.log_fields as u32, sizes.references as u32));
        let operation = operation.map_or(0, |it| u64::from(it.number()) + 1);
        self.set(OPERATION, operation);
    }

    pub(crate) const fn view(&self) -> View<'_> {
        View(&self.words)
    }
}
