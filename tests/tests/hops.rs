//! Every pair of hops among axum, tonic and actix-web joins into one trace, whatever the headers.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::{Kind, NoopTracer, SpanId, Tracer};
use tracer_recording::{InMemoryReporter, OwnedSpan, Propagation, RecordingTracer};
use tracer_tests::hops::{FRAMEWORKS, Framework, call};
use tracer_tests::kit::Failed;

const FORMATS: [&str; 4] = ["b3", "b3multi", "tracecontext", "jaeger"];

fn tracer(
    service: &str,
    format: &str,
    join: bool,
    spans: &InMemoryReporter,
) -> Result<Arc<dyn Tracer>, Failed> {
    let propagation = Propagation::from_names(format)?;
    let tracer = RecordingTracer::builder(service, spans.clone()).propagation(propagation);
    Ok(Arc::new(tracer.join(join).build()))
}

/// Asks the first service, which asks the second; returns the three spans from the root down.
async fn hop(
    (first, second): (Framework, Framework),
    format: &str,
    join: bool,
) -> Result<[OwnedSpan; 3], Failed> {
    let spans = InMemoryReporter::new();
    let next = second.start(tracer("second", format, join, &spans)?, None)?;
    let entry = first.start(tracer("first", format, join, &spans)?, Some(next))?;
    call(Arc::new(NoopTracer), entry)
        .await
        .map_err(|error| error.to_string())?;
    let there = spans.clone();
    let all = move || there.wait_for(3, Duration::from_secs(10));
    assert!(
        tokio::task::spawn_blocking(all).await?,
        "three spans arrive: {:?}",
        spans.spans()
    );
    let spans = spans.spans();
    let find = |service: &str, kind: Kind| {
        let found = spans
            .iter()
            .find(|span| span.service() == service && span.kind == kind);
        found
            .cloned()
            .ok_or_else(|| format!("no {service} {kind:?} in {spans:?}"))
    };
    let (server, client) = (find("first", Kind::Server)?, find("first", Kind::Client)?);
    Ok([server, client, find("second", Kind::Server)?])
}

fn ids(span: &OwnedSpan) -> (SpanId, Option<SpanId>) {
    (span.context.span_id(), span.parent_id())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pair_joins_with_every_format() -> Result<(), Failed> {
    for first in FRAMEWORKS {
        for second in FRAMEWORKS {
            for format in FORMATS {
                let case = format!("{first:?} -> {second:?} with {format}");
                let spans = hop((first, second), format, false).await;
                let [server, client, next] = spans.map_err(|error| format!("{case}: {error}"))?;
                let trace = server.context.trace_id();
                assert_eq!(
                    server.parent_id(),
                    None,
                    "{case}: the caller sent no context"
                );
                assert_eq!(client.context.trace_id(), trace, "{case}: client's trace");
                assert_eq!(
                    next.context.trace_id(),
                    trace,
                    "{case}: next server's trace"
                );
                assert_eq!(
                    client.parent_id(),
                    Some(ids(&server).0),
                    "{case}: client's parent"
                );
                assert_eq!(
                    next.parent_id(),
                    Some(ids(&client).0),
                    "{case}: next server's parent"
                );
                assert!(!next.shared, "{case}: ids are not joined");
            }
        }
    }
    Ok(())
}

/// Only B3 ids may be shared by both halves of a call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_shares_the_ids_of_b3_and_of_nothing_else() -> Result<(), Failed> {
    for second in FRAMEWORKS {
        for format in FORMATS {
            let case = format!("axum -> {second:?} with {format}");
            let spans = hop((Framework::Axum, second), format, true).await;
            let [server, client, next] = spans.map_err(|error| format!("{case}: {error}"))?;
            assert_eq!(next.context.trace_id(), server.context.trace_id(), "{case}");
            if format.starts_with("b3") {
                assert_eq!(next.context.span_id(), client.context.span_id(), "{case}");
                assert!(next.shared, "{case}");
            } else {
                assert_eq!(next.parent_id(), Some(client.context.span_id()), "{case}");
                assert!(!next.shared, "{case}");
            }
        }
    }
    Ok(())
}
