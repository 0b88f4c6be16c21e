//! The formats by name.

use std::fmt;

/// A header format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Reads both encodings of B3, writes `b3`.
    B3,
    /// Reads both encodings of B3, writes `X-B3-*`.
    B3Multi,
    /// `traceparent` and `tracestate`; brings [`Baggage`](Self::Baggage) with it.
    TraceContext,
    /// W3C `baggage`.
    Baggage,
    /// `uber-trace-id` and `uberctx-*`.
    Jaeger,
}

/// The names that `OTEL_PROPAGATORS` may hold.
const NAMES: [(&str, Option<Format>); 6] = [
    ("tracecontext", Some(Format::TraceContext)),
    ("baggage", Some(Format::Baggage)),
    ("b3", Some(Format::B3)),
    ("b3multi", Some(Format::B3Multi)),
    ("jaeger", Some(Format::Jaeger)),
    ("none", None),
];

impl Format {
    /// Parses names in the syntax of `OTEL_PROPAGATORS`: with commas, in any case. `none` stands
    /// for no format.
    ///
    /// # Errors
    ///
    /// [`UnknownFormat`] for another name.
    pub fn parse_list(names: &str) -> Result<Vec<Self>, UnknownFormat> {
        let mut formats = Vec::new();
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let known = NAMES.iter().find(|(k, _)| k.eq_ignore_ascii_case(name));
            let (_, format) = known.ok_or_else(|| UnknownFormat(name.into()))?;
            formats.extend(format.filter(|format| !formats.contains(format)));
        }
        Ok(formats)
    }
}

/// There is no propagation format of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(Box<str>);

impl UnknownFormat {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown propagator {:?}; allowed are ", self.name())?;
        for (i, (name, _)) in NAMES.iter().enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}
