//! Times, memory, and a line of the table.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tracer_recording::BatchCounts;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes in use by the whole process.
pub(crate) fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats
        .bytes_allocated
        .saturating_sub(stats.bytes_deallocated)
}

/// How long requests took. Room is made first, so that measuring does not show as memory.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(200_000))
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The time that so many of a thousand requests do not exceed.
    pub(crate) fn permille(&self, permille: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * permille / 1000).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }
}

/// What one case showed.
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    pub(crate) bare: [Duration; 2],
    pub(crate) traced: [Duration; 2],
    pub(crate) grown: isize,
    pub(crate) counts: BatchCounts,
    pub(crate) recovered: Option<Duration>,
    pub(crate) lines: usize,
}

impl Figures {
    pub(crate) fn print(&self) {
        let micros = |times: [Duration; 2]| {
            let [half, p99] = times.map(|time| time.as_micros());
            format!("{half} / {p99}")
        };
        let recovered = self.recovered.map_or("-".to_owned(), |time| {
            format!("{:.1} s", time.as_secs_f64())
        });
        let counts = &self.counts;
        println!(
            "| {} | {} | {} | {} KiB | {} | {} | {} | {} | {} | {recovered} | {} |",
            self.name,
            micros(self.bare),
            micros(self.traced),
            self.grown / 1024,
            counts.accepted,
            counts.sent,
            counts.dropped_queue_full,
            counts.dropped_rejected + counts.dropped_too_large,
            counts.retries,
            self.lines,
        );
    }
}
