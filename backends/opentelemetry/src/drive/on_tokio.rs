//! A tokio runtime of the exporter's own.

use std::io;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use tokio::runtime::{Builder, Runtime};

use super::Drive;
use crate::target::Export;

/// How often the runtime looks at its sockets before an export.
const LOOKS: usize = 3;

/// A current-thread runtime, which runs while an export does and stands still in between.
pub(crate) struct OnTokio(Option<Runtime>);

impl OnTokio {
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Some(runtime)))
    }
}

impl Drive for OnTokio {
    fn run(&self, export: Export<'_>, timeout: Duration) -> Option<OTelSdkResult> {
        let runtime = self.0.as_ref()?;
        runtime.block_on(async move {
            // A connection that the peer has closed meanwhile must be known to be closed before
            // something is written into it.
            for _ in 0..LOOKS {
                tokio::task::yield_now().await;
            }
            tokio::time::timeout(timeout, export).await.ok()
        })
    }

    fn within(&self, work: &mut dyn FnMut()) {
        let _entered = self.0.as_ref().map(Runtime::enter);
        work();
    }
}

impl Drop for OnTokio {
    /// Without waiting: a runtime that is dropped inside another one would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out() {
        let drive = OnTokio::new().unwrap();
        let never = Box::pin(std::future::pending());
        assert!(drive.run(never, Duration::from_millis(5)).is_none());
    }

    #[test]
    fn timers_run() {
        let drive = OnTokio::new().unwrap();
        let done = drive.run(
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(())
            }),
            Duration::from_secs(30),
        );
        assert!(matches!(done, Some(Ok(()))));
    }

    #[tokio::test]
    async fn it_may_be_dropped_inside_another_runtime() {
        drop(OnTokio::new().unwrap());
    }
}
