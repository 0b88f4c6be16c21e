//! What is asked of every case.

use std::time::{Duration, Instant};

use log::Level;
use tracer_backends::{Backend, Setup};
use tracer_recording::BatchCounts;

use crate::collector::{Collector, Mode};
use crate::figures::{Figures, live};
use crate::load::{Client, Services};
use crate::log_lines::{alone, lines};

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// After any outage spans flow within this time.
const RECOVERY: Duration = Duration::from_secs(10);
/// Memory that moves without growing: a queue that fills and empties, empty chunks that it keeps (1 MiB at
/// most), lists on their way, and the collector's reading of them. [`REQUESTS`] spans without a bound are
/// twice as much.
const UNREST: isize = 1152 * 1024;
/// Requests before memory is looked at: more than the queue holds.
const FILLING: usize = 1000;
/// Requests between the two looks.
const REQUESTS: usize = 8000;

/// Soon full.
pub(crate) const SMALL_QUEUE: &str = "500";

/// A service that sends to this collector.
pub(crate) fn backend(collector: &Collector, queue: &str) -> Backend {
    let endpoint = collector.endpoint();
    let setup = Setup::from_vars([
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "700"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", queue),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ]);
    setup.unwrap().build().unwrap()
}

/// The counters, which always add up.
pub(crate) fn counts(backend: &Backend) -> BatchCounts {
    let (_, counts) = backend.counts()[0];
    let answered = counts.sent + counts.dropped() + counts.queued;
    assert_eq!(counts.accepted, answered, "{counts:?}");
    counts
}

/// Puts a service under load while `trouble` goes on, then lets the collector be well. No `mode` is
/// a collector that is down.
pub(crate) fn run(name: &'static str, mode: Option<Mode>) -> BatchCounts {
    run_with(name, mode, SMALL_QUEUE, |_| {})
}

pub(crate) fn run_with(
    name: &'static str,
    mode: Option<Mode>,
    queue: &str,
    mut trouble: impl FnMut(&mut Collector),
) -> BatchCounts {
    let _alone = alone();
    let mut collector = Collector::start(mode.unwrap_or(Mode::Well));
    if mode.is_none() {
        collector.stop();
    }
    let backend = backend(&collector, queue);
    let services = Services::start(&backend);
    let mut client = services.client();
    let mut requests = load(&mut client, &backend, FILLING, || {});
    client.bare_times.clear();
    client.traced_times.clear();
    let before = settled(&backend);
    requests += load(&mut client, &backend, REQUESTS, || trouble(&mut collector));
    let grown = grown(&backend, before);
    let [bare, traced] = [&client.bare_times, &client.traced_times]
        .map(|times| [times.permille(500), times.permille(990)]);

    collector.set(Mode::Well);
    collector.restart();
    let (recovered, more) = recover(&collector, &mut client);
    requests += more;
    wait_until(|| counts(&backend).accepted == requests);
    services.stop();
    let _ = backend.shutdown(LONG);

    let counts = counts(&backend);
    let figures = Figures {
        name,
        bare,
        traced,
        grown,
        counts,
        recovered: Some(recovered),
        lines: lines().len(),
    };
    figures.print();
    unharmed(&figures);
    answered_for(&figures.counts, requests, &collector);
    quiet();
    figures.counts
}

fn load(client: &mut Client, backend: &Backend, pairs: usize, mut each: impl FnMut()) -> u64 {
    let mut requests = 0_u32;
    client.pairs(pairs, Duration::from_secs(1), || {
        requests += 1;
        if requests.is_multiple_of(20) {
            counts(backend);
        }
        each();
    })
}

/// Memory in use, when what can be sent is sent; the least of several looks, for lists come and go.
fn settled(backend: &Backend) -> isize {
    let _ = backend.flush(Duration::from_millis(500));
    let looks = (0..20).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        live()
    });
    looks.min().unwrap_or_default().cast_signed()
}

/// How much more is in use than before. A busy machine may still have something under way, which is
/// waited for; what stays has grown.
fn grown(backend: &Backend, before: isize) -> isize {
    let until = Instant::now() + RECOVERY;
    loop {
        let grown = settled(backend) - before;
        if grown < UNREST || Instant::now() > until {
            return grown;
        }
    }
}

/// The time until the collector takes a span again, and the requests made meanwhile.
fn recover(collector: &Collector, client: &mut Client) -> (Duration, u64) {
    let before = collector.seen(|seen| seen.acknowledged);
    let started = Instant::now();
    let mut requests = 0;
    while collector.seen(|seen| seen.acknowledged) == before {
        assert!(started.elapsed() < LONG, "no span arrives");
        client.pair();
        requests += 1;
        std::thread::sleep(Duration::from_millis(5));
    }
    (started.elapsed(), requests)
}

pub(crate) fn wait_until(done: impl Fn() -> bool) {
    let until = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < until, "waited in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn unharmed(figures: &Figures) {
    let name = figures.name;
    // A request that waits for a collector waits for hundreds of milliseconds. Where one in a hundred
    // is held up by a busy machine, it is so for tens of them, and for either service.
    let [bare, traced] = [figures.bare[1], figures.traced[1]];
    let allowed = bare * 2 + Duration::from_millis(50);
    assert!(traced < allowed, "{name}: p99 {traced:?} beside {bare:?}");
    assert!(figures.grown < UNREST, "{name}: grown by {}", figures.grown);
    let recovered = figures.recovered.unwrap_or_default();
    assert!(recovered < RECOVERY, "{name}: {recovered:?}");
}

/// Every span has become something, and nothing was taken twice.
pub(crate) fn answered_for(counts: &BatchCounts, requests: u64, collector: &Collector) {
    assert_eq!(counts.accepted, requests, "{counts:?}");
    assert_eq!(counts.queued, 0, "{counts:?}");
    collector.seen(|seen| {
        assert_eq!(seen.twice, 0, "spans came twice");
        // An acknowledgement may be cut off on its way, never made up.
        let unheard = seen.acknowledged.checked_sub(counts.sent);
        let lost = counts.dropped_rejected + counts.dropped_closed;
        let told = unheard.is_some_and(|spans| spans <= lost);
        assert!(told, "{} taken, {counts:?}", seen.acknowledged);
    });
}

/// Cases last less than a minute: one warning, and one line when it is over.
fn quiet() {
    let lines = lines();
    let warnings = lines.iter().filter(|(level, _)| *level <= Level::Warn);
    assert!(warnings.count() <= 1 && lines.len() <= 2, "{lines:#?}");
}
