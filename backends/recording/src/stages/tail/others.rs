//! What stands beside a request within its trace.

use std::collections::HashSet;

use tracer_core::SpanId;

use crate::fields::Reader;
use crate::message;

/// How often late spans are looked for below late spans. What is left then waits until there is no room for it.
const PASSES: u8 = 8;

/// Spans of a trace.
#[derive(Default)]
pub(super) struct Spans {
    pub(super) count: u64,
    pub(super) messages: Vec<u8>,
}

/// Of these messages, those of spans that are not below this one: of another request of the same trace, which
/// is still under way.
pub(super) fn others(messages: &[u8], root: SpanId) -> Spans {
    let mut spans = Vec::new();
    let mut reader = Reader(messages);
    loop {
        let rest = reader.0;
        let ids = message::lend(&mut reader, |span, _| (span.span_id(), span.parent_id()));
        let Some((span, parent)) = ids else { break };
        let message = rest.get(..rest.len() - reader.0.len());
        spans.push((span, parent, message.unwrap_or_default()));
    }
    // Children end before their parents, but for late ones.
    spans.reverse();
    let mut below = HashSet::from([root]);
    for _ in 0..PASSES {
        let before = spans.len();
        spans.retain(|(span, parent, _)| {
            let is_below = parent.is_some_and(|parent| below.contains(&parent));
            if is_below {
                below.insert(*span);
            }
            !is_below
        });
        if spans.is_empty() || spans.len() == before {
            break;
        }
    }
    let mut others = Spans::default();
    for (_, _, message) in spans.iter().rev() {
        others.count += 1;
        others.messages.extend_from_slice(message);
    }
    others
}
