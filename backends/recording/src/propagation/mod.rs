//! Reading and writing trace headers: B3, W3C, Jaeger, baggage, plain fields.
//!
//! A [`Propagation`] tries every configured format in order and takes the first valid hit;
//! malformed is the same as absent, and counted. What is written does not depend on what was read.
//!
//! ```
//! use std::collections::BTreeMap;
//! use tracer_core::{Sampling, SpanRef};
//! use tracer_recording::Propagation;
//!
//! let propagation = Propagation::from_names("b3").unwrap();
//! let received = vec![("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1")];
//! let caller = propagation.extract(&received);
//! assert_eq!(caller.sampling(), Sampling::Record);
//!
//! let mut sent = BTreeMap::<String, String>::new();
//! let span = SpanRef::from_context(caller.span_context().unwrap().clone());
//! propagation.inject(&span, &mut sent);
//! assert_eq!(sent["b3"], received[0].1);
//! ```

mod b3_multi;
mod b3_single;
mod baggage;
pub mod binary;
mod builder;
mod composite;
mod debug_limit;
mod extra_fields;
mod format;
mod guarded;
mod jaeger;
mod jaeger_debug;
mod line;
mod propagator;
mod slots;
mod trace_context;
mod trace_state;

pub use b3_multi::B3Multi;
pub use b3_single::B3Single;
pub use baggage::W3cBaggage;
pub use builder::PropagationBuilder;
pub use composite::{Propagation, PropagationCounts};
pub use extra_fields::ExtraFields;
pub use format::{Format, UnknownFormat};
pub use jaeger::Jaeger;
pub use jaeger_debug::JaegerDebugId;
pub use propagator::{Carried, Propagator, Reading};
pub use trace_context::TraceContext;
