//! What all spans of one tracer share.

use std::sync::atomic::AtomicBool;

use crate::clock::Clock;
use crate::finished::OwnedEndpoint;
use crate::limits::SpanLimits;
use crate::propagation::Propagation;
use crate::reporter::Reporter;
use crate::sampler::Sampler;

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
