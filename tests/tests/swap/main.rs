//! The same services against three backends: what differs is `main`, and the span trees are equal.

mod collector;
mod tree;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::InMemorySpanExporterBuilder;
use tracer_core::Tracer;
use tracer_examples::demo::{self, Failed};
use tracer_opentelemetry::{OpenTelemetryExporter, Resource};
use tracer_recording::{BatchReporter, InMemoryReporter, RecordingTracer, Reporter};
use tracer_zipkin::ZipkinExporter;

use collector::Collector;

const PATHS: [&str; 4] = [
    "/checkout/tea",
    "/checkout/broken",
    "/checkout/none",
    "/orders/1/steps",
];
const SPANS: usize = 6 + 6 + 6 + 3;
const PATIENCE: Duration = Duration::from_secs(20);

const SERVICES: [&str; 3] = ["gateway", "orders", "stock"];

/// Runs the services, each with a reporter, and sends each request.
async fn run(reporter: impl Fn(&str) -> Arc<dyn Reporter>) -> Result<(), Failed> {
    let tracers = SERVICES.map(|name| -> Arc<dyn Tracer> {
        // Joined ids are a property of the backend, not of the services: off, to compare.
        Arc::new(
            RecordingTracer::builder(name, reporter(name))
                .join(false)
                .build(),
        )
    });
    let listen = || -> std::io::Result<TcpListener> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let listeners = [listen()?, listen()?, listen()?];
    let gateway = listeners[0].local_addr()?;
    demo::serve(tracers, listeners)?;
    for path in PATHS {
        demo::ask(gateway, path).await;
    }
    Ok(())
}

async fn in_memory() -> Result<String, Failed> {
    let spans = InMemoryReporter::new();
    run(|_| Arc::new(spans.clone())).await?;
    let there = spans.clone();
    let all = tokio::task::spawn_blocking(move || there.wait_for(SPANS, PATIENCE)).await?;
    assert!(all, "spans in memory: {:?}", spans.spans().len());
    Ok(tree::render(
        spans.spans().iter().map(tree::Node::from_memory),
    ))
}

async fn as_zipkin() -> Result<String, Failed> {
    let collector = Collector::start().await?;
    let reporter = BatchReporter::new(ZipkinExporter::http(&collector.endpoint())?);
    run(|_| Arc::new(reporter.clone())).await?;
    let spans = collector.wait_for(SPANS, PATIENCE).await?;
    Ok(tree::render(spans.iter().map(tree::Node::from_zipkin)))
}

async fn as_opentelemetry() -> Result<String, Failed> {
    // A span does not say its service, its exporter's resource does: one for each.
    let exporters = SERVICES.map(|name| (name, InMemorySpanExporterBuilder::new().build()));
    run(|name| {
        let resource = Resource::builder_empty()
            .with_service_name(name.to_owned())
            .build();
        let exporter = exporters.iter().find(|(service, _)| *service == name);
        let exporter = exporter
            .map(|(_, exporter)| exporter.clone())
            .unwrap_or_default();
        Arc::new(BatchReporter::new(OpenTelemetryExporter::new(
            exporter, resource,
        )))
    })
    .await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut nodes = Vec::new();
        for (service, exporter) in &exporters {
            let spans = exporter.get_finished_spans()?;
            nodes.extend(
                spans
                    .iter()
                    .map(|span| tree::Node::from_opentelemetry(service, span)),
            );
        }
        if nodes.len() >= SPANS {
            return Ok(tree::render(nodes.into_iter()));
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{} of {SPANS} spans",
            nodes.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_services_leave_equal_trees_in_every_backend() -> Result<(), Failed> {
    let memory = in_memory().await?;
    let expected = "\
SERVER gateway GET /checkout/{item} error
  CLIENT gateway orders.Orders/Place -> orders error
    SERVER orders orders.Orders/Place error
      CLIENT orders GET -> stock error
        SERVER stock GET /stock/{item} error
          CLIENT stock select shelf -> inventory-db error
";
    assert!(memory.contains(expected), "{memory}");
    assert_eq!(as_zipkin().await?, memory, "Zipkin JSON");
    assert_eq!(
        as_opentelemetry().await?,
        memory,
        "an OpenTelemetry exporter"
    );
    Ok(())
}
