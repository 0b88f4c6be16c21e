//! One tracer, several reporters.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracer_core::FlushError;

use crate::finished::FinishedSpan;
use crate::flushes::{at_once, flush_all};
use crate::guard::{guarded, say};
use crate::reporter::{Reporter, says};

/// Lends every span to each of its members, in their order. One that panics loses the span for itself alone.
///
/// ```
/// use tracer_recording::{FanOut, InMemoryReporter, NullReporter, Reporter};
///
/// let memory = InMemoryReporter::new();
/// let both = FanOut::new().and(memory.clone()).and(NullReporter);
/// assert!(memory.supports_join() && !both.supports_join());
/// ```
#[derive(Clone, Default)]
pub struct FanOut {
    members: Vec<Arc<dyn Reporter>>,
    said: Arc<AtomicBool>,
}

impl FanOut {
    /// One without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more member.
    pub fn and(mut self, member: impl Reporter + 'static) -> Self {
        self.members.push(Arc::new(member));
        self
    }
}

impl<R: Reporter + 'static> FromIterator<R> for FanOut {
    fn from_iter<I: IntoIterator<Item = R>>(members: I) -> Self {
        members.into_iter().fold(Self::new(), Self::and)
    }
}

impl fmt::Debug for FanOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOut")
            .field("members", &self.members.len())
            .finish()
    }
}

impl Reporter for FanOut {
    fn report(&self, span: &FinishedSpan<'_>) {
        for member in &self.members {
            if span.sampled || says(member, Reporter::wants_unsampled) {
                let reported = guarded(|| member.report(span));
                if let Err(reason) = reported
                    && !self.said.swap(true, Ordering::Relaxed)
                {
                    say(|| log::warn!("a reporter loses spans: {reason}"));
                }
            }
        }
    }

    /// True only if every member says so: they all get the same ids.
    fn supports_join(&self) -> bool {
        self.members
            .iter()
            .all(|member| says(member, Reporter::supports_join))
    }

    fn wants_unsampled(&self) -> bool {
        self.members
            .iter()
            .any(|member| says(member, Reporter::wants_unsampled))
    }

    /// Flushes every member, all of them at the same time.
    ///
    /// # Errors
    ///
    /// A time-out if one had one; else the sum of what they lost.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        flush_all(&self.members, timeout, |member, left| member.flush(left))
    }

    fn attached(&self) {
        for member in &self.members {
            let _ = guarded(|| member.attached());
        }
    }

    fn detached(&self) {
        at_once(&self.members, |member| member.detached());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex, mpsc};

    use tracer_core::{Sampling, SpanContext, SpanId, TraceId};

    use super::*;
    use crate::memory::InMemoryReporter;
    use crate::reporter::NullReporter;
    use crate::stages::Tail;
    use crate::testing::SpanBuilder;

    fn report(to: &dyn Reporter, name: &str) {
        to.report(&SpanBuilder::new(name).view());
    }

    struct Member {
        calls: Mutex<Vec<&'static str>>,
        flushed: Result<(), FlushError>,
    }

    impl Member {
        fn new(flushed: Result<(), FlushError>) -> Arc<Self> {
            Arc::new(Self {
                calls: Mutex::default(),
                flushed,
            })
        }

        fn calls(&self) -> Vec<&'static str> {
            self.calls.lock().unwrap().clone()
        }
    }

    impl Reporter for Member {
        fn report(&self, _: &FinishedSpan<'_>) {
            self.calls.lock().unwrap().push("report");
        }

        fn flush(&self, _: Duration) -> Result<(), FlushError> {
            self.calls.lock().unwrap().push("flush");
            self.flushed.clone()
        }

        fn attached(&self) {
            self.calls.lock().unwrap().push("attached");
        }

        fn detached(&self) {
            self.calls.lock().unwrap().push("detached");
        }
    }

    #[test]
    fn every_member_gets_every_call() {
        let members = [Member::new(Ok(())), Member::new(Ok(()))];
        let all: FanOut = members.iter().cloned().collect();
        all.attached();
        report(&all, "a");
        assert_eq!(all.flush(Duration::ZERO), Ok(()));
        all.detached();
        for member in members {
            assert_eq!(member.calls(), ["attached", "report", "flush", "detached"]);
        }
    }

    #[test]
    fn a_member_that_panics_takes_nothing_of_the_others() {
        struct Panics;
        impl Reporter for Panics {
            fn report(&self, _: &FinishedSpan<'_>) {
                panic!("broken")
            }

            fn supports_join(&self) -> bool {
                panic!("broken")
            }

            fn wants_unsampled(&self) -> bool {
                panic!("broken")
            }

            fn attached(&self) {
                panic!("broken")
            }
        }
        let told = Member::new(Ok(()));
        FanOut::new().and(Panics).and(Arc::clone(&told)).attached();
        assert_eq!(told.calls(), ["attached"]);
        let behind = InMemoryReporter::new();
        let all = FanOut::new().and(Panics).and(behind.clone());
        report(&all, "a");
        report(&all, "b");
        let names: Vec<_> = behind.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(!all.supports_join() && !all.wants_unsampled());
        let tail = Tail::new(NullReporter);
        let all = FanOut::new().and(Panics).and(tail.clone());
        let ids = (TraceId::random(true), SpanId::random());
        let context = SpanContext::new(ids.0, ids.1, Sampling::Drop);
        all.report(&SpanBuilder::new("c").context(context).view());
        assert!(all.wants_unsampled());
        assert_eq!(tail.counts().forgotten_spans, 1);
    }

    #[test]
    fn a_member_that_fails_keeps_no_other_from_flushing() {
        let flushed = |results: &[Result<(), FlushError>]| {
            let members: Vec<_> = results.iter().cloned().map(Member::new).collect();
            let result = members
                .iter()
                .cloned()
                .collect::<FanOut>()
                .flush(Duration::from_secs(1));
            assert!(members.iter().all(|member| member.calls() == ["flush"]));
            result
        };
        let (late, lost) = (Err(FlushError::timeout()), |n| Err(FlushError::lost(n)));
        assert_eq!(flushed(&[lost(2), Ok(()), lost(3)]), lost(5));
        assert_eq!(flushed(&[late.clone(), lost(3), Ok(())]), late);
    }

    #[test]
    fn a_member_that_takes_its_time_takes_none_of_the_others() {
        // Each waits until all are there.
        struct Meets(Arc<Barrier>);
        impl Reporter for Meets {
            fn report(&self, _: &FinishedSpan<'_>) {}

            fn flush(&self, _: Duration) -> Result<(), FlushError> {
                self.0.wait();
                Ok(())
            }

            fn detached(&self) {
                self.0.wait();
            }
        }
        let (done, waits) = mpsc::channel();
        std::thread::spawn(move || {
            let barrier = Arc::new(Barrier::new(3));
            let all: FanOut = (0..3).map(|_| Meets(Arc::clone(&barrier))).collect();
            let flushed = all.flush(Duration::from_secs(30));
            all.detached();
            done.send(flushed)
        });
        assert_eq!(waits.recv_timeout(Duration::from_secs(30)), Ok(Ok(())));
    }

    #[test]
    fn ids_are_joined_only_if_every_member_takes_them() {
        let memory = InMemoryReporter::new;
        assert!(FanOut::new().and(memory()).and(memory()).supports_join());
        assert!(
            !FanOut::new()
                .and(memory())
                .and(memory().join(false))
                .supports_join()
        );
    }
}
