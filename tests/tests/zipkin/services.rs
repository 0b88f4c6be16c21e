//! A chain of services, each with a tracer of its own: gateway → orders → stock → inventory-db.

use std::collections::HashMap;
use std::sync::Arc;

use tracer_core::{Endpoint, Error, Kind, OpenSpan, TraceId, Tracer, TracerExt};
use tracer_recording::{BatchCounts, BatchReporter, Exporter, RecordingTracer};

use crate::server::{LONG, unique};

/// One service.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) tracer: Arc<RecordingTracer>,
    reporter: BatchReporter,
}

impl Service {
    /// A service whose name begins like this, and which sends its spans here.
    pub(crate) fn new(name: &str, exporter: impl Exporter + 'static) -> Self {
        let (name, reporter) = (unique(name), BatchReporter::new(exporter));
        let tracer = RecordingTracer::builder(&*name, reporter.clone())
            .address(Some("127.0.0.1".parse().unwrap()), Some(8881))
            .build();
        Self {
            name,
            tracer: Arc::new(tracer),
            reporter,
        }
    }

    /// Delivers every span; none may be lost.
    pub(crate) fn flush(&self) -> BatchCounts {
        self.reporter.flush(LONG).unwrap();
        self.reporter.counts()
    }
}

/// The headers of a request.
pub(crate) type Headers = HashMap<String, String>;

/// The services of the chain.
pub(crate) struct Chain {
    pub(crate) gateway: Service,
    pub(crate) orders: Service,
    pub(crate) stock: Service,
    pub(crate) database: String,
}

impl Chain {
    /// The chain; `exporter` makes one exporter for each service.
    pub(crate) fn new<E: Exporter + 'static>(exporter: impl Fn() -> E) -> Self {
        Self {
            gateway: Service::new("gateway", exporter()),
            orders: Service::new("orders", exporter()),
            stock: Service::new("stock", exporter()),
            database: unique("inventory-db"),
        }
    }

    /// One request through all services. If it fails, it fails in the database, and every service
    /// hands the failure on.
    pub(crate) fn request(&self, headers: &Headers, fails: bool) -> TraceId {
        let caller = self.gateway.tracer.extract(headers);
        let checkout = self
            .gateway
            .tracer
            .span("GET /checkout/{item}")
            .kind(Kind::Server)
            .continues(&caller)
            .start();
        let trace = checkout.trace_id().unwrap();
        let mut to_orders = Headers::new();
        let place = call(
            &self.gateway,
            &checkout,
            "orders.Orders/Place",
            &mut to_orders,
        );
        let placed = serve(&self.orders, "orders.Orders/Place", &to_orders);
        let mut to_stock = Headers::new();
        let get = call(&self.orders, &placed, "GET", &mut to_stock);
        let got = serve(&self.stock, "GET /stock/{item}", &to_stock);
        let query = self.stock.tracer.span("SELECT").kind(Kind::Client);
        let query = query.child_of(&got).start();
        query.set_remote(Endpoint {
            service: Some(&self.database),
            port: Some(5432),
            ..Endpoint::default()
        });
        for span in [query, got, get, placed, place, checkout] {
            if fails {
                span.set_error_as(Error::new("Missing", &"no such item"));
            }
            span.finish();
        }
        trace
    }

    /// Delivers every span of every service.
    pub(crate) fn flush(&self) -> [BatchCounts; 3] {
        [&self.gateway, &self.orders, &self.stock].map(Service::flush)
    }
}

/// A CLIENT span, and the headers that go with the call.
fn call(service: &Service, parent: &OpenSpan, name: &str, headers: &mut Headers) -> OpenSpan {
    let tracer = &service.tracer;
    let span = tracer.span(name).kind(Kind::Client).child_of(parent);
    let span = span.start();
    tracer.inject(&span, headers);
    span
}

/// The SERVER span of a call.
fn serve(service: &Service, name: &str, headers: &Headers) -> OpenSpan {
    let tracer = &service.tracer;
    let caller = tracer.extract(headers);
    tracer
        .span(name)
        .kind(Kind::Server)
        .continues(&caller)
        .start()
}
