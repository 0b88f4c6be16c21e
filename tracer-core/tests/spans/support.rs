//! What the tests share: a thread that works through jobs, an executor of one thread, helpers.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use tracer_core::SpanRef;
use tracer_core::testing::{MockSpan, MockTracer};

/// How long a test waits for what must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// In every scenario: no span is current at the end.
pub(crate) fn assert_nothing_current() {
    let current = SpanRef::current();
    assert!(current.is_none(), "{current:?} is still current");
}

/// The only finished span of this name.
pub(crate) fn named(tracer: &MockTracer, name: &str) -> MockSpan {
    let mut spans: Vec<_> = tracer.finished();
    spans.retain(|span| span.name == name);
    assert_eq!(spans.len(), 1, "spans named {name}:\n{}", tracer.tree());
    spans.remove(0)
}

/// Asserts the tree, and that nothing is current.
pub(crate) fn assert_tree(tracer: &MockTracer, expected: &[&str]) {
    let tree = tracer.tree();
    assert_eq!(tree.lines().collect::<Vec<_>>(), expected, "\n{tree}");
    assert_nothing_current();
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that runs jobs in order. After each of them nothing may be current there.
pub(crate) struct Worker {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let (jobs, queue): (Sender<Job>, Receiver<Job>) = channel();
        let thread = std::thread::spawn(move || {
            for job in queue {
                job();
                assert_nothing_current();
            }
        });
        Self {
            jobs: Some(jobs),
            thread: Some(thread),
        }
    }

    /// Queues a job; its result comes through the channel.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Receiver<T> {
        let (result, receiver) = channel();
        let job = Box::new(move || {
            let value = job();
            // Whoever does not care has dropped the receiver.
            let _ = result.send(value);
        });
        self.jobs.as_ref().unwrap().send(job).unwrap();
        receiver
    }

    /// Runs a job and waits for its result.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        self.submit(job).recv_timeout(DEADLINE).unwrap()
    }

    /// Waits for every job.
    pub(crate) fn join(mut self) {
        drop(self.jobs.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives one future on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        std::thread::park_timeout(DEADLINE);
    }
}

/// Polls once, without a waker.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pending once.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Tasks of one thread, polled in turn until all are done. Between two polls nothing may be
/// current.
#[derive(Default)]
pub(crate) struct Tasks<'a>(VecDeque<Pin<Box<dyn Future<Output = ()> + 'a>>>);

impl<'a> Tasks<'a> {
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 'a) {
        self.0.push_back(Box::pin(task));
    }

    pub(crate) fn run(mut self) {
        while let Some(mut task) = self.0.pop_front() {
            if poll_once(task.as_mut()).is_pending() {
                self.0.push_back(task);
            }
            assert_nothing_current();
        }
    }
}
