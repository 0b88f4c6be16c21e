//! What the span is told of the messages of one direction.

use std::fmt;

use tracer_core::conventions::{Known, keys};
use tracer_core::{SpanRef, Tag};

use super::parser::{Message, Parser};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

impl Direction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "SENT",
            Self::Received => "RECEIVED",
        }
    }

    const fn count_tag(self) -> Known {
        match self {
            Self::Sent => keys::GRPC_MESSAGES_SENT,
            Self::Received => keys::GRPC_MESSAGES_RECEIVED,
        }
    }
}

/// Which messages are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Events {
    pub(super) at_most: u32,
    /// Bytes of each message.
    pub(super) payload: usize,
}

impl Events {
    pub(super) const NONE: Self = Self {
        at_most: 0,
        payload: 0,
    };
}

/// Watches one direction of a call.
#[derive(Debug)]
pub(super) struct Watch {
    span: SpanRef,
    direction: Direction,
    counts: bool,
    events: Events,
    seen: u32,
    parser: Parser,
}

impl Watch {
    /// Logs only: the layer around counts this direction.
    pub(super) fn new(span: SpanRef, direction: Direction, events: Events) -> Self {
        let keep = if events.at_most > 0 {
            events.payload
        } else {
            0
        };
        Self {
            span,
            direction,
            counts: false,
            events,
            seen: 0,
            parser: Parser::keeping(keep),
        }
    }

    /// Counts as well.
    pub(super) fn counting(mut self) -> Self {
        self.counts = true;
        self.tell_count();
        self
    }

    pub(super) fn pass(&mut self, chunk: &[u8]) {
        let Self {
            span,
            direction,
            events,
            seen,
            parser,
            ..
        } = self;
        let before = *seen;
        parser.push(chunk, |message| {
            *seen = seen.saturating_add(1);
            if *seen <= events.at_most {
                log(span, *direction, *seen, events.payload > 0, message);
            }
        });
        if *seen != before && self.counts {
            self.tell_count();
        }
    }

    // At once, because the span may end while this direction is still open.
    fn tell_count(&self) {
        let count = Tag::new(self.direction.count_tag(), self.seen);
        self.span.set_tags(&[count]);
    }
}

fn log(span: &SpanRef, direction: Direction, id: u32, payload: bool, message: Message<'_>) {
    let hex = Hex(message.payload);
    let fields = [
        Tag::new("event", "message"),
        Tag::new("rpc.message.type", direction.as_str()),
        Tag::new("rpc.message.id", id),
        Tag::new("rpc.message.compressed_size", message.size),
        Tag::new("rpc.message.payload", &hex as &dyn fmt::Display),
    ];
    let [rest @ .., _] = &fields;
    span.log(if payload { &fields } else { rest });
}

struct Hex<'b>(&'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
