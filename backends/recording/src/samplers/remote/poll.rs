//! The thread that asks.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::fetch::Source;
use super::strategy::{Made, Strategy};
use crate::guard::say;
use crate::samplers::{PerOperation, Updatable};

/// Held by every clone of a sampler; its end ends the thread.
pub(super) struct Alive {
    endpoint: String,
    /// Closed with the last clone.
    stop: Mutex<Option<Sender<()>>>,
}

impl Alive {
    pub(super) const fn new(endpoint: String) -> Self {
        let stop = Mutex::new(None);
        Self { endpoint, stop }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Starts the thread.
pub(super) fn spawn(source: Source, sampler: Updatable, interval: Duration, alive: &Arc<Alive>) {
    let (stop, stopped) = channel();
    *alive.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
    let endpoint = source.describe();
    let work = move || ask_again_and_again(&source, &sampler, interval, &stopped);
    let thread = std::thread::Builder::new().name("tracer-sampling".to_owned());
    if let Err(error) = thread.spawn(work) {
        log::warn!("no thread to ask {endpoint} how to sample: {error}");
    }
}

fn ask_again_and_again(
    source: &Source,
    sampler: &Updatable,
    interval: Duration,
    stopped: &Receiver<()>,
) {
    let mut told = Told::default();
    let mut failing = false;
    loop {
        let answer = source.ask();
        match apply(answer, &mut told, sampler) {
            Ok(()) => {
                if std::mem::take(&mut failing) {
                    say(|| log::info!("{} says how to sample again", source.describe()));
                }
            }
            Err(reason) => {
                if !std::mem::replace(&mut failing, true) {
                    let from = source.describe();
                    say(|| {
                        log::warn!(
                            "{from} does not say how to sample, it stays as it is: {reason}"
                        );
                    });
                }
            }
        }
        // Nothing is ever sent: either the time is up, or the last sampler is gone.
        if stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// What was said last.
#[derive(Default)]
struct Told {
    strategy: Option<Strategy>,
    /// Their guarantees go on under other shares.
    operations: Option<Arc<PerOperation>>,
}

/// The same strategy again changes nothing: a rate would start anew.
fn apply(
    answer: Result<Strategy, String>,
    told: &mut Told,
    sampler: &Updatable,
) -> Result<(), String> {
    let strategy = answer?;
    if told.strategy.as_ref() != Some(&strategy) {
        let made = strategy.sampler(told.operations.as_deref());
        told.operations = match made.map_err(|error| error.to_string())? {
            Made::One(one) => {
                sampler.replace(one);
                None
            }
            Made::Operations(operations) => {
                sampler.replace(Arc::clone(&operations));
                Some(operations)
            }
        };
        told.strategy = Some(strategy);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tracer_core::{Kind, Name, TraceId};

    use super::*;
    use crate::sampler::{Sampler, SamplingQuestion};
    use crate::samplers::Never;

    fn ask(sampler: &Updatable) -> bool {
        let trace = TraceId::random(true);
        sampler.sample(&SamplingQuestion::new(trace, Name::Text("a"), Kind::Local))
    }

    #[test]
    fn the_thread_ends_with_the_last_sampler() {
        // Nobody listens there.
        let source = Source::new("http://127.0.0.1:1", "shop").unwrap();
        let (stop, stopped) = channel();
        drop(stop);
        let year = Duration::from_secs(365 * 24 * 3600);
        ask_again_and_again(&source, &Updatable::new(Never), year, &stopped);
    }

    #[test]
    fn a_guarantee_is_not_given_anew_with_each_answer() {
        let sampler = Updatable::new(Never);
        let mut told = Told::default();
        let operations = |share| Strategy::Operations {
            default: 0.0,
            // One in a quarter of an hour.
            at_least: 0.001,
            shares: vec![("b".to_owned(), share)],
        };
        let mut say = |strategy| apply(Ok(strategy), &mut told, &sampler);
        say(operations(0.1)).unwrap();
        assert!(ask(&sampler));
        say(operations(0.2)).unwrap();
        assert!(!ask(&sampler));
        assert!(say(Strategy::Share(7.0)).is_err());
        say(operations(0.3)).unwrap();
        assert!(!ask(&sampler));
        say(Strategy::Share(0.0)).unwrap();
        say(operations(0.3)).unwrap();
        assert!(ask(&sampler));
    }

    #[test]
    fn the_same_answer_changes_nothing() {
        let sampler = Updatable::new(Never);
        let mut told = Told::default();
        apply(Ok(Strategy::Rate(1.0)), &mut told, &sampler).unwrap();
        sampler.replace(Never);
        let ask = || ask(&sampler);
        apply(Ok(Strategy::Rate(1.0)), &mut told, &sampler).unwrap();
        assert!(!ask(), "a known strategy was applied again");
        assert!(apply(Ok(Strategy::Share(7.0)), &mut told, &sampler).is_err());
        assert!(apply(Err("no".to_owned()), &mut told, &sampler).is_err());
        assert!(!ask());
        apply(Ok(Strategy::Share(1.0)), &mut told, &sampler).unwrap();
        assert!(ask());
    }
}
