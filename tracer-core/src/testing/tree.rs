//! Spans as an indented tree.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::span::MockSpan;

pub(super) fn render(spans: &[MockSpan]) -> String {
    let mut spans: Vec<&MockSpan> = spans.iter().collect();
    spans.sort_by_key(|span| (span.start, span.order));
    let known: HashMap<_, _> = spans
        .iter()
        .map(|span| ((span.trace_id(), span.span_id()), span.order))
        .collect();
    let mut children: HashMap<Option<u64>, Vec<&MockSpan>> = HashMap::new();
    for span in spans {
        let parent = span.parent_id();
        let parent = parent.and_then(|id| known.get(&(span.trace_id(), id)).copied());
        children.entry(parent).or_default().push(span);
    }
    let mut text = String::new();
    // A stack instead of recursion: a chain of spans may be long.
    let mut open: Vec<(usize, &MockSpan)> = Vec::new();
    push(&mut open, 0, children.get(&None));
    while let Some((depth, span)) = open.pop() {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{:indent$}{}", "", Line(span), indent = 2 * depth);
        push(&mut open, depth + 1, children.get(&Some(span.order)));
    }
    text
}

fn push<'a>(open: &mut Vec<(usize, &'a MockSpan)>, depth: usize, of: Option<&Vec<&'a MockSpan>>) {
    open.extend(of.into_iter().flatten().rev().map(|span| (depth, *span)));
}

struct Line<'a>(&'a MockSpan);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0;
        if span.follows() {
            f.write_str("~ ")?;
        }
        if let Some(kind) = span.kind.as_str() {
            write!(f, "{} ", kind.to_ascii_uppercase())?;
        }
        f.write_str(&span.name)?;
        for (i, (key, value)) in span.tags.iter().enumerate() {
            let before = if i == 0 { " [" } else { ", " };
            write!(f, "{before}{key}={value}")?;
        }
        if !span.tags.is_empty() {
            f.write_str("]")?;
        }
        if let Some(error) = &span.error {
            write!(f, " !{}", error.kind)?;
            if let Some(message) = &error.message {
                write!(f, ": {message}")?;
            }
        }
        Ok(())
    }
}
