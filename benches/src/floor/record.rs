//! Finished spans as fixed records in a ring, and the thread that drains it.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use super::context::Ids;

/// Records in the ring unless said; more than a usual slice makes.
const ROOM: usize = 2_048;

/// A finished span.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Whose.
    pub ids: Ids,
    /// Ticks.
    pub start: u64,
    /// Ticks.
    pub end: u64,
    /// The status of the response.
    pub status: u16,
    /// The lengths of the texts.
    pub lengths: [u8; 4],
    /// Name, method, route and component, one after the other.
    pub text: [u8; 62],
}

impl Record {
    /// Copies the texts.
    #[inline(always)]
    pub fn new(ids: Ids, start: u64, end: u64, status: u16, texts: [&str; 4]) -> Self {
        let mut text = [0; 62];
        let mut lengths = [0; 4];
        let mut at = 0;
        for (source, length) in texts.iter().zip(&mut lengths) {
            if let Some(slot) = text.get_mut(at..at + source.len()) {
                slot.copy_from_slice(source.as_bytes());
                *length = source.len() as u8;
                at += source.len();
            }
        }
        Self {
            ids,
            start,
            end,
            status,
            lengths,
            text,
        }
    }
}

thread_local! {
    static RING: RefCell<Option<Producer<Record>>> = const { RefCell::new(None) };
    static PUSHED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Pushes a record into the ring of this thread; lost if it is full.
#[inline(always)]
pub(super) fn push(record: Record) {
    RING.with(|ring| {
        if let Ok(mut ring) = ring.try_borrow_mut()
            && let Some(ring) = ring.as_mut()
            && ring.push(record).is_ok()
        {
            PUSHED.set(PUSHED.get() + 1);
        }
    });
}

/// The thread that drains the ring.
#[derive(Debug)]
pub struct Drain {
    drained: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drain {
    /// Gives this thread a ring.
    pub fn start() -> Self {
        Self::of_slices(0)
    }

    /// A ring for so many requests in a slice, if that is more than is usual.
    pub fn of_slices(slice: u32) -> Self {
        let (producer, consumer) = RingBuffer::new(ROOM.max(slice as usize));
        RING.set(Some(producer));
        PUSHED.set(0);
        let drained = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (counter, end) = (Arc::clone(&drained), Arc::clone(&stop));
        let thread = std::thread::spawn(move || drain(consumer, &counter, &end));
        Self {
            drained,
            stop,
            thread: Some(thread),
        }
    }

    /// How many records have been drained, also when nobody has this at hand any more.
    pub fn drained(&self) -> impl Fn() -> u64 + 'static {
        let drained = Arc::clone(&self.drained);
        move || drained.load(Ordering::Acquire)
    }

    /// Waits until every record is drained.
    pub fn wait(&self) {
        let thread = self.thread.as_ref().map(JoinHandle::thread);
        while self.drained.load(Ordering::Acquire) < PUSHED.get() {
            thread.inspect(|thread| thread.unpark());
            std::thread::yield_now();
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn drain(mut ring: Consumer<Record>, drained: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        let mut count = 0;
        while let Ok(record) = ring.pop() {
            black_box(&record);
            count += 1;
        }
        drained.fetch_add(count, Ordering::Release);
        // Nobody wakes it on the request path.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_drained() {
        let drain = Drain::start();
        let texts = ["GET /users/{id}", "GET", "/users/{id}", "axum"];
        let record = Record::new(Ids::default(), 1, 2, 200, texts);
        let total: usize = record.lengths.iter().map(|len| usize::from(*len)).sum();
        assert_eq!(&record.text[..total], texts.concat().as_bytes());
        for _ in 0..10 {
            push(record);
        }
        drain.wait();
        assert_eq!(drain.drained.load(Ordering::Acquire), 10);
    }
}
