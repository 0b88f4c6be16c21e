//! A chain of services, each with a tracer of its own: gateway → orders → stock.

use std::collections::HashMap;

use tracer_core::{Error, Kind, OpenSpan, TraceId, Tracer, TracerExt};
use tracer_recording::{BatchReporter, Exporter, RecordingTracer};

use crate::server::{LONG, unique};

/// What sends the spans of one service.
pub(crate) type AnyExporter = Box<dyn Exporter>;

/// One service.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) tracer: RecordingTracer,
    reporter: BatchReporter,
}

impl Service {
    pub(crate) fn new(name: &str, exporter: AnyExporter) -> Self {
        let (name, reporter) = (unique(name), BatchReporter::new(exporter));
        let tracer = RecordingTracer::builder(&*name, reporter.clone())
            // Jaeger wants an id of its own for each span, also from its Zipkin receiver.
            .join(false)
            .build();
        Self {
            name,
            tracer,
            reporter,
        }
    }

    /// Delivers every span; none may be lost.
    pub(crate) fn flush(&self) {
        self.tracer.flush(LONG).unwrap();
        let counts = self.reporter.counts();
        assert_eq!(counts.sent, counts.accepted);
    }
}

type Headers = HashMap<String, String>;

/// The services of the chain.
pub(crate) struct Chain {
    pub(crate) gateway: Service,
    pub(crate) orders: Service,
    pub(crate) stock: Service,
}

/// What [`Chain::request`] looks like.
pub(crate) const TREE: &str = "\
gateway: server GET /checkout/{item}
  gateway: client orders.Orders/Place
    orders: server orders.Orders/Place
      orders: client GET
        stock: server GET /stock/{item}
";

impl Chain {
    pub(crate) fn new(exporter: impl Fn() -> AnyExporter) -> Self {
        Self {
            gateway: Service::new("gateway", exporter()),
            orders: Service::new("orders", exporter()),
            stock: Service::new("stock", exporter()),
        }
    }

    /// One request through all services, delivered.
    pub(crate) fn request(&self, fails: bool) -> TraceId {
        let nothing = Headers::new();
        let checkout = serve(&self.gateway, "GET /checkout/{item}", &nothing);
        let trace = checkout.trace_id().unwrap();
        let (place, headers) = call(&self.gateway, "orders.Orders/Place", &checkout);
        let placed = serve(&self.orders, "orders.Orders/Place", &headers);
        let (get, headers) = call(&self.orders, "GET", &placed);
        let got = serve(&self.stock, "GET /stock/{item}", &headers);
        for span in [got, get, placed, place, checkout] {
            if fails {
                span.set_error_as(Error::new("Missing", &"no such item"));
            }
            span.finish();
        }
        for service in [&self.gateway, &self.orders, &self.stock] {
            service.flush();
        }
        trace
    }
}

/// A CLIENT span, and the headers that go with the call.
fn call(service: &Service, name: &str, parent: &OpenSpan) -> (OpenSpan, Headers) {
    let mut headers = Headers::new();
    let span = service.tracer.span(name).kind(Kind::Client);
    let span = span.child_of(parent).start();
    service.tracer.inject(&span, &mut headers);
    (span, headers)
}

/// The SERVER span of a call.
fn serve(service: &Service, name: &str, headers: &Headers) -> OpenSpan {
    let caller = service.tracer.extract(headers);
    let span = service.tracer.span(name).kind(Kind::Server);
    span.continues(&caller).start()
}
