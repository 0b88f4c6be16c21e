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
    /// [`UnknownFormat`] for another name, and for `none` beside others.
    pub fn parse_list(names: &str) -> Result<Vec<Self>, UnknownFormat> {
        let (mut formats, mut none) = (Vec::new(), None);
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let known = NAMES.iter().find(|(k, _)| k.eq_ignore_ascii_case(name));
            let (_, format) = known.ok_or_else(|| UnknownFormat(name.into()))?;
            match format {
                None => none = Some(UnknownFormat(name.into())),
                Some(format) if formats.contains(format) => {}
                Some(format) => formats.push(*format),
            }
        }
        match none {
            Some(none) if !formats.is_empty() => Err(none),
            _ => Ok(formats),
        }
    }
}

/// There is no propagation format of this name, or it is `none`, which cannot stand beside others.
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
        if self.name().eq_ignore_ascii_case("none") {
            return f.write_str("none cannot stand beside others");
        }
        write!(f, "unknown propagator {:?}; allowed are ", self.name())?;
        for (i, (name, _)) in NAMES.iter().enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}
