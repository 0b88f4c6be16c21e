//! Which failures are worth telling.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tracer_core::TraceId;

use super::FailingHop;

/// Traces whose first failure is remembered, so that the spans above it are not told again.
const TRACES: usize = 256;
/// Different hops that are told apart.
const HOPS: usize = 256;

/// Remembers what was told; bounded.
#[derive(Default)]
pub(super) struct Repeats {
    hasher: RandomState,
    traces: VecDeque<TraceId>,
    hops: HashMap<u64, Told>,
    window: u64,
    in_window: u32,
}

struct Told {
    /// Nanoseconds since the start.
    at: u64,
    repeats: u64,
}

impl Repeats {
    /// Whether to tell a failure at `now`, in nanoseconds since some start; how many like it were
    /// not told before. Each hop is told once per `pause`, all together `most` times.
    pub(super) fn ask(
        &mut self,
        hop: &FailingHop<'_>,
        now: u64,
        pause: Duration,
        most: u32,
    ) -> Option<u64> {
        if self.traces.contains(&hop.trace_id) {
            return None;
        }
        if self.traces.len() >= TRACES {
            self.traces.pop_front();
        }
        self.traces.push_back(hop.trace_id);
        let pause = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        if now.saturating_sub(self.window) >= pause {
            (self.window, self.in_window) = (now, 0);
        }
        let peer = (hop.peer.service, hop.peer.host, hop.peer.ip, hop.peer.port);
        let key = (hop.service, hop.operation, peer, hop.error);
        let key = self.hasher.hash_one(key);
        let known = self.hops.get(&key);
        let fresh = known.is_none_or(|told| now.saturating_sub(told.at) >= pause);
        if fresh && self.in_window < most {
            self.in_window += 1;
            let repeats = known.map_or(0, |told| told.repeats);
            self.make_room();
            self.hops.insert(
                key,
                Told {
                    at: now,
                    repeats: 0,
                },
            );
            return Some(repeats);
        }
        if let Some(told) = self.hops.get_mut(&key) {
            told.repeats += 1;
        }
        None
    }

    fn make_room(&mut self) {
        if self.hops.len() >= HOPS {
            let oldest = self.hops.iter().min_by_key(|(_, told)| told.at);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.hops.remove(&key);
            }
        }
    }
}
