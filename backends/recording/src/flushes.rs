//! Several reporters asked at once, and what comes of it.

use std::thread;
use std::time::{Duration, Instant};

use tracer_core::FlushError;

use crate::guard::{Watching, guarded};

/// Asks every item at the same time: one that waits takes none of the others' time. `None` from one that
/// panics.
pub(crate) fn at_once<I: Sync, T: Send>(
    items: &[I],
    ask: impl Fn(&I) -> T + Sync,
) -> Vec<Option<T>> {
    let ask = &|item| guarded(|| ask(item)).ok();
    if Watching::is_on() {
        // One whose thread this is does not wait for itself, but on another thread it would.
        return items.iter().map(ask).collect();
    }
    let Some((first, rest)) = items.split_first() else {
        return Vec::new();
    };
    thread::scope(|scope| {
        let asked: Vec<_> = rest
            .iter()
            .map(|item| thread::Builder::new().spawn_scoped(scope, move || ask(item)))
            .collect();
        let first = std::iter::once(ask(first));
        let others = rest.iter().zip(asked).map(|(item, asked)| match asked {
            Ok(thread) => thread.join().ok().flatten(),
            // No thread to be had: one after the other.
            Err(_) => ask(item),
        });
        first.chain(others).collect()
    })
}

/// Flushes every item at the same time; each is told how much of `timeout` is left. One that panics is late.
///
/// # Errors
///
/// As [`both`], of all of them.
#[doc(hidden)]
pub fn flush_all<I: Sync>(
    items: &[I],
    timeout: Duration,
    flush: impl Fn(&I, Duration) -> Result<(), FlushError> + Sync,
) -> Result<(), FlushError> {
    let begun = Instant::now();
    let flushed = at_once(items, |item| {
        flush(item, timeout.saturating_sub(begun.elapsed()))
    });
    let flushed = flushed.into_iter();
    let results = flushed.map(|result| result.unwrap_or_else(|| Err(FlushError::timeout())));
    results.fold(Ok(()), both)
}

/// What came of two flushes.
///
/// # Errors
///
/// A time-out if one had one; else the sum of what they lost.
#[doc(hidden)]
pub fn both(a: Result<(), FlushError>, b: Result<(), FlushError>) -> Result<(), FlushError> {
    match (a, b) {
        (Ok(()), other) | (other, Ok(())) => other,
        (Err(a), Err(b)) if a.is_timeout() || b.is_timeout() => Err(FlushError::timeout()),
        (Err(a), Err(b)) => Err(FlushError::lost(
            a.lost_spans().saturating_add(b.lost_spans()),
        )),
    }
}
