//! Headers as text, contexts as text: so that a rule is one line of a table.

use std::collections::BTreeMap;

use tracer_core::{Extracted, Sampling, SpanContext, SpanId, SpanRef, TraceId};
use tracer_recording::Propagation;

pub(crate) type Headers = BTreeMap<String, String>;

pub(crate) const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
pub(crate) const SHORT: &str = "48485a3953bb6124";
pub(crate) const SPAN: &str = "a2fb4a1d1a96d312";
pub(crate) const PARENT: &str = "0020000000000001";
pub(crate) const OTHER: &str = "0af7651916cd43dd8448eb211c80319c";

/// The propagation with these formats, named as in `OTEL_PROPAGATORS`.
pub(crate) fn named(names: &str) -> Propagation {
    Propagation::from_names(names).unwrap()
}

/// `T`, `t`, `S`, `P` and `O` in braces stand for the ids above.
pub(crate) fn ids(text: &str) -> String {
    text.replace("{T}", TRACE)
        .replace("{t}", SHORT)
        .replace("{S}", SPAN)
        .replace("{P}", PARENT)
        .replace("{O}", OTHER)
}

/// Lines of `name: value`.
pub(crate) fn list(text: &str) -> Vec<(String, String)> {
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            let value = value.strip_prefix(' ').unwrap_or(value);
            (name.trim().to_owned(), ids(value))
        })
        .collect()
}

/// `trace-span-Sampling[-parent]`, `Sampling` for a lone decision, `absent`.
pub(crate) fn show(extracted: &Extracted) -> String {
    match extracted.span_context() {
        Some(context) => format!("{context:?}")
            .replace(TRACE, "T")
            .replace(OTHER, "O")
            .replace(
                &format!("{:032x}", u64::from_str_radix(SHORT, 16).unwrap()),
                "t",
            )
            .replace(SPAN, "S")
            .replace(PARENT, "P"),
        None if extracted.is_absent() => "absent".to_owned(),
        None => format!("{:?}", extracted.sampling()),
    }
}

pub(crate) fn read(propagation: &Propagation, headers: &str) -> String {
    show(&propagation.extract(&list(headers)))
}

pub(crate) fn context(sampling: Sampling) -> SpanContext {
    let trace = TraceId::parse(TRACE.as_bytes()).unwrap();
    SpanContext::new(trace, SpanId::parse(SPAN.as_bytes()).unwrap(), sampling)
}

pub(crate) fn parent() -> Option<SpanId> {
    SpanId::parse(PARENT.as_bytes())
}

/// What is sent for this context, as lines in alphabetical order.
pub(crate) fn write(propagation: &Propagation, span: &SpanRef) -> String {
    let mut headers = Headers::new();
    propagation.inject(span, &mut headers);
    lines(&headers)
}

pub(crate) fn lines(headers: &Headers) -> String {
    let lines = headers.iter().map(|(name, value)| {
        let value = value
            .replace(TRACE, "{T}")
            .replace(SPAN, "{S}")
            .replace(PARENT, "{P}");
        format!("{name}: {value}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
