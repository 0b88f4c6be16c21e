//! What all spans of one tracer share.

use std::mem;
use std::sync::atomic::AtomicBool;

use crate::clock::{Clock, ManualClock};
use crate::finished::OwnedEndpoint;
use crate::guard::guarded;
use crate::limits::SpanLimits;
use crate::propagation::Propagation;
use crate::reporter::{NullReporter, Reporter};
use crate::sampler::Sampler;
use crate::samplers::Always;

pub(crate) struct Shared {
    /// Unlike an address, never used twice: it tells whose recorder a thread keeps.
    pub(crate) id: u64,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) local: OwnedEndpoint,
    pub(crate) limits: SpanLimits,
    pub(crate) propagation: Propagation,
    pub(crate) reporter: Box<dyn Reporter>,
    pub(crate) sampler: Box<dyn Sampler>,
    /// Baggage items with these keys become tags.
    pub(crate) baggage_tags: Vec<Box<str>>,
    pub(crate) join: bool,
    pub(crate) trace_id_128: bool,
    pub(crate) random_flag: bool,
    pub(crate) disabled: bool,
    /// The tracer was dropped: its recorders are of no use to other threads.
    pub(crate) gone: AtomicBool,
    /// A local stage wants to see what nobody else will.
    pub(crate) records_unsampled: bool,
}

impl Drop for Shared {
    /// Foreign code at arm's length, here as well: it may be a request of another tracer, or the end of a
    /// thread, that frees the last recorder.
    fn drop(&mut self) {
        let reporter = mem::replace(&mut self.reporter, Box::new(NullReporter));
        let sampler = mem::replace(&mut self.sampler, Box::new(Always));
        let clock = mem::replace(&mut self.clock, Box::new(ManualClock::default()));
        let propagation = mem::take(&mut self.propagation);
        let _ = guarded(|| drop(reporter));
        let _ = guarded(|| drop(sampler));
        let _ = guarded(|| drop(clock));
        let _ = guarded(|| drop(propagation));
    }
}
