//! Spans for people: one line each.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::time::Duration;

use tracer_recording::{Delivery, Exporter, FinishedSpan};

use crate::line;

/// Prints one line for each span; see [`ConsoleExporter::new`].
///
/// ```
/// use std::time::Duration;
/// use tracer_backends::ConsoleExporter;
/// use tracer_core::Kind;
/// use tracer_recording::{Exporter, testing::SpanBuilder};
///
/// let mut console = ConsoleExporter::to(std::io::sink());
/// let span = SpanBuilder::new("GET /users/{id}").kind(Kind::Server).local("users", None, None);
/// console.add(&span.view());
/// console.send(Duration::from_secs(1));
/// ```
pub struct ConsoleExporter {
    out: Box<dyn Write + Send>,
    lines: String,
    starts: Vec<usize>,
}

impl ConsoleExporter {
    /// Prints to standard output: time of the start (UTC), service, kind, name, duration, error,
    /// tags, ids.
    ///
    /// ```text
    /// 12:03:04.250 users SERVER GET /users/{id} 1.53 ms http.status_code=200 trace=463ac35c9f6413ad48485a3953bb6124 span=a2fb4a1d1a96d312
    /// ```
    pub fn new() -> Self {
        Self::to(io::stdout())
    }

    /// Prints to `out`, one write for each batch.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Box::new(out),
            lines: String::new(),
            starts: Vec::new(),
        }
    }
}

impl Default for ConsoleExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl Exporter for ConsoleExporter {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        self.starts.push(self.lines.len());
        // Writing into a string fails only if a value cannot print itself.
        let _ = writeln!(self.lines, "{}", line::of(span));
        self.lines.len()
    }

    fn remove_last(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.lines.truncate(start);
        }
    }

    fn send(&mut self, _: Duration) -> Delivery {
        let written = self.out.write_all(self.lines.as_bytes());
        match written.and_then(|()| self.out.flush()) {
            Ok(()) => Delivery::Sent {
                bytes: self.lines.len(),
            },
            // Part of it may stand there.
            Err(error) => Delivery::Rejected {
                reason: error.to_string(),
            },
        }
    }

    fn clear(&mut self) {
        self.lines.clear();
        self.starts.clear();
    }

    /// Lines are for people, who can read either: beside Zipkin, the console must not change ids.
    fn supports_join(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        "console".to_owned()
    }
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter")
            .field("spans", &self.starts.len())
            .finish_non_exhaustive()
    }
}
