//! One span as one line.

use std::fmt;
use std::net::SocketAddr;

use tracer_core::{Endpoint, Kind};
use tracer_recording::FinishedSpan;

/// The line, without its end.
pub(crate) fn of<'a>(span: &'a FinishedSpan<'_>) -> impl fmt::Display + use<'a> {
    Line(span)
}

struct Line<'a>(&'a FinishedSpan<'a>);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0;
        let service = span.local.service.unwrap_or("-");
        write!(f, "{} {}", TimeOfDay(span.start), Word(service))?;
        write!(f, " {} {}", kind(span.kind), Plain(span.name))?;
        write!(f, " {}", Length(span.duration))?;
        if let Some(error) = span.error {
            let message = error.message.unwrap_or(error.kind);
            write!(f, " ERROR={}", Word(message))?;
        }
        if let Some(peer) = peer(&span.remote) {
            write!(f, " peer={}", Word(&peer))?;
        }
        for tag in span.tags().iter() {
            write!(f, " {}={}", Plain(&tag.key), Word(&tag.value.to_string()))?;
        }
        for log in span.logs() {
            let fields: Vec<_> = log
                .fields
                .iter()
                .map(|field| format!("{}={}", field.key, field.value))
                .collect();
            write!(f, " log={}", Word(&fields.join(" ")))?;
        }
        if span.left_out > 0 {
            write!(f, " dropped={}", span.left_out)?;
        }
        write!(f, " trace={} span={}", span.trace_id(), span.span_id())?;
        if let Some(parent) = span.parent_id() {
            write!(f, " parent={parent}")?;
        }
        Ok(())
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Client => "CLIENT",
        Kind::Server => "SERVER",
        Kind::Producer => "PRODUCER",
        Kind::Consumer => "CONSUMER",
        _ => "LOCAL",
    }
}

fn peer(remote: &Endpoint<'_>) -> Option<String> {
    let name = remote.service.or(remote.host);
    Some(match (name, remote.ip, remote.port) {
        (Some(name), _, Some(port)) => format!("{name}:{port}"),
        (Some(name), _, None) => name.to_owned(),
        (None, Some(ip), Some(port)) => SocketAddr::new(ip, port).to_string(),
        (None, ip, _) => ip?.to_string(),
    })
}

/// Hours to milliseconds, UTC.
struct TimeOfDay(u64);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        write!(f, "{:02}:{minutes:02}:{seconds:02}.{millis:03}", hours % 24)
    }
}

/// Nanoseconds in the unit that reads best.
struct Length(u64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0 as f64;
        match self.0 {
            0..1_000_000 => write!(f, "{:.1} µs", nanos / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.2} ms", nanos / 1e6),
            _ => write!(f, "{:.2} s", nanos / 1e9),
        }
    }
}

/// Text that stays on its line and leaves the terminal alone.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.0.chars().try_for_each(|c| match c {
            c if c.is_control() => write!(f, "{}", c.escape_default()),
            c => f.write_char(c),
        })
    }
}

/// A value that is told from the next one: in quotes if it holds a space or a quote.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs_quotes = |c: char| c.is_whitespace() || c == '"';
        if self.0.is_empty() || self.0.chars().any(needs_quotes) {
            write!(f, "{:?}", self.0)
        } else {
            write!(f, "{}", Plain(self.0))
        }
    }
}
