//! The end of a service under load.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{SMALL_QUEUE, answered_for, backend, counts, wait_until};
use crate::collector::{Collector, Mode};
use crate::load::Services;
use crate::log_lines::{alone, lines};

/// For the shutdown. A request that waited for it would take as long.
const TIMEOUT: Duration = Duration::from_secs(3);

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn shutdown(mode: Mode) {
    let _alone = alone();
    let collector = Collector::start(mode);
    let backend = backend(&collector, SMALL_QUEUE);
    let services = Services::start(&backend);
    let (stop, requests) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut client = services.client();
    thread::scope(|scope| {
        // Also when something below fails: the scope waits for the load.
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                client.pair();
                requests.fetch_add(1, Ordering::Relaxed);
            }
            let slowest = client.traced_times.permille(1000);
            assert!(slowest < TIMEOUT / 2, "{mode:?}: {slowest:?}");
        });
        wait_until(|| requests.load(Ordering::Relaxed) >= 1000);
        let started = Instant::now();
        let _ = backend.shutdown(TIMEOUT);
        let taken = started.elapsed();
        let allowed = TIMEOUT + TIMEOUT / 2;
        assert!(taken < allowed, "{mode:?}: {taken:?}");
        let at_shutdown = requests.load(Ordering::Relaxed);
        wait_until(|| requests.load(Ordering::Relaxed) >= at_shutdown + 200);
    });
    let requests = requests.load(Ordering::Relaxed);
    wait_until(|| counts(&backend).accepted == requests);
    services.stop();
    let counts = counts(&backend);
    assert!(counts.dropped_closed >= 200, "{mode:?}: {counts:?}");
    answered_for(&counts, requests, &collector);
    assert_eq!(backend.losses().len(), 1);
    // About the collector, about what was left, and about spans that came too late.
    assert!(lines().len() <= 3, "{:#?}", lines());
}

#[test]
fn a_shutdown_under_load_answers_for_every_span() {
    shutdown(Mode::Well);
}

#[test]
fn a_shutdown_beside_a_collector_in_trouble_keeps_its_time() {
    shutdown(Mode::Status(503, ""));
    shutdown(Mode::Slow(Duration::from_millis(150)));
    shutdown(Mode::Hangs);
    shutdown(Mode::Trickles);
}
