//! Flushing from async code.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tracer_core::FlushError;

type Outcome = Result<(), FlushError>;
type Work = Box<dyn FnOnce() -> Outcome + Send>;

/// A flush as a future; see [`BatchReporter::flush_async`](crate::BatchReporter::flush_async).
#[must_use = "futures do nothing unless polled"]
pub struct Flush {
    work: Option<Work>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

impl Flush {
    pub(super) fn new(work: impl FnOnce() -> Outcome + Send + 'static) -> Self {
        Self {
            work: Some(Box::new(work)),
            shared: Arc::default(),
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Future for Flush {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let work = self.work.take();
        let mut shared = lock(&self.shared);
        if let Some(outcome) = &shared.outcome {
            return Poll::Ready(outcome.clone());
        }
        shared.waker = Some(cx.waker().clone());
        drop(shared);
        if let Some(work) = work {
            let there = Arc::clone(&self.shared);
            let spawned = std::thread::Builder::new()
                .name("tracer-flush".to_owned())
                .spawn(move || {
                    let outcome = work();
                    let mut shared = lock(&there);
                    shared.outcome = Some(outcome);
                    let waker = shared.waker.take();
                    drop(shared);
                    if let Some(waker) = waker {
                        waker.wake();
                    }
                });
            if spawned.is_err() {
                return Poll::Ready(Err(FlushError::timeout()));
            }
        }
        Poll::Pending
    }
}

impl fmt::Debug for Flush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flush")
            .field("done", &lock(&self.shared).outcome.is_some())
            .finish()
    }
}
