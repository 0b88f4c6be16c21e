//! An exporter: one open list, and the sender that delivers it.

use std::fmt;
use std::time::Duration;

use tracer_core::conventions::Conventions;
use tracer_recording::{Delivery, Exporter, FinishedSpan};

use crate::json::JsonEncoder;
use crate::sender::Sender;

/// Exports spans to Zipkin.
///
/// Runs on the thread of a batching reporter and blocks there; it needs no async runtime. Takes
/// SERVER spans that share their CLIENT's id.
pub struct ZipkinExporter {
    encoder: JsonEncoder,
    sender: Box<dyn Sender>,
    /// `[`, spans, commas; the `]` stands there only while the list is sent.
    list: Vec<u8>,
    /// How long the list was before each span.
    starts: Vec<usize>,
}

impl ZipkinExporter {
    /// An exporter that hands its lists to `sender`.
    pub fn over(sender: impl Sender + 'static) -> Self {
        Self {
            encoder: JsonEncoder::new(),
            sender: Box::new(sender),
            list: vec![b'['],
            starts: Vec::new(),
        }
    }

    /// Under which names tags are written; OpenTracing's unless set.
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.encoder = self.encoder.conventions(conventions);
        self
    }
}

impl Exporter for ZipkinExporter {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        self.starts.push(self.list.len());
        if self.list.len() > 1 {
            self.list.push(b',');
        }
        self.encoder.encode(span, &mut self.list);
        self.list.len() + 1
    }

    fn remove_last(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.list.truncate(start);
        }
    }

    fn send(&mut self, timeout: Duration) -> Delivery {
        if self.starts.is_empty() {
            return Delivery::Sent { bytes: 0 };
        }
        self.list.push(b']');
        let delivery = self.sender.send(&self.list, "application/json", timeout);
        self.list.pop();
        delivery
    }

    fn clear(&mut self) {
        self.starts.clear();
        self.list.truncate(1);
    }

    fn supports_join(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        self.sender.describe()
    }
}

impl fmt::Debug for ZipkinExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZipkinExporter")
            .field("to", &self.sender.describe())
            .field("spans", &self.starts.len())
            .finish_non_exhaustive()
    }
}
