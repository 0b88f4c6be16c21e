//! Samplers that ask the server, which answers from `servers/jaeger/strategies.json`.

use std::time::Duration;

use tracer_core::{Kind, Name, TraceId};
use tracer_recording::samplers::{Always, Never, Remote};
use tracer_recording::{Sampler, SamplingQuestion};

use crate::server::{variable, wait_for};

/// A sampler of a service, until it is told.
fn sampler(service: &str, initial: impl Sampler + 'static) -> Remote {
    Remote::builder(&variable("JAEGER_SAMPLING_URL"), service)
        .unwrap()
        .initial(initial)
        .interval(Duration::from_millis(50))
        .start()
}

/// How many of a thousand traces it takes.
fn taken(sampler: &Remote, name: &str) -> usize {
    let one = |_: &usize| {
        let trace = TraceId::random(true);
        sampler.sample(&SamplingQuestion::new(
            trace,
            Name::Text(name),
            Kind::Server,
        ))
    };
    (0..1000).filter(one).count()
}

/// Waits until the sampler was told, which shows in what it takes.
fn told(sampler: &Remote, holds: impl Fn(usize) -> bool) {
    wait_for("a strategy", || {
        holds(taken(sampler, "GET /")).then_some(())
    });
}

#[test]
fn a_share() {
    told(&sampler("not-listed", Never), |taken| taken == 1000);
    told(&sampler("sampled-never", Always), |taken| taken == 0);
    // Ten standard deviations.
    told(&sampler("sampled-half", Never), |taken| {
        (340..660).contains(&taken)
    });
}

#[test]
fn a_rate() {
    told(&sampler("sampled-twice", Always), |taken| taken < 100);
    told(&sampler("sampled-twice", Never), |taken| taken > 0);
}

#[test]
fn a_share_for_each_operation() {
    let sampler = sampler("sampled-by-operation", Never);
    told(&sampler, |taken| taken == 1000);
    let health = taken(&sampler, "GET /health");
    assert!((1..300).contains(&health), "{health}");
}
