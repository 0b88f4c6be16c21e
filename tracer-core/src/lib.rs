#![doc = include_str!("../README.md")]

pub mod baggage;
mod builder;
pub mod carrier;
mod context;
pub mod conventions;
pub mod current;
mod global;
pub mod hex;
pub mod http;
mod id;
mod in_flight;
mod in_span;
mod key;
mod magic;
mod noop;
pub mod percent;
pub mod rpc;
mod span;
mod subject;
mod tag;
pub mod testing;
mod tracer;

pub use baggage::{Baggage, BaggageItem};
pub use builder::SpanBuilder;
pub use carrier::{Extract, Inject};
pub use context::{Extra, Extracted, Sampling, SpanContext};
pub use global::{AlreadySet, global, set_global};
pub use id::{SpanId, TraceId, random_non_zero};
pub use in_flight::{CANCELLED, InFlight, Scope};
pub use key::Key;
pub use noop::NoopTracer;
pub use span::{OpenSpan, Span, SpanRef};
pub use subject::{StartName, Subject};
pub use tag::{End, Endpoint, Error, Kind, Name, Tag, Value, short_type_name};
pub use tracer::{FlushError, Parent, Reference, ReferenceKind, SpanStart, Tracer, TracerExt};
