//! Which spans the demo's requests must leave, and whether they did.

use tracer_core::Kind::{self, Client, Server};
use tracer_recording::OwnedSpan;

use crate::tree::{Trace, traces};

/// One hop that must be there: service, role, name.
type Hop = (&'static str, Kind, &'static str);

const CHECKOUT: [Hop; 6] = [
    ("gateway", Server, "GET /checkout/{item}"),
    ("gateway", Client, "orders.Orders/Place"),
    ("orders", Server, "orders.Orders/Place"),
    ("orders", Client, "GET"),
    ("stock", Server, "GET /stock/{item}"),
    ("stock", Client, "select shelf"),
];
const STEPS: [Hop; 3] = [
    ("gateway", Server, "GET /orders/{order}/steps"),
    ("gateway", Client, "orders.Orders/Watch"),
    ("orders", Server, "orders.Orders/Watch"),
];

/// What a request must leave.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// The path that was asked for.
    pub path: &'static str,
    hops: &'static [Hop],
    /// The caller gave up.
    pub cancelled: bool,
    /// The service whose call of the database fails.
    failing: Option<&'static str>,
}

/// The requests of the demo.
pub const REQUESTS: [Expected; 5] = [
    Expected {
        path: "/checkout/tea",
        hops: &CHECKOUT,
        cancelled: false,
        failing: None,
    },
    Expected {
        path: "/checkout/coffee",
        hops: &CHECKOUT,
        cancelled: false,
        failing: None,
    },
    Expected {
        path: "/checkout/broken",
        hops: &CHECKOUT,
        cancelled: false,
        failing: Some("stock"),
    },
    Expected {
        path: "/orders/1/steps",
        hops: &STEPS,
        cancelled: false,
        failing: None,
    },
    Expected {
        path: "/checkout/slow",
        hops: &CHECKOUT,
        cancelled: true,
        failing: None,
    },
];

/// What is missing; empty when everything is there.
pub fn missing(spans: &[OwnedSpan]) -> Vec<String> {
    let traces = traces(spans);
    REQUESTS
        .iter()
        .flat_map(|expected| expected.missing_in(&traces))
        .collect()
}

impl Expected {
    fn missing_in(&self, traces: &[Trace<'_>]) -> Vec<String> {
        let asked = |trace: &&Trace<'_>| {
            trace
                .spans
                .iter()
                .any(|span| span.tag("http.path").as_deref() == Some(self.path))
        };
        let Some(trace) = traces.iter().find(asked) else {
            return vec![format!("{}: no trace", self.path)];
        };
        let mut missing = Vec::new();
        let mut above: Option<&OwnedSpan> = None;
        for (service, kind, name) in self.hops {
            let fits = |span: &&&OwnedSpan| {
                span.service() == *service && span.kind == *kind && span.name == *name
            };
            let Some(span) = trace.spans.iter().find(fits) else {
                missing.push(format!("{}: no {service} {kind:?} {name:?}", self.path));
                continue;
            };
            if above.is_some_and(|above| !is_below(above, span)) {
                missing.push(format!(
                    "{}: {service} {kind:?} {name:?} has another parent",
                    self.path
                ));
            }
            above = Some(span);
        }
        let cancelled = trace
            .spans
            .iter()
            .any(|span| span.tag("cancelled").is_some());
        if self.cancelled && !cancelled {
            missing.push(format!("{}: no span is cancelled", self.path));
        }
        let failing = trace.failing_hop().map(|span| span.service());
        if failing != self.failing && !self.cancelled {
            missing.push(format!(
                "{}: fails at {failing:?}, not {:?}",
                self.path, self.failing
            ));
        }
        missing
    }
}

fn is_below(above: &OwnedSpan, span: &OwnedSpan) -> bool {
    let id = above.context.span_id();
    if span.shared {
        span.context.span_id() == id
    } else {
        span.parent_id() == Some(id)
    }
}
