//! Each span twice, as an exporter writes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tracer_core::conventions::{Convention, Conventions, Known};
use tracer_core::{Operation, Sampling, SpanContext, SpanId, TraceId};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};
use tracer_zipkin::{Encoding, JsonEncoder, Proto3Encoder, Sender, ZipkinExporter};

use crate::messages;

/// One span, of an operation and told one by one.
pub(crate) struct Pair {
    /// Of the operation.
    pub(crate) common: SpanBuilder,
    /// Told everything.
    pub(crate) told: SpanBuilder,
}

pub(crate) fn context(id: u64, sampling: Sampling) -> SpanContext {
    let trace = TraceId::from_halves(id, 7).unwrap();
    SpanContext::new(trace, SpanId::new(id).unwrap(), sampling)
}

impl Pair {
    pub(crate) fn new(name: &str, tags: &[(Known, &str)]) -> Self {
        Self::renamed(name, name, tags)
    }

    /// A span that is no longer called as its operation.
    pub(crate) fn renamed(name: &str, operation: &str, tags: &[(Known, &str)]) -> Self {
        let operation = Operation::of(operation, tags).unwrap();
        let span = SpanBuilder::new(name)
            .context(context(2, Sampling::Record))
            .times(1_700_000_000_000_001_999, 1_500_999)
            .local("shop", None, None);
        let told = tags
            .iter()
            .fold(span.clone(), |span, (key, text)| span.tag(*key, *text));
        Self {
            common: span.operation(operation),
            told,
        }
    }

    /// What else is said of it.
    pub(crate) fn with(self, more: impl Fn(SpanBuilder) -> SpanBuilder) -> Self {
        Self {
            common: more(self.common),
            told: more(self.told),
        }
    }
}

/// An exporter, and what it has sent last.
pub(crate) struct Exported {
    exporter: ZipkinExporter,
    sent: Arc<Mutex<Vec<u8>>>,
}

struct Keeping(Arc<Mutex<Vec<u8>>>);

impl Sender for Keeping {
    fn send(&mut self, list: &[u8], _: &str, _: Duration) -> Delivery {
        *self.0.lock().unwrap() = list.to_vec();
        Delivery::Sent { bytes: list.len() }
    }

    fn describe(&self) -> String {
        "kept".to_owned()
    }
}

pub(crate) fn exporter(encoding: Encoding, conventions: Conventions) -> Exported {
    let sent = Arc::default();
    let exporter = ZipkinExporter::over(Keeping(Arc::clone(&sent)))
        .encoding(encoding)
        .conventions(conventions);
    Exported { exporter, sent }
}

impl Exported {
    pub(crate) fn add(&mut self, span: &SpanBuilder) {
        self.exporter.add(&span.view());
    }

    pub(crate) fn remove_last(&mut self) {
        self.exporter.remove_last();
    }

    pub(crate) fn clear(&mut self) {
        self.exporter.clear();
    }

    pub(crate) fn list(mut self) -> Vec<u8> {
        self.exporter.send(Duration::ZERO);
        self.sent.lock().unwrap().clone()
    }
}

/// A span without its tags, and its tags, of which no key stands twice.
#[derive(Debug, PartialEq)]
pub(crate) struct Read {
    rest: String,
    pub(crate) tags: BTreeMap<String, String>,
}

/// The spans of a list.
pub(crate) fn read(encoding: Encoding, list: &[u8]) -> Vec<Read> {
    match encoding {
        Encoding::Json => serde_json::from_slice::<Vec<Value>>(list)
            .unwrap()
            .into_iter()
            .map(|mut span| {
                let tags = span.as_object_mut().unwrap().remove("tags");
                Read {
                    rest: span.to_string(),
                    tags: tags.map_or(BTreeMap::new(), |tags| {
                        serde_json::from_value(tags).unwrap()
                    }),
                }
            })
            .collect(),
        _ => messages::decode(list)
            .into_iter()
            .map(|mut span| {
                let tags = std::mem::take(&mut span.tags);
                let count = tags.len();
                let read = Read {
                    rest: format!("{span:?}"),
                    tags: tags
                        .into_iter()
                        .map(|tag| (tag.key.unwrap(), tag.value.unwrap()))
                        .collect(),
                };
                assert_eq!(read.tags.len(), count, "a tag stands twice");
                read
            })
            .collect(),
    }
}

fn encoded(encoding: Encoding, conventions: Conventions, span: &SpanBuilder) -> Vec<u8> {
    let mut out = Vec::new();
    match encoding {
        Encoding::Json => JsonEncoder::new()
            .conventions(conventions)
            .encode(&span.view(), &mut out),
        _ => Proto3Encoder::new()
            .conventions(conventions)
            .encode(&span.view(), &mut out),
    }
    out
}

/// Checks the list of an exporter against what an encoder writes that keeps nothing, in each encoding
/// and under each choice of names.
pub(crate) fn assert_same(pairs: &[Pair]) {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        for convention in [Convention::OpenTracing, Convention::Otel, Convention::Both] {
            let conventions = Conventions::all(convention);
            let mut exporter = exporter(encoding, conventions);
            let mut told = Vec::new();
            for pair in pairs {
                exporter.add(&pair.common);
                let alone = |span| encoded(encoding, conventions, span);
                let (one, other) = (alone(&pair.common), alone(&pair.told));
                // No key stands twice, and nothing else stands there.
                assert_eq!(one.len(), other.len());
                told.push(other);
            }
            let told = match encoding {
                Encoding::Json => [b"[", told.join(&b","[..]).as_slice(), b"]"].concat(),
                _ => told.concat(),
            };
            let common = exporter.list();
            let (one, other) = (read(encoding, &common), read(encoding, &told));
            assert_eq!(one, other, "{convention:?}");
            assert_eq!(common.len(), told.len(), "{convention:?}");
        }
    }
}
