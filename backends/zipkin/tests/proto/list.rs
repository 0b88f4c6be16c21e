//! Lists: what an exporter sends, and what it says their size is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracer_core::conventions::{Convention, Conventions};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};
use tracer_zipkin::{Encoding, Sender, ZipkinExporter};

use crate::messages::decode;

/// Keeps what it is given.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Sent>>>);

/// A list and its media type.
type Sent = (Vec<u8>, String);

impl Sender for Kept {
    fn send(&mut self, list: &[u8], media_type: &str, _: Duration) -> Delivery {
        let sent = (list.to_vec(), media_type.to_owned());
        self.0.lock().unwrap().push(sent);
        Delivery::Sent { bytes: list.len() }
    }

    fn describe(&self) -> String {
        "kept".to_owned()
    }
}

fn span(name: &str) -> SpanBuilder {
    SpanBuilder::new(name).local("shop", None, None)
}

#[test]
fn the_size_after_each_span_is_the_size_of_the_list() {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let kept = Kept::default();
        let mut exporter = ZipkinExporter::over(kept.clone()).encoding(encoding);
        let mut sizes = Vec::new();
        for name in ["a", "b", "c"] {
            sizes.push(exporter.add(&span(&name.repeat(300)).view()));
            exporter.send(Duration::ZERO);
        }
        exporter.remove_last();
        exporter.send(Duration::ZERO);
        sizes.push(sizes[1]);
        let sent = kept.0.lock().unwrap();
        let lens: Vec<usize> = sent.iter().map(|(list, _)| list.len()).collect();
        assert_eq!(lens, sizes, "{encoding}");
    }
}

#[test]
fn lists_are_spans_one_behind_the_other() {
    let kept = Kept::default();
    let mut exporter = ZipkinExporter::over(kept.clone()).encoding(Encoding::Protobuf);
    assert_eq!(exporter.send(Duration::ZERO), Delivery::Sent { bytes: 0 });
    exporter.add(&span("a").view());
    exporter.add(&span("b").view());
    exporter.remove_last();
    exporter.add(&span("c").view());
    exporter.send(Duration::ZERO);
    exporter.clear();
    exporter.send(Duration::ZERO);
    exporter.add(&span("d").view());
    exporter.send(Duration::ZERO);
    let lists = kept.0.lock().unwrap().clone();
    let names: Vec<Vec<String>> = lists
        .iter()
        .map(|(list, media_type)| {
            assert_eq!(media_type, "application/x-protobuf");
            let spans = decode(list);
            spans.into_iter().filter_map(|span| span.name).collect()
        })
        .collect();
    assert_eq!(names, [vec!["a", "c"], vec!["d"]]);
}

#[test]
fn settings_keep_each_other() {
    let otel = Conventions::all(Convention::Otel);
    let tagged = span("a").tag("http.method", "GET");
    for settings_first in [true, false] {
        let kept = Kept::default();
        let exporter = ZipkinExporter::over(kept.clone());
        let mut exporter = if settings_first {
            exporter.conventions(otel).encoding(Encoding::Protobuf)
        } else {
            exporter.encoding(Encoding::Protobuf).conventions(otel)
        };
        exporter.add(&tagged.view());
        exporter.send(Duration::ZERO);
        let sent = kept.0.lock().unwrap().clone();
        let tags = decode(&sent[0].0).remove(0).tags;
        assert_eq!(tags[0].key.as_deref(), Some("http.request.method"));
    }
}
