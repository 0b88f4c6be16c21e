//! Who polls an exporter's future.

#[cfg(feature = "tokio")]
mod on_tokio;

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::OTelSdkResult;

use crate::target::Export;
#[cfg(feature = "tokio")]
pub(crate) use on_tokio::OnTokio;

/// Polls an exporter's future on the calling thread.
pub(crate) trait Drive: Send {
    /// The future's result; `None` if the time was up first.
    fn run(&self, export: Export<'_>, timeout: Duration) -> Option<OTelSdkResult>;

    /// Runs something that may need what the future needs.
    fn within(&self, work: &mut dyn FnMut()) {
        work();
    }
}

/// Parks the thread while the future waits. For exporters that need no runtime.
///
/// An exporter that blocks instead of waiting cannot be interrupted.
pub(crate) struct Park;

impl Drive for Park {
    fn run(&self, mut export: Export<'_>, timeout: Duration) -> Option<OTelSdkResult> {
        let started = Instant::now();
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(result) = export.as_mut().poll(&mut context) {
                return Some(result);
            }
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return None;
            }
            std::thread::park_timeout(left);
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Gate(Mutex<(bool, Option<Waker>)>);

    impl Gate {
        fn open(&self) {
            let mut gate = self.0.lock().unwrap();
            gate.0 = true;
            if let Some(waker) = gate.1.take() {
                waker.wake();
            }
        }

        async fn passed(&self) -> OTelSdkResult {
            std::future::poll_fn(|context| {
                let mut gate = self.0.lock().unwrap();
                gate.1 = Some(context.waker().clone());
                if gate.0 {
                    Poll::Ready(Ok(()))
                } else {
                    Poll::Pending
                }
            })
            .await
        }
    }

    #[test]
    fn a_wake_from_another_thread_goes_on() {
        let gate = Gate::default();
        std::thread::scope(|scope| {
            scope.spawn(|| gate.open());
            let done = Park.run(Box::pin(gate.passed()), Duration::from_secs(30));
            assert!(matches!(done, Some(Ok(()))));
        });
    }

    #[test]
    fn time_runs_out() {
        let gate = Gate::default();
        let done = Park.run(Box::pin(gate.passed()), Duration::from_millis(5));
        assert!(done.is_none());
    }
}
