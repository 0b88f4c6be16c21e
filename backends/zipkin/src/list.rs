//! One open list of spans.

use tracer_core::conventions::Conventions;
use tracer_recording::FinishedSpan;

use crate::encoding::Encoding;
use crate::json::JsonEncoder;
use crate::proto::Proto3Encoder;

/// A list that spans are written into one by one. What it would be sent as is known after each.
pub(crate) struct List {
    encoding: Encoding,
    conventions: Conventions,
    /// JSON: `[`, spans, commas; the `]` stands there only while the list is sent.
    bytes: Vec<u8>,
    /// How long the list was before each span.
    starts: Vec<usize>,
}

impl List {
    pub(crate) fn new(encoding: Encoding, conventions: Conventions) -> Self {
        let mut list = Self {
            encoding,
            conventions,
            bytes: Vec::new(),
            starts: Vec::new(),
        };
        list.clear();
        list
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn conventions(&self) -> Conventions {
        self.conventions
    }

    /// How many spans it holds.
    pub(crate) fn spans(&self) -> usize {
        self.starts.len()
    }

    /// Adds a span; returns how many bytes the list has now.
    pub(crate) fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        let first = self.starts.is_empty();
        self.starts.push(self.bytes.len());
        match self.encoding {
            Encoding::Json => {
                if !first {
                    self.bytes.push(b',');
                }
                let encoder = JsonEncoder::new().conventions(self.conventions);
                encoder.encode(span, &mut self.bytes);
                self.bytes.len() + 1
            }
            Encoding::Protobuf => {
                let encoder = Proto3Encoder::new().conventions(self.conventions);
                encoder.encode(span, &mut self.bytes);
                self.bytes.len()
            }
        }
    }

    /// Takes the last span out again.
    pub(crate) fn remove_last(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.bytes.truncate(start);
        }
    }

    /// Takes all spans out.
    pub(crate) fn clear(&mut self) {
        self.starts.clear();
        self.bytes.clear();
        if self.encoding == Encoding::Json {
            self.bytes.push(b'[');
        }
    }

    /// Lends the whole list out.
    pub(crate) fn whole<T>(&mut self, lend: impl FnOnce(&[u8]) -> T) -> T {
        match self.encoding {
            Encoding::Json => {
                self.bytes.push(b']');
                let out = lend(&self.bytes);
                self.bytes.pop();
                out
            }
            Encoding::Protobuf => lend(&self.bytes),
        }
    }
}
