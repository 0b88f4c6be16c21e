//! Anyone can send the debug flag.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::carrier::Extract;
use tracer_core::http::{HttpServer, RequestView};
use tracer_core::{Sampling, Tracer};
use tracer_recording::{InMemoryReporter, ManualClock, Propagation, RecordingTracer};

use crate::support::list;

fn debugs(propagation: &Propagation, header: &str, requests: usize) -> usize {
    let headers = list(header);
    let sampling = |_| propagation.extract(&headers).sampling();
    let all: Vec<_> = (0..requests).map(sampling).collect();
    assert!(all.iter().all(|sampling| sampling.is_sampled()));
    all.iter().filter(|s| **s == Sampling::Debug).count()
}

#[test]
fn ten_at_once_then_ten_a_second_the_rest_is_sampled() {
    for header in [
        "b3: {T}-{S}-d",
        "b3: d",
        "x-b3-flags: 1",
        "uber-trace-id: {T}:{S}:0:3",
        "jaeger-debug-id: x",
    ] {
        let clock = ManualClock::at(0);
        let builder = Propagation::builder().clock(Arc::new(clock.clone()));
        let propagation = builder.jaeger_debug_id(true).build();
        assert_eq!(debugs(&propagation, header, 15), 10, "{header}");
        assert_eq!(propagation.counts().debug_refused, 5);
        clock.advance(Duration::from_millis(99));
        assert_eq!(debugs(&propagation, header, 1), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(debugs(&propagation, header, 2), 1);
        clock.advance(Duration::from_millis(300));
        assert_eq!(debugs(&propagation, header, 5), 3);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(debugs(&propagation, header, 15), 10);
    }
}

#[test]
fn other_decisions_cost_nothing() {
    let propagation = Propagation::builder()
        .clock(Arc::new(ManualClock::at(0)))
        .build();
    for _ in 0..20 {
        propagation.extract(&list("b3: 1"));
    }
    assert_eq!(debugs(&propagation, "b3: d", 11), 10);
}

struct Request(String, Vec<(String, String)>);

impl RequestView for Request {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        &self.0
    }

    fn headers(&self) -> &dyn Extract {
        &self.1
    }
}

/// A handler's requests within the process have its caller's headers.
#[test]
fn a_flag_that_is_handed_on_to_many_begins_no_trace_of_its_own() {
    let tracer = RecordingTracer::builder("shop", InMemoryReporter::new()).build();
    let server = HttpServer::new(Arc::new(tracer) as Arc<dyn Tracer>, "test");
    let request = |path: String| Request(path, vec![("b3".to_owned(), "d".to_owned())]);
    let mut outside = server.start(&request("/batch".to_owned()));
    let trace = outside.span().trace_id();
    let _scope = outside.enter();
    for part in 0..15 {
        let inside = server.start(&request(format!("/part/{part}")));
        assert_eq!(inside.span().trace_id(), trace, "{part}");
        assert_eq!(inside.span().sampling(), Sampling::Debug, "{part}");
    }
}
