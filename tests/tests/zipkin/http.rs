//! Over HTTP, in both encodings.

use tracer_core::TracerExt;
use tracer_recording::{BatchReporter, RecordingTracer};
use tracer_zipkin::{Encoding, ZipkinExporter};

use crate::server::{LONG, endpoint, trace, unique};
use crate::services::Service;
use crate::spans;
use crate::transport::BOTH;

fn exporter(encoding: Encoding) -> ZipkinExporter {
    ZipkinExporter::http(&endpoint())
        .unwrap()
        .encoding(encoding)
}

crate::transport::shared_tests!(exporter);

#[test]
fn debug_is_kept() {
    for encoding in BOTH {
        spans::debug_is_kept(|| exporter(encoding));
    }
}

#[test]
fn a_compressed_list_arrives_whole() {
    for encoding in BOTH {
        let shop = Service::new("shop", exporter(encoding));
        let text = "the same again and again, ".repeat(20);
        let root = shop.tracer.span("root").start();
        for _ in 0..200 {
            let child = shop.tracer.span("child").child_of(&root);
            child.tag("text", &text).start().finish();
        }
        let id = root.trace_id().unwrap();
        root.finish();
        let counts = shop.flush();
        assert_eq!((counts.sent, counts.dropped()), (201, 0));
        // 200 texts of 520 bytes each, before gzip.
        assert!(counts.bytes < 20_000, "{counts:?}");
        let spans = trace(id, 201);
        let whole = spans.iter().filter(|span| span["tags"]["text"] == *text);
        assert_eq!(whole.count(), 200);
    }
}

#[test]
fn short_trace_ids_are_found() {
    for encoding in BOTH {
        let reporter = BatchReporter::new(exporter(encoding));
        let tracer = RecordingTracer::builder(unique("shop"), reporter.clone());
        let tracer = tracer.trace_id_64().build();
        let span = tracer.span("job").start();
        let id = span.trace_id().unwrap();
        span.finish();
        reporter.flush(LONG).unwrap();
        let found = trace(id, 1);
        assert_eq!(found[0]["traceId"], *id.short_hex());
        assert_eq!(id.short_hex().len(), 16);
    }
}
