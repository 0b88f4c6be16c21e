//! Interleaved rounds: every contestant runs a short slice in each round, so that what disturbs the
//! machine disturbs all of them, and medians over the rounds are compared.

use rustix::time::{ClockId, clock_gettime};

/// Which time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The processor time of the calling thread: what others do on a shared machine does not count.
    Thread,
    /// The processor time of all threads.
    Process,
}

impl Time {
    /// Nanoseconds since some beginning.
    pub fn now(self) -> u64 {
        let time = clock_gettime(match self {
            Self::Thread => ClockId::ThreadCPUTime,
            Self::Process => ClockId::ProcessCPUTime,
        });
        u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
            + u64::try_from(time.tv_nsec).unwrap_or(0)
    }
}

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds; the medians are over these.
    pub rounds: usize,
    /// Operations of one contestant in one round.
    pub slice: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            rounds: 301,
            slice: 1_000,
        }
    }
}

/// Somebody whose time is taken.
pub struct Contestant {
    name: String,
    run: Box<dyn FnMut(u32)>,
    settle: Box<dyn FnMut()>,
    exported: Option<Box<dyn Fn() -> u64>>,
}

impl Contestant {
    /// `run` does so many operations.
    pub fn new(name: impl Into<String>, run: impl FnMut(u32) + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
            settle: Box::new(|| {}),
            exported: None,
        }
    }

    /// Runs after each slice, unmeasured: waits until nothing of it is left for others to bear.
    pub fn settle(mut self, settle: impl FnMut() + 'static) -> Self {
        self.settle = Box::new(settle);
        self
    }

    /// How many spans have arrived at the exporter, so that a table can say if some were lost.
    pub fn exported(mut self, exported: impl Fn() -> u64 + 'static) -> Self {
        self.exported = Some(Box::new(exported));
        self
    }

    /// The name in the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a slice outside of every measurement.
    pub fn warm_up(&mut self, count: u32) {
        (self.run)(count);
        (self.settle)();
    }

    /// Runs `count` operations and then what is left for other threads, with a meter round each.
    pub fn counted<M, T>(
        &mut self,
        count: u32,
        begin: impl Fn() -> M,
        end: impl Fn(&M) -> T,
    ) -> (T, T) {
        let meter = begin();
        (self.run)(count);
        let run = end(&meter);
        let meter = begin();
        (self.settle)();
        (run, end(&meter))
    }

    fn arrived(&self) -> u64 {
        self.exported.as_ref().map_or(0, |exported| exported())
    }

    fn slice(&mut self, time: Time, count: u32) -> (f64, u64) {
        let before = self.arrived();
        let start = time.now();
        (self.run)(count);
        if time == Time::Process {
            // What other threads have still to do belongs to it.
            (self.settle)();
        }
        let nanos = time.now().saturating_sub(start);
        (self.settle)();
        let spans = self.arrived() - before;
        (nanos as f64 / f64::from(count.max(1)), spans)
    }
}

impl std::fmt::Debug for Contestant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contestant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What an operation of one contestant took, round by round, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Samples {
    /// The contestant.
    pub name: String,
    /// One value per round.
    pub nanos: Vec<f64>,
    /// Spans that arrived at the exporter, per operation; `None` if nobody counts.
    pub spans: Option<f64>,
}

impl Samples {
    /// The median.
    pub fn median(&self) -> f64 {
        median(self.nanos.clone())
    }

    /// The median of what it took over `other` in the same round.
    pub fn over(&self, other: &Self) -> f64 {
        let pairs = self.nanos.iter().zip(&other.nanos);
        median(pairs.map(|(own, other)| own - other).collect())
    }

    /// A library that does not export has not done the work, and its figure means nothing.
    ///
    /// # Panics
    ///
    /// If fewer spans arrived than `least` for each operation, or nobody counts.
    pub fn assert_exported(&self, least: f64) {
        let spans = self.spans.unwrap_or_default();
        assert!(spans >= least, "{} exported {spans:.3} spans", self.name);
    }
}

/// The median of these.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs all contestants in interleaved rounds, each round beginning with another one.
pub fn run(contestants: &mut [Contestant], time: Time, effort: Effort) -> Vec<Samples> {
    for contestant in contestants.iter_mut() {
        contestant.warm_up(effort.slice.saturating_mul(3));
    }
    let operations = effort.rounds as f64 * f64::from(effort.slice);
    let mut samples: Vec<_> = contestants
        .iter()
        .map(|contestant| Samples {
            name: contestant.name.clone(),
            nanos: Vec::with_capacity(effort.rounds),
            spans: contestant.exported.as_ref().map(|_| 0.0),
        })
        .collect();
    let count = contestants.len();
    for round in 0..effort.rounds {
        for turn in 0..count {
            let at = (round + turn) % count;
            if let (Some(contestant), Some(samples)) =
                (contestants.get_mut(at), samples.get_mut(at))
            {
                let (nanos, spans) = contestant.slice(time, effort.slice);
                samples.nanos.push(nanos);
                if let Some(sum) = &mut samples.spans {
                    *sum += spans as f64 / operations;
                }
            }
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_taken_within_each_round() {
        let samples = |nanos: &[f64]| Samples {
            name: String::new(),
            nanos: nanos.to_vec(),
            spans: None,
        };
        // The second round was slow for both.
        let (own, other) = (samples(&[15.0, 110.0, 14.0]), samples(&[10.0, 100.0, 10.0]));
        assert_eq!(own.over(&other), 5.0);
        assert_eq!(own.median(), 15.0);
    }

    #[test]
    #[should_panic(expected = "silent exported 0.010 spans")]
    fn a_library_that_exports_nothing_is_not_measured() {
        let samples = |spans| Samples {
            name: "silent".to_owned(),
            nanos: Vec::new(),
            spans: Some(spans),
        };
        samples(1.0).assert_exported(0.99);
        samples(0.01).assert_exported(0.99);
    }

    #[test]
    fn everybody_runs_in_every_round() {
        let mut contestants: Vec<_> = ["a", "b", "c"]
            .map(|name| Contestant::new(name, |count| assert_eq!(count % 10, 0)))
            .into();
        let effort = Effort {
            rounds: 5,
            slice: 10,
        };
        let samples = run(&mut contestants, Time::Thread, effort);
        let names: Vec<_> = samples.iter().map(|samples| &*samples.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert!(samples.iter().all(|samples| samples.nanos.len() == 5));
    }
}
