#![doc = include_str!("../README.md")]

#[cfg(feature = "_http")]
mod asking;
mod authorities;
mod batch;
mod clock;
#[cfg(feature = "_http")]
mod collector;
#[cfg(feature = "_http")]
mod credentials;
mod endpoint;
mod export;
mod fan_out;
mod fields;
mod finished;
mod flushes;
mod guard;
#[cfg(feature = "_http")]
mod http;
mod identity;
mod limits;
mod memory;
mod message;
mod pem;
pub mod propagation;
mod rare;
mod recorder;
mod reporter;
#[cfg(feature = "_http")]
mod retry_after;
mod sampler;
pub mod samplers;
mod service;
mod shared;
mod shown;
pub mod stages;
pub mod testing;
mod tls;
mod tracer;
mod watched;

#[cfg(feature = "_http")]
#[doc(hidden)]
pub use asking::Asking;
pub use authorities::{Authorities, InvalidAuthorities};
pub use batch::{BatchBuilder, BatchCounts, BatchReporter, Flush};
pub use clock::{Clock, ManualClock, SystemClock};
#[cfg(feature = "_http")]
#[doc(hidden)]
pub use collector::{WrongUrl, collector, described};
#[cfg(feature = "_http")]
#[doc(hidden)]
pub use credentials::without_credentials;
pub use endpoint::has_wrong_port;
#[doc(hidden)]
pub use endpoint::{at_path, below, has_stray_credentials};
pub use export::{Arrived, Delivery, Exporter};
pub use fan_out::FanOut;
pub use fields::Fields;
pub use finished::{ErrorView, FinishedSpan, LogView, OwnedEndpoint, OwnedSpan, OwnedValue};
#[doc(hidden)]
pub use flushes::{both, flush_all};
#[cfg(feature = "_http")]
#[doc(hidden)]
pub use http::IDLE;
pub use identity::{Identity, InvalidIdentity, WrongVariable};
pub use limits::SpanLimits;
pub use memory::InMemoryReporter;
pub use message::Recorded;
pub use propagation::{Propagation, PropagationBuilder, PropagationCounts};
pub use reporter::{NullReporter, Reporter};
#[cfg(feature = "_http")]
#[doc(hidden)]
pub use retry_after::retry_after;
pub use sampler::{Sampler, SamplingQuestion};
pub use service::unknown_service;
#[doc(hidden)]
pub use shown::shown_path;
#[doc(hidden)]
pub use tls::Tls;
pub use tracer::{Builder, RecordingTracer};
pub use watched::Watched;
