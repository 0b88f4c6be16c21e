//! The numbers of a span, at the start of its message.

use std::net::IpAddr;

use tracer_core::{Kind, Sampling, SpanContext, SpanId, TraceId};

use crate::fields::{HEAD as PLACE, Piece};

pub(crate) const SHARED: u8 = 1;
pub(crate) const REMOTE_PARENT: u8 = 1 << 1;
pub(crate) const SAMPLED: u8 = 1 << 2;
pub(crate) const ERROR: u8 = 1 << 3;
pub(crate) const MESSAGE: u8 = 1 << 4;
const RANDOM: u8 = 1 << 5;

// Of an endpoint.
const SERVICE: u8 = 1;
const HOST: u8 = 1 << 1;
const V4: u8 = 1 << 2;
const V6: u8 = 1 << 3;
const PORT: u8 = 1 << 4;

/// Words of a head.
pub(crate) const WORDS: usize = 22;
/// Words of a reference.
pub(crate) const REFERENCE: usize = 5;

// The words, beside those of `Text`.
const LEN: usize = 0;
const CODES: usize = 1;
const TRACE_HIGH: usize = 2;
const TRACE_LOW: usize = 3;
const SPAN: usize = 4;
const PARENT: usize = 5;
const START: usize = 6;
const DURATION: usize = 7;
const LOCAL_IP: usize = 15;
const REMOTE_IP: usize = 17;
const TAGS: usize = 19;
const LOGS: usize = 20;
const REST: usize = 21;

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

const fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
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
    }

    pub(crate) const fn view(&self) -> View<'_> {
        View(&self.words)
    }
}

/// A closed head, read.
#[derive(Clone, Copy)]
pub(crate) struct View<'a>(pub(crate) &'a [[u8; 8]; WORDS]);

impl<'a> View<'a> {
    #[inline]
    fn word(self, word: usize) -> u64 {
        self.0.get(word).map_or(0, |word| u64::from_le_bytes(*word))
    }

    pub(crate) const fn bytes(self) -> &'a [u8] {
        self.0.as_flattened()
    }

    #[inline]
    pub(crate) fn piece(self, text: Text) -> Piece {
        let (start, len) = halves(self.word(text as usize));
        Piece { start, len }
    }

    /// Bytes of the whole message.
    pub(crate) fn len(self) -> usize {
        halves(self.word(LEN)).0 as usize
    }

    pub(crate) fn sizes(self) -> Sizes {
        let (texts, tags) = halves(self.word(TAGS));
        let (log_texts, logs) = halves(self.word(LOGS));
        let (log_fields, references) = halves(self.word(REST));
        Sizes {
            left_out: halves(self.word(LEN)).1,
            texts: texts as usize,
            tags: tags as usize,
            log_texts: log_texts as usize,
            logs: logs as usize,
            log_fields: log_fields as usize,
            references: references as usize,
        }
    }

    pub(crate) fn flags(self) -> u8 {
        self.word(CODES) as u8
    }

    pub(crate) fn kind(self) -> Option<Kind> {
        const KINDS: [Kind; 5] = [
            Kind::Local,
            Kind::Server,
            Kind::Client,
            Kind::Producer,
            Kind::Consumer,
        ];
        KINDS.get((self.word(CODES) >> 8) as usize & 0xf).copied()
    }

    pub(crate) fn start(self) -> u64 {
        self.word(START)
    }

    pub(crate) fn duration(self) -> u64 {
        self.word(DURATION)
    }

    pub(crate) fn context(self) -> Option<SpanContext> {
        let ids = [TRACE_HIGH, TRACE_LOW, SPAN, PARENT].map(|word| self.word(word));
        let decision = (self.word(CODES) >> 12) as u8 & 0xf;
        context(ids, decision, self.flags() & RANDOM != 0)
    }

    /// Address and port, and whether there are a service and a host; `None` without any of them.
    #[inline]
    pub(crate) fn endpoint(self, end: End) -> Option<(Option<IpAddr>, Option<u16>, bool, bool)> {
        let codes = self.word(CODES);
        let (flags, port, word) = match end {
            End::Local => ((codes >> 16) as u8, (codes >> 32) as u16, LOCAL_IP),
            End::Remote => ((codes >> 24) as u8, (codes >> 48) as u16, REMOTE_IP),
        };
        if flags == 0 {
            return None;
        }
        let bits = u128::from(self.word(word)) << 64 | u128::from(self.word(word + 1));
        let ip = match flags & (V4 | V6) {
            0 => None,
            V4 => Some(IpAddr::from((bits as u32).to_be_bytes())),
            _ => Some(IpAddr::from(bits.to_be_bytes())),
        };
        let port = (flags & PORT != 0).then_some(port);
        Some((ip, port, flags & SERVICE != 0, flags & HOST != 0))
    }
}

/// Ids and decision as they stand in a message.
pub(super) fn context(ids: [u64; 4], decision: u8, random: bool) -> Option<SpanContext> {
    const DECISIONS: [Sampling; 4] = [
        Sampling::Defer,
        Sampling::Drop,
        Sampling::Record,
        Sampling::Debug,
    ];
    let [high, low, span, parent] = ids;
    let trace = TraceId::from_halves(high, low)?;
    let decision = *DECISIONS.get(usize::from(decision))?;
    Some(
        SpanContext::new(trace, SpanId::new(span)?, decision)
            .with_parent(SpanId::new(parent))
            .with_random(random),
    )
}
