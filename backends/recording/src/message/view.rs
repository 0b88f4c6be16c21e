//! The numbers of a span, read where they stand in its message.

use std::net::IpAddr;

use tracer_core::{Kind, Operation, Sampling, SpanContext, SpanId, TraceId};

use super::layout::{
    ALWAYS, CODES, DECISION, DURATION, End, KIND, LEN, LENGTH, LOCAL, LOCAL_IP, LOCAL_PORT, LOGS,
    OPERATION, PARENT, PORT, RANDOM, REMOTE, REMOTE_IP, REMOTE_PORT, REST, SPAN, START, Sizes,
    TAGS, TRACE_HIGH, TRACE_LOW, Text, V4, V6, WORDS, words,
};
use crate::fields::Piece;

const fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

/// A closed head, read.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    always: &'a [[u8; 8]; ALWAYS],
    /// Those that were left out are zero.
    others: &'a [[u8; 8]],
}

impl<'a> View<'a> {
    pub(super) fn of(words: &'a [[u8; 8]; WORDS]) -> Self {
        static NOTHING: [[u8; 8]; ALWAYS] = [[0; 8]; ALWAYS];
        let (always, others) = words.split_first_chunk().unwrap_or((&NOTHING, &[]));
        Self { always, others }
    }

    /// The head at the beginning of these words.
    #[inline]
    pub(super) fn read(words: &'a [[u8; 8]]) -> Option<Self> {
        let (always, behind) = words.split_first_chunk()?;
        let head = Self {
            always,
            others: &[],
        };
        let others = behind.get(..head.words() - ALWAYS)?;
        Some(Self { always, others })
    }

    #[inline]
    fn word(self, word: usize) -> u64 {
        let word = match word.checked_sub(ALWAYS) {
            None => self.always.get(word),
            Some(word) => self.others.get(word),
        };
        word.map_or(0, |word| u64::from_le_bytes(*word))
    }

    /// How many words a closed head has.
    #[inline]
    pub(super) fn words(self) -> usize {
        words((self.word(CODES) >> LENGTH) as usize & 3)
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

    /// The operation; `Err` if the process has none with this number.
    #[inline]
    pub(crate) fn operation(self) -> Result<Option<&'static Operation>, ()> {
        let Some(number) = self.word(OPERATION).checked_sub(1) else {
            return Ok(None);
        };
        let number = u16::try_from(number).map_err(drop)?;
        Operation::from_number(number).map(Some).ok_or(())
    }

    pub(crate) fn left_out(self) -> u32 {
        halves(self.word(LEN)).1
    }

    pub(crate) fn sizes(self) -> Sizes {
        let (texts, tags) = halves(self.word(TAGS));
        let (log_texts, logs) = halves(self.word(LOGS));
        let (log_fields, references) = halves(self.word(REST));
        Sizes {
            left_out: self.left_out(),
            texts: texts as usize,
            tags: tags as usize,
            log_texts: log_texts as usize,
            logs: logs as usize,
            log_fields: log_fields as usize,
            references: references as usize,
        }
    }

    /// True with events or references.
    #[inline]
    pub(crate) fn has_more(self) -> bool {
        self.word(LOGS) | self.word(REST) != 0
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
        KINDS
            .get((self.word(CODES) >> KIND) as usize & 0xf)
            .copied()
    }

    pub(crate) fn start(self) -> u64 {
        self.word(START)
    }

    pub(crate) fn duration(self) -> u64 {
        self.word(DURATION)
    }

    pub(crate) fn context(self) -> Option<SpanContext> {
        let ids = [TRACE_HIGH, TRACE_LOW, SPAN, PARENT].map(|word| self.word(word));
        let decision = (self.word(CODES) >> DECISION) as u8 & 3;
        context(ids, decision, self.flags() & RANDOM != 0)
    }

    /// What is known of an endpoint, as flags.
    #[inline]
    pub(crate) fn known(self, end: End) -> u8 {
        match end {
            End::Local => (self.word(CODES) >> LOCAL) as u8,
            End::Remote => (self.word(CODES) >> REMOTE) as u8,
        }
    }

    #[inline]
    pub(crate) fn ip(self, end: End) -> Option<IpAddr> {
        let family = self.known(end) & (V4 | V6);
        if family == 0 {
            return None;
        }
        let word = match end {
            End::Local => LOCAL_IP,
            End::Remote => REMOTE_IP,
        };
        let bits = u128::from(self.word(word)) << 64 | u128::from(self.word(word + 1));
        Some(match family {
            V4 => IpAddr::from((bits as u32).to_be_bytes()),
            _ => IpAddr::from(bits.to_be_bytes()),
        })
    }

    #[inline]
    pub(crate) fn port(self, end: End) -> Option<u16> {
        let port = match end {
            End::Local => (self.word(CODES) >> LOCAL_PORT) as u16,
            End::Remote => (self.word(CODES) >> REMOTE_PORT) as u16,
        };
        (self.known(end) & PORT != 0).then_some(port)
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
