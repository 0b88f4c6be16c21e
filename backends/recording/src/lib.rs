#![doc = include_str!("../README.md")]

mod batch;
mod clock;
mod export;
mod fan_out;
mod fields;
mod finished;
mod guard;
mod limits;
mod memory;
mod message;
pub mod propagation;
mod recorder;
mod reporter;
mod sampler;
pub mod samplers;
mod service;
mod shared;
pub mod stages;
pub mod testing;
mod tracer;
mod watched;

pub use batch::{BatchBuilder, BatchCounts, BatchReporter, Flush};
pub use clock::{Clock, ManualClock, SystemClock};
pub use export::{Arrived, Delivery, Exporter};
pub use fan_out::FanOut;
pub use fields::Fields;
pub use finished::{ErrorView, FinishedSpan, LogView, OwnedEndpoint, OwnedSpan, OwnedValue};
pub use limits::SpanLimits;
pub use memory::InMemoryReporter;
pub use message::Recorded;
pub use propagation::{Propagation, PropagationBuilder, PropagationCounts};
pub use reporter::{NullReporter, Reporter};
pub use sampler::{Sampler, SamplingQuestion};
pub use service::unknown_service;
pub use tracer::{Builder, RecordingTracer};
pub use watched::Watched;
