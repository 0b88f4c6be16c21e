//! Several flushes, and what comes of them.

use std::thread;
use std::time::{Duration, Instant};

use tracer_core::FlushError;

/// Runs `wait` for every item at the same time: one that hangs must not take the others' time.
pub(crate) fn at_once<T: Sync>(
    items: &[T],
    timeout: Duration,
    wait: impl Fn(&T, Duration) -> Result<(), FlushError> + Sync,
) -> Result<(), FlushError> {
    if tracer_recording::watches() {
        let begun = Instant::now();
        let left = || timeout.saturating_sub(begun.elapsed());
        let results = items.iter().map(|item| wait(item, left()));
        return results.fold(Ok(()), both);
    }
    let wait = |item: &T| wait(item, timeout);
    let Some((first, rest)) = items.split_first() else {
        return Ok(());
    };
    let wait = &wait;
    thread::scope(|scope| {
        let others: Vec<_> = rest
            .iter()
            .map(|item| thread::Builder::new().spawn_scoped(scope, move || wait(item)))
            .collect();
        let mut result = wait(first);
        for (item, other) in rest.iter().zip(others) {
            let other = match other {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err(FlushError::timeout())),
                // No thread to be had: one after the other.
                Err(_) => wait(item),
            };
            result = both(result, other);
        }
        result
    })
}

/// What came of two of them.
pub(crate) fn both(a: Result<(), FlushError>, b: Result<(), FlushError>) -> Result<(), FlushError> {
    match (a, b) {
        (Ok(()), other) | (other, Ok(())) => other,
        (Err(a), Err(b)) if a.is_timeout() || b.is_timeout() => Err(FlushError::timeout()),
        (Err(a), Err(b)) => Err(FlushError::lost(a.lost_spans() + b.lost_spans())),
    }
}
