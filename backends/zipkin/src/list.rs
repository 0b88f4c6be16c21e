//! One open list of spans.

use tracer_core::conventions::Conventions;
use tracer_recording::FinishedSpan;

use crate::buffer::Buffer;
use crate::encoding::Encoding;
use crate::json::JsonEncoder;
use crate::kept::Kept;
use crate::proto::Proto3Encoder;

/// A list that spans are written into one by one. What it would be sent as is known after each.
pub(crate) struct List {
    encoding: Encoding,
    conventions: Conventions,
    /// JSON: `[`, spans, commas; the `]` stands there only while the list is sent.
    bytes: Buffer,
    kept: Kept,
    /// How long the list was before each span.
    starts: Vec<usize>,
}

impl List {
    pub(crate) fn new(encoding: Encoding, conventions: Conventions) -> Self {
        let mut list = Self {
            encoding,
            conventions,
            bytes: Buffer::default(),
            kept: Kept::default(),
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
                let encoder = JsonEncoder::new().conventions(self.conventions);
                let kept = &mut self.kept;
                self.bytes.write(|out| {
                    if !first {
                        out.put(b",");
                    }
                    encoder.write(span, out, Some(kept));
                });
                self.bytes.len() + 1
            }
            Encoding::Protobuf => {
                let encoder = Proto3Encoder::new().conventions(self.conventions);
                let kept = &mut self.kept;
                self.bytes.write(|out| encoder.write(span, out, Some(kept)));
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
        self.bytes.truncate(0);
        if self.encoding == Encoding::Json {
            self.bytes.write(|out| out.put(b"["));
        }
    }

    /// Lends the whole list out.
    pub(crate) fn whole<T>(&mut self, lend: impl FnOnce(&[u8]) -> T) -> T {
        match self.encoding {
            Encoding::Json => {
                let len = self.bytes.len();
                self.bytes.write(|out| out.put(b"]"));
                let out = lend(self.bytes.as_bytes());
                self.bytes.truncate(len);
                out
            }
            Encoding::Protobuf => lend(self.bytes.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tracer_recording::testing::SpanBuilder;

    use super::*;

    #[test]
    fn a_span_that_finds_no_room_leaves_those_before_it_as_they_are() {
        let mut json = List::new(Encoding::Json, Conventions::default());
        let mut proto = List::new(Encoding::Protobuf, Conventions::default());
        // Short ones, so that the room ends at every place of them.
        for len in (0..40).cycle().take(2_000) {
            let text = "x".repeat(len);
            let span = SpanBuilder::new("job").tag("a", text.as_str());
            let before = [&json, &proto].map(|list| list.bytes.as_bytes().to_vec());
            json.add(&span.view());
            proto.add(&span.view());
            for (list, before) in [&json, &proto].into_iter().zip(before) {
                let bytes = list.bytes.as_bytes();
                assert!(bytes.starts_with(&before) && bytes.len() > before.len());
            }
        }
        json.whole(|list| assert!(serde_json::from_slice::<serde_json::Value>(list).is_ok()));
    }

    #[test]
    fn each_span_has_the_local_end_that_it_has_alone() {
        let span = |service, port| SpanBuilder::new("job").local(service, None, port);
        let spans = [
            span("shop", None),
            span("shop", None),
            span("Stock", None),
            span("shop", Some(80)),
            span("shop", Some(81)),
            SpanBuilder::new("job"),
            span("shop", Some(81)),
            span(&"long".repeat(600), None),
        ];
        let mut json = List::new(Encoding::Json, Conventions::default());
        let mut proto = List::new(Encoding::Protobuf, Conventions::default());
        let (mut objects, mut entries) = (Vec::new(), Vec::new());
        for span in &spans {
            let span = span.view();
            json.add(&span);
            proto.add(&span);
            let mut object = Vec::new();
            JsonEncoder::new().encode(&span, &mut object);
            objects.push(String::from_utf8(object).unwrap());
            Proto3Encoder::new().encode(&span, &mut entries);
        }
        let expected = format!("[{}]", objects.join(","));
        json.whole(|list| assert_eq!(list, expected.as_bytes()));
        proto.whole(|list| assert_eq!(list, entries));
    }
}
