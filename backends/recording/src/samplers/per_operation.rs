//! A sampler for each operation, made as they are seen.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tracer_core::Name;

use super::{GuaranteedThroughput, InvalidSampler, RateLimited, Ratio};
use crate::clock::Clock;
use crate::sampler::{Sampler, SamplingQuestion};

/// As many as Jaeger's clients keep.
const OPERATIONS: usize = 2000;

/// A share for each operation (the name of a span), and at least so many traces a second of each:
/// Jaeger's per-operation strategies.
///
/// Operations that were not named get the default share and a guarantee of their own when they are
/// first seen; beyond the most operations (2,000 unless set), the default share without one.
///
/// Routes come from the program, but the name of a gRPC call is what the caller asked for: where
/// anybody may call, name the operations that must have a place, because others can fill the rest.
pub struct PerOperation {
    default: Ratio,
    at_least: f64,
    most: usize,
    clock: Option<Arc<dyn Clock>>,
    // Keyed by hash, so that a name in two parts is looked up without joining it.
    known: RwLock<HashMap<u64, Operation>>,
}

struct Operation {
    name: Box<str>,
    sampler: GuaranteedThroughput,
}

impl PerOperation {
    /// The share of operations that are not named, and the traces per second that each operation
    /// gets at least.
    ///
    /// # Errors
    ///
    /// [`InvalidSampler`] for a rate that is negative or not finite.
    pub fn new(default: Ratio, at_least: f64) -> Result<Self, InvalidSampler> {
        RateLimited::per_second(at_least)?;
        Ok(Self {
            default,
            at_least,
            most: OPERATIONS,
            clock: None,
            known: RwLock::default(),
        })
    }

    /// The share of an operation, by its whole name (`GET /users/{id}`).
    #[must_use]
    pub fn operation(self, name: &str, ratio: Ratio) -> Self {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // The last word counts.
        known.remove(&hash(Name::Text(name)));
        drop(known);
        self.learn(Name::Text(name), ratio);
        self
    }

    /// How many operations are told apart, those named included; at least those.
    #[must_use]
    pub const fn most_operations(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The clock, for tests. Set before [`operation`](Self::operation).
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// How many operations are told apart by now.
    pub fn operations(&self) -> usize {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// The same, where another one has been: what that learned is known, and what it gave of the same guarantee is
    /// gone.
    #[cfg(feature = "remote-sampling")]
    pub(super) fn following(self, before: &Self) -> Self {
        if self.at_least.to_bits() == before.at_least.to_bits() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let earlier = before.known.read().unwrap_or_else(PoisonError::into_inner);
            for (hash, Operation { name, sampler }) in earlier.iter() {
                let named = known.get(hash);
                let share = match named {
                    // Another one by the same hash keeps its place.
                    Some(named) if named.name != *name => continue,
                    Some(named) => named.sampler.ratio(),
                    None if known.len() < self.most => self.default,
                    None => continue,
                };
                let (name, sampler) = (name.clone(), sampler.continued(share));
                known.insert(*hash, Operation { name, sampler });
            }
        }
        self
    }

    fn learn(&self, name: Name<'_>, ratio: Ratio) {
        let Ok(mut sampler) = GuaranteedThroughput::new(ratio, self.at_least) else {
            return;
        };
        if let Some(clock) = &self.clock {
            sampler = sampler.clock(Arc::clone(clock));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(hash(name)).or_insert_with(|| Operation {
            name: name.to_string().into(),
            sampler,
        });
    }

    /// The answer of an operation that is known; its share alone if another has the same hash.
    fn ask(&self, question: &SamplingQuestion<'_>) -> Result<bool, Unknown> {
        // Found out by others, so not under the lock.
        let name = question.name();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(&hash(name)) {
            Some(operation) if is(name, &operation.name) => Ok(operation.sampler.sample(question)),
            None if known.len() < self.most => Err(Unknown),
            _ => Ok(self.default.sample(question)),
        }
    }
}

struct Unknown;

impl Sampler for PerOperation {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        self.ask(question).unwrap_or_else(|Unknown| {
            self.learn(question.name(), self.default);
            self.ask(question)
                .unwrap_or_else(|Unknown| self.default.sample(question))
        })
    }
}

impl fmt::Debug for PerOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerOperation")
            .field("default", &self.default)
            .field("at_least", &self.at_least)
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}

/// FNV-1a of the printed name. Names that collide on purpose gain nothing: see `ask`.
fn hash(name: Name<'_>) -> u64 {
    let add = |hash: u64, text: &str| {
        text.bytes().fold(hash, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let start = 0xcbf2_9ce4_8422_2325;
    match name {
        Name::Text(text) => add(start, text),
        Name::Route { method, route } => add(add(add(start, method), " "), route),
    }
}

fn is(name: Name<'_>, text: &str) -> bool {
    match name {
        Name::Text(name) => name == text,
        Name::Route { method, route } => {
            text.strip_prefix(method)
                .and_then(|rest| rest.strip_prefix(' '))
                == Some(route)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracer_core::{Kind, TraceId};

    use super::*;
    use crate::clock::ManualClock;

    fn ask(sampler: &PerOperation, name: Name<'_>) -> bool {
        let trace = TraceId::from_halves(0, u64::MAX >> 1).unwrap();
        sampler.sample(&SamplingQuestion::new(trace, name, Kind::Server))
    }

    fn none_but_one_a_second() -> (PerOperation, ManualClock) {
        let clock = ManualClock::default();
        let sampler = PerOperation::new(Ratio::new(0.0).unwrap(), 1.0).unwrap();
        (sampler.clock(clock.clone()), clock)
    }

    #[test]
    fn each_operation_has_its_share_and_its_guarantee() {
        let (sampler, clock) = none_but_one_a_second();
        let sampler = sampler.operation("GET /all", Ratio::new(1.0).unwrap());
        let all = Name::Route {
            method: "GET",
            route: "/all",
        };
        let (one, other) = (Name::Text("one"), Name::Text("other"));
        for _ in 0..2 {
            assert!((0..10).all(|_| ask(&sampler, all)));
            assert!(ask(&sampler, one) && !ask(&sampler, one));
            assert!(ask(&sampler, other) && !ask(&sampler, other));
            clock.advance(Duration::from_secs(1));
        }
        assert_eq!(sampler.operations(), 3);
    }

    #[test]
    fn the_last_share_of_an_operation_counts() {
        let (sampler, _clock) = none_but_one_a_second();
        let share = |sampler: PerOperation, share| {
            sampler.operation("GET /all", Ratio::new(share).unwrap())
        };
        let sampler = share(share(sampler, 0.0), 1.0);
        assert_eq!(sampler.operations(), 1);
        assert!((0..9).all(|_| ask(&sampler, Name::Text("GET /all"))));
    }

    #[cfg(feature = "remote-sampling")]
    #[test]
    fn a_guarantee_goes_on_under_other_shares() {
        let (before, clock) = none_but_one_a_second();
        let before = before.operation("named", Ratio::new(1.0).unwrap());
        let (named, learned) = (Name::Text("named"), Name::Text("learned"));
        assert!(ask(&before, named) && ask(&before, learned));
        let (after, _) = none_but_one_a_second();
        let after = after.following(&before);
        assert_eq!(after.operations(), 2);
        assert!(!ask(&after, named) && !ask(&after, learned));
        clock.advance(Duration::from_secs(1));
        assert!(ask(&after, named) && ask(&after, learned));
        // Another guarantee begins anew.
        let other = PerOperation::new(Ratio::new(0.0).unwrap(), 2.0).unwrap();
        let other = other.clock(clock).following(&after);
        assert!(other.operations() == 0 && ask(&other, named));
    }

    #[test]
    fn operations_are_bounded() {
        let (sampler, _clock) = none_but_one_a_second();
        let sampler = sampler.most_operations(10);
        for n in 0..100 {
            assert_eq!(ask(&sampler, Name::Text(&format!("op {n}"))), n < 10);
        }
        assert_eq!(sampler.operations(), 10);
    }

    #[test]
    fn a_wrong_rate_is_an_error() {
        assert!(PerOperation::new(Ratio::new(0.5).unwrap(), f64::NAN).is_err());
    }
}
