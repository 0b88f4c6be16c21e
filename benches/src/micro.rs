//! Single operations.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::HeaderMap;
use tracer_core::conventions::keys;
use tracer_core::current::FutureExt;
use tracer_core::{
    Kind, Name, Operation, Sampling, SpanId, SpanRef, SpanStart, Tag, TraceId, Tracer, TracerExt,
};
use tracer_recording::propagation::Format;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{BatchReporter, Exporter, NullReporter, Propagation, RecordingTracer};
use tracer_tower::carrier::{Headers, HeadersMut};
use tracer_zipkin::{Encoding, JsonEncoder, Proto3Encoder};

use crate::export;
use crate::harness::{self, Contestant, Effort, Time};
use crate::ours;

/// What is compared: the name, the bar in nanoseconds if there is one, and the operation.
type Row = (&'static str, Option<u32>, Contestant);

/// What a span adds to a poll stands beside the poll of the same future without one.
const POLL: &str = "a poll";

/// Prints nanoseconds of each operation, over an empty loop; of polls, over a bare poll.
pub fn table(effort: Effort) {
    let rows: Vec<Row> = spans()
        .into_iter()
        .chain(headers())
        .chain(encoders())
        .collect();
    let nothing = |count| {
        for at in 0..count {
            black_box(at);
        }
    };
    let mut bare = Box::pin(Never);
    let bare = looped(move || poll(bare.as_mut()));
    let mut contestants = vec![
        Contestant::new("nothing", nothing),
        Contestant::new(POLL, bare),
    ];
    let mut heads = Vec::new();
    for (name, bar, contestant) in rows {
        heads.push((name, bar));
        contestants.push(contestant);
    }
    let samples = harness::run(&mut contestants, Time::Thread, effort);
    println!("| operation | ns | bar |");
    println!("|---|---|---|");
    let [nothing, bare, others @ ..] = samples.as_slice() else {
        return;
    };
    for ((name, bar), own) in heads.iter().zip(others) {
        let bar = bar.map_or(String::new(), |bar| bar.to_string());
        let over = if name.starts_with(POLL) {
            bare
        } else {
            nothing
        };
        println!("| {name} | {:.1} | {bar} |", own.over(over));
    }
}

/// A child span with one tag, alone: recorded; below a parent that is not; that through the builder.
pub fn child(case: crate::case::Case) -> Option<Contestant> {
    if case == crate::case::Case::UnsampledParent {
        let parent = SpanRef::from_context(context(Sampling::Drop));
        let run = looped(move || {
            let tags = [Tag::new("rows", 3)];
            black_box(&parent).start_child(start(&tags)).finish();
        });
        return Some(Contestant::new("child", run));
    }
    if case == crate::case::Case::Off {
        let parent = SpanRef::from_context(context(Sampling::Drop));
        let tracer: Arc<dyn Tracer> =
            Arc::new(RecordingTracer::builder("benches", NullReporter).build());
        let run = looped(move || {
            tracer
                .span("load")
                .child_of(&parent)
                .tag("rows", 3)
                .start()
                .finish();
        });
        return Some(Contestant::new("child", run));
    }
    let reporter = BatchReporter::new(ours::Null::default());
    let tracer = RecordingTracer::builder("benches", reporter.clone()).build();
    let parent = tracer.span("parent").root().start();
    let run = looped(move || {
        let _ = &tracer;
        let tags = [Tag::new("rows", 3)];
        parent.start_child(start(&tags)).finish();
    });
    Some(Contestant::new("child", run))
}

fn looped(mut operation: impl FnMut() + 'static) -> impl FnMut(u32) + 'static {
    move |count| {
        for _ in 0..count {
            operation();
        }
    }
}

fn spans() -> Vec<Row> {
    let reporter = BatchReporter::new(ours::Null::default());
    let tracer = RecordingTracer::builder("benches", reporter.clone()).build();
    let tracer: Arc<dyn Tracer> = Arc::new(tracer);
    let child = {
        let tracer = Arc::clone(&tracer);
        // Owned by the closure: an ended parent would still have children.
        let parent = tracer.span("parent").root().start();
        looped(move || {
            tracer
                .span("load")
                .child_of(&parent)
                .tag("rows", 3)
                .start()
                .finish()
        })
    };
    let plain = {
        let parent = tracer.span("parent").root().start();
        looped(move || {
            let tags = [Tag::new("rows", 3)];
            parent.start_child(start(&tags)).finish();
        })
    };
    let plain_unsampled = {
        let parent = SpanRef::from_context(context(Sampling::Drop));
        looped(move || {
            let tags = [Tag::new("rows", 3)];
            black_box(&parent).start_child(start(&tags)).finish();
        })
    };
    let unsampled = {
        let tracer = Arc::clone(&tracer);
        let parent = SpanRef::from_context(context(Sampling::Drop));
        looped(move || {
            tracer
                .span("load")
                .child_of(&parent)
                .tag("rows", 3)
                .start()
                .finish()
        })
    };
    let unsampled_poll = {
        let parent = SpanRef::from_context(context(Sampling::Drop));
        let mut future = Box::pin(Never.in_span(parent));
        looped(move || poll(future.as_mut()))
    };
    let recorded_poll = {
        let span = tracer.span("parent").root().start();
        let mut future = Box::pin(Never.in_span(span));
        looped(move || poll(future.as_mut()))
    };
    let settle = |reporter: BatchReporter| {
        move || {
            let _ = reporter.flush(Duration::from_secs(10));
        }
    };
    let row = |name, bar, run: Box<dyn FnMut(u32)>| (name, bar, Contestant::new("", run));
    let rows = [
        row(
            "child span with one tag, sampled",
            Some(80),
            Box::new(plain),
        ),
        row("the same through the builder", None, Box::new(child)),
        row(
            "child span with one tag, unsampled",
            Some(6),
            Box::new(plain_unsampled),
        ),
        row("the same through the builder", None, Box::new(unsampled)),
        row(
            "a poll under a span, unsampled, over a bare one",
            Some(8),
            Box::new(unsampled_poll),
        ),
        row(
            "a poll under a span, sampled, over a bare one",
            Some(8),
            Box::new(recorded_poll),
        ),
    ];
    rows.into_iter()
        .map(|(name, bar, contestant)| (name, bar, contestant.settle(settle(reporter.clone()))))
        .collect()
}

fn start<'a>(tags: &'a [Tag<'a>]) -> SpanStart<'a> {
    let mut start = SpanStart::new(Name::Text("load"));
    start.tags = tags;
    start
}

struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        // Otherwise two swaps of the current span are none.
        black_box(self);
        Poll::Pending
    }
}

fn poll(future: Pin<&mut impl Future>) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    black_box(future.as_mut().poll(&mut cx).is_ready());
}

fn context(sampling: Sampling) -> tracer_core::SpanContext {
    let (trace, span) = TraceId::random_with_span(true);
    tracer_core::SpanContext::new(trace, span, sampling).with_parent(Some(SpanId::random()))
}

fn headers() -> Vec<Row> {
    let format = |format: Format, inject: &'static str, extract: &'static str| -> [Row; 2] {
        let propagation = Propagation::builder()
            .extract([format])
            .inject([format])
            .build();
        let tracer = RecordingTracer::builder("benches", NullReporter);
        let tracer = Arc::new(tracer.propagation(propagation).build());
        let span = SpanRef::from_context(context(Sampling::Record));
        let mut map = HeaderMap::new();
        tracer.inject(&span, &mut HeadersMut(&mut map));
        let full = map.clone();
        let there = Arc::clone(&tracer);
        let write = looped(move || tracer.inject(&span, &mut HeadersMut(black_box(&mut map))));
        let read = looped(move || {
            black_box(there.extract(&Headers(black_box(&full))));
        });
        [
            (inject, None, Contestant::new("", write)),
            (extract, None, Contestant::new("", read)),
        ]
    };
    [
        format(Format::B3, "inject b3", "extract b3"),
        format(Format::B3Multi, "inject X-B3-*", "extract X-B3-*"),
        format(
            Format::TraceContext,
            "inject traceparent",
            "extract traceparent",
        ),
        format(
            Format::Jaeger,
            "inject uber-trace-id",
            "extract uber-trace-id",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn encoders() -> Vec<Row> {
    let told = || {
        SpanBuilder::new("GET /users/{id}")
            .kind(Kind::Server)
            .tag("http.method", "GET")
            .tag("http.path", "/users/7")
            .tag("http.route", "/users/{id}")
            .tag("component", "axum")
            .tag("http.status_code", 200)
    };
    let (one, other, mut out, mut bytes) = (told(), told(), Vec::new(), Vec::new());
    let (json, proto) = (JsonEncoder::new(), Proto3Encoder::new());
    let json = looped(move || {
        out.clear();
        json.encode(&one.view(), &mut out);
        black_box(&out);
    });
    let proto = looped(move || {
        bytes.clear();
        proto.encode(&other.view(), &mut bytes);
        black_box(&bytes);
    });
    let row = |name, run: Box<dyn FnMut(u32)>| (name, None, Contestant::new("", run));
    let mut rows = vec![
        row("a server span as Zipkin JSON", Box::new(json)),
        row("a server span as Zipkin proto3", Box::new(proto)),
    ];
    let common = [
        (keys::HTTP_METHOD, "GET"),
        (keys::HTTP_ROUTE, "/users/{id}"),
        (keys::COMPONENT, "axum"),
    ];
    // What a layer's spans are, as an exporter writes them.
    if let Some(operation) = Operation::of("GET /users/{id}", &common) {
        let span = || {
            SpanBuilder::new(operation.name())
                .kind(Kind::Server)
                .local("benches", None, None)
                .operation(operation)
                .tag(keys::HTTP_PATH, "/users/7")
                .tag(keys::HTTP_STATUS_CODE, 200)
        };
        let listed = |encoding| {
            let (span, mut exporter) = (span(), export::nowhere(encoding));
            looped(move || {
                black_box(exporter.add(&span.view()));
                exporter.remove_last();
            })
        };
        rows.push(row(
            "the same of an operation, in a list of JSON",
            Box::new(listed(Encoding::Json)),
        ));
        rows.push(row(
            "the same of an operation, in a list of proto3",
            Box::new(listed(Encoding::Protobuf)),
        ));
    }
    rows
}
