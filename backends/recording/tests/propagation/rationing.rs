//! Anyone can send the debug flag.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::Sampling;
use tracer_recording::{ManualClock, Propagation};

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
