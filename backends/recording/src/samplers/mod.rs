//! Who decides about new traces.
//!
//! A sampler is asked about the root of a trace, and about requests whose callers left it open; all
//! others keep the decision that came with them. It runs on the request's thread, and none of these
//! allocates to say no.
//!
//! ```
//! use tracer_core::Kind;
//! use tracer_recording::samplers::{Never, RateLimited, Ratio, Rule, Rules};
//!
//! # fn main() -> Result<(), tracer_recording::samplers::InvalidSampler> {
//! let sampler = Rules::new(Ratio::new(0.01)?)
//!     .rule(Rule::new().route("/health*"), Never)
//!     .rule(Rule::new().kind(Kind::Server).method("POST"), RateLimited::per_second(5.0)?);
//! # Ok(())
//! # }
//! ```

mod always;
mod error;
mod guaranteed;
mod ignoring;
mod pattern;
mod per_operation;
mod rate_limited;
mod ratio;
#[cfg(feature = "remote-sampling")]
mod remote;
mod rules;
mod updatable;

pub use always::{Always, Never};
pub use error::InvalidSampler;
pub use guaranteed::GuaranteedThroughput;
pub use ignoring::IgnoringCaller;
pub use per_operation::PerOperation;
pub use rate_limited::RateLimited;
pub use ratio::Ratio;
#[cfg(feature = "remote-sampling")]
pub use remote::{InvalidEndpoint, Remote, RemoteBuilder};
pub use rules::{Rule, Rules};
pub use updatable::Updatable;
