//! Prints traces as trees with a waterfall.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use tracer_core::{Kind, TraceId};
use tracer_recording::OwnedSpan;

const BAR: usize = 24;
const NAMES: usize = 52;

/// One trace, its spans in the order in which they started.
#[derive(Debug)]
pub struct Trace<'a> {
    /// The id.
    pub id: TraceId,
    /// The spans.
    pub spans: Vec<&'a OwnedSpan>,
}

/// Groups spans into traces, in the order in which those began.
pub fn traces(spans: &[OwnedSpan]) -> Vec<Trace<'_>> {
    let mut by_id: BTreeMap<TraceId, Vec<&OwnedSpan>> = BTreeMap::new();
    for span in spans {
        by_id.entry(span.context.trace_id()).or_default().push(span);
    }
    let mut traces: Vec<Trace<'_>> = by_id
        .into_iter()
        .map(|(id, mut spans)| {
            // A client and the server that shares its id start in this order.
            spans.sort_by_key(|span| (span.start, span.kind == Kind::Server));
            Trace { id, spans }
        })
        .collect();
    traces.sort_by_key(|trace| trace.spans.first().map(|span| span.start));
    traces
}

impl<'a> Trace<'a> {
    /// The spans from the root down with their depths; spans whose parent is missing count as
    /// roots.
    pub fn rows(&self) -> Vec<(usize, &'a OwnedSpan)> {
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (place, span) in self.spans.iter().enumerate() {
            below.entry(self.parent(span)).or_default().push(place);
        }
        let mut rows = Vec::new();
        self.push_rows(&below, None, 0, &mut rows);
        rows
    }

    /// The place of the span below which this one stands. Halves of a call that share an id: the server's below the
    /// client's, and children below the server's. Where several requests came with one id, below the last that had
    /// begun; whether the caller decided may differ between them, so it is not asked which halves are shared.
    fn parent(&self, span: &OwnedSpan) -> Option<usize> {
        let places = || self.spans.iter().enumerate();
        let caller = |(_, other): &(usize, &&OwnedSpan)| {
            !other.shared
                && other.kind != Kind::Server
                && other.context.span_id() == span.context.span_id()
        };
        if let Some((place, _)) = places().find(caller).filter(|_| span.shared) {
            return Some(place);
        }
        let parent = span.parent_id()?;
        let above = places().filter(|(_, other)| other.context.span_id() == parent);
        let key = |other: &OwnedSpan| {
            let is_server = other.kind == Kind::Server;
            (other.start <= span.start, is_server, other.start)
        };
        let above = above.max_by_key(|(_, other)| key(other));
        above.map(|(place, _)| place)
    }

    fn push_rows(
        &self,
        below: &HashMap<Option<usize>, Vec<usize>>,
        parent: Option<usize>,
        depth: usize,
        rows: &mut Vec<(usize, &'a OwnedSpan)>,
    ) {
        for &place in below.get(&parent).into_iter().flatten() {
            rows.extend(self.spans.get(place).map(|span| (depth, *span)));
            self.push_rows(below, Some(place), depth + 1, rows);
        }
    }

    /// Where a failure began: the deepest span with an error, and of several as deep the last one.
    pub fn failing_hop(&self) -> Option<&'a OwnedSpan> {
        let rows = self.rows();
        let failed = rows.iter().filter(|(_, span)| span.error.is_some());
        failed
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, span)| *span)
    }

    /// The tree as text; `color` for a terminal.
    pub fn render(&self, color: bool) -> String {
        let start = self.spans.iter().map(|span| span.start).min().unwrap_or(0);
        let end = self
            .spans
            .iter()
            .map(|span| span.start + span.duration)
            .max()
            .unwrap_or(start);
        let mut out = format!("trace {}\n", self.id);
        for (depth, span) in self.rows() {
            let (red, plain) = if color && span.error.is_some() {
                ("\x1b[31m", "\x1b[0m")
            } else {
                ("", "")
            };
            let label = label(depth, span);
            let bar = bar(span.start - start, span.duration, end - start);
            let offset = millis(span.start - start);
            let took = millis(span.duration);
            let status = status(span);
            let _ = writeln!(
                out,
                "{red}{label:<NAMES$} {bar} {offset:>9} {took:>9}  {status}{plain}"
            );
        }
        if let Some(span) = self.failing_hop() {
            let _ = writeln!(out, "failed at: {}", hop(span));
        }
        out
    }
}

fn label(depth: usize, span: &OwnedSpan) -> String {
    let kind = span.kind.as_str().unwrap_or("local").to_uppercase();
    let mut label = format!(
        "{:indent$}{} {kind} {}",
        "",
        span.service(),
        span.name,
        indent = depth * 2
    );
    if let Some(peer) = &span.remote.service {
        let _ = write!(label, " -> {peer}");
    }
    if label.chars().count() > NAMES {
        label = label.chars().take(NAMES - 1).chain(['…']).collect();
    }
    label
}

fn bar(offset: u64, duration: u64, whole: u64) -> String {
    let column = |at: u64| ((at as f64 / whole.max(1) as f64) * BAR as f64).round() as usize;
    let from = column(offset).min(BAR - 1);
    let to = column(offset + duration).clamp(from + 1, BAR);
    format!(
        "|{}{}{}|",
        " ".repeat(from),
        "=".repeat(to - from),
        " ".repeat(BAR - to)
    )
}

fn millis(nanos: u64) -> String {
    format!("{:.2}ms", nanos as f64 / 1e6)
}

fn status(span: &OwnedSpan) -> String {
    let code = span
        .tag("http.status_code")
        .or_else(|| span.tag("grpc.status_code"));
    let mut status = code.unwrap_or_default();
    if span.tag("cancelled").is_some() {
        status.push_str(" cancelled");
    }
    if let Some((kind, message)) = &span.error {
        let _ = write!(status, " error {}", message.as_ref().unwrap_or(kind));
    }
    status.trim_start().to_owned()
}

fn hop(span: &OwnedSpan) -> String {
    let mut hop = format!("{} {}", span.service(), span.name);
    if let Some(peer) = &span.remote.service {
        let _ = write!(hop, " calling {peer}");
    }
    if let Some((kind, message)) = &span.error {
        let _ = write!(hop, ": {}", message.as_ref().unwrap_or(kind));
    }
    hop
}

#[cfg(test)]
mod tests {
    use tracer_core::{Sampling, SpanContext, SpanId};
    use tracer_recording::testing::SpanBuilder;

    use super::*;

    fn context(id: u64, parent: Option<u64>) -> SpanContext {
        let (trace, span) = (TraceId::new(7), SpanId::new(id));
        let (trace, span) = trace.zip(span).expect("ids");
        let context = SpanContext::new(trace, span, Sampling::Record);
        context.with_parent(parent.and_then(SpanId::new))
    }

    fn rows(spans: &[SpanBuilder]) -> String {
        let spans: Vec<_> = spans.iter().map(|span| span.view().to_owned()).collect();
        let traces = traces(&spans);
        let rows = traces.iter().flat_map(Trace::rows);
        let rows = rows.map(|(depth, span)| format!("{depth} {}", span.name));
        rows.collect::<Vec<_>>().join(", ")
    }

    /// `curl -H 'b3: …-…-1'`: the caller's half of the first span is nowhere.
    #[test]
    fn a_span_that_shares_its_id_with_a_caller_elsewhere_is_a_root() {
        let server = || SpanBuilder::new("serve").context(context(2, Some(1)));
        let work = || SpanBuilder::new("work").context(context(3, Some(2)));
        let call = || SpanBuilder::new("call").context(context(2, Some(1)));
        let shared = || server().shared(true).kind(Kind::Server);
        assert_eq!(rows(&[shared(), work()]), "0 serve, 1 work");
        assert_eq!(
            rows(&[call().kind(Kind::Client), shared(), work()]),
            "0 call, 1 serve, 2 work"
        );
    }

    /// A handler has changed the kind of its span.
    #[test]
    fn a_span_is_not_its_own_caller() {
        let context = |id, parent| SpanBuilder::new("serve").context(context(id, parent));
        let served = context(2, Some(1)).shared(true).kind(Kind::Client);
        assert_eq!(rows(&[served, context(3, Some(2))]), "0 serve, 1 serve");
    }

    /// The same `curl` twice, the second time without a decision.
    #[test]
    fn of_requests_with_one_id_each_has_its_own_work_below_it() {
        let at = |span: SpanBuilder, start| span.times(start, 1);
        let serve = |name, start, decided| {
            let span = SpanBuilder::new(name).context(context(2, Some(1)));
            at(span.shared(decided).kind(Kind::Server), start)
        };
        let work =
            |name, id, start| at(SpanBuilder::new(name).context(context(id, Some(2))), start);
        for decided in [[true, true], [true, false], [false, true]] {
            let spans = [
                serve("one", 1, decided[0]),
                work("of one", 3, 2),
                serve("two", 5, decided[1]),
                work("of two", 4, 6),
            ];
            assert_eq!(rows(&spans), "0 one, 1 of one, 0 two, 1 of two");
        }
    }
}
