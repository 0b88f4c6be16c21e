//! The thread that asks.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::fetch::Source;
use super::strategy::Strategy;
use crate::guard::say;
use crate::samplers::Updatable;

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
    let mut told: Option<Strategy> = None;
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

/// The same strategy again changes nothing: a rate would start anew.
fn apply(
    answer: Result<Strategy, String>,
    told: &mut Option<Strategy>,
    sampler: &Updatable,
) -> Result<(), String> {
    let strategy = answer?;
    if told.as_ref() != Some(&strategy) {
        let new = strategy.sampler().map_err(|error| error.to_string())?;
        sampler.replace(new);
        *told = Some(strategy);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samplers::Never;

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
    fn the_same_answer_changes_nothing() {
        let sampler = Updatable::new(Never);
        let mut told = None;
        apply(Ok(Strategy::Rate(1.0)), &mut told, &sampler).unwrap();
        sampler.replace(Never);
        let ask = || {
            use tracer_core::{Kind, Name, TraceId};

            use crate::sampler::{Sampler, SamplingQuestion};

            let question =
                SamplingQuestion::new(TraceId::random(true), Name::Text("a"), Kind::Local);
            sampler.sample(&question)
        };
        apply(Ok(Strategy::Rate(1.0)), &mut told, &sampler).unwrap();
        assert!(!ask(), "a known strategy was applied again");
        assert!(apply(Ok(Strategy::Share(7.0)), &mut told, &sampler).is_err());
        assert!(apply(Err("no".to_owned()), &mut told, &sampler).is_err());
        assert!(!ask());
        apply(Ok(Strategy::Share(1.0)), &mut told, &sampler).unwrap();
        assert!(ask());
    }
}
