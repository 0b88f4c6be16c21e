//! What arrives while the demo serves on.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use tracer_recording::{InMemoryReporter, OwnedSpan};

/// A trace is shown when nothing more has come for so long: longer than the slowest step takes.
const QUIET: Duration = Duration::from_millis(500);
/// Where something always comes.
const LONGEST: Duration = Duration::from_secs(3);

/// Shows spans in the order in which they arrive, and keeps none of them.
pub(super) async fn follow(spans: &InMemoryReporter, show: impl Fn(&[OwnedSpan])) -> Infallible {
    loop {
        if !more(spans, 0).await {
            continue;
        }
        let end = Instant::now() + LONGEST;
        while more(spans, spans.spans().len()).await && Instant::now() < end {}
        show(&spans.take());
    }
}

/// Whether more than those that were seen come in time.
async fn more(spans: &InMemoryReporter, seen: usize) -> bool {
    let spans = spans.clone();
    let more = move || spans.wait_for(seen + 1, QUIET);
    tokio::task::spawn_blocking(more).await.unwrap_or(false)
}
