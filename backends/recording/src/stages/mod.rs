//! What may stand between a tracer and its reporter: stages that change, choose or watch finished
//! spans. Each wraps a reporter and is one; without them nothing of this costs anything.
//!
//! ```
//! use std::time::Duration;
//! use tracer_recording::InMemoryReporter;
//! use tracer_recording::stages::{ErrorSummary, Handled, Tail, Verdict};
//!
//! let reporter = Handled::new(InMemoryReporter::new()).handler(|span| {
//!     if span.view().name == "GET /metrics" {
//!         return Verdict::Drop;
//!     }
//!     span.remove_tag("user.email");
//!     Verdict::Report
//! });
//! let reporter = Tail::new(reporter).slower_than(Duration::from_secs(2));
//! let reporter = ErrorSummary::new(reporter);
//! ```

mod edit;
mod error_summary;
mod failing_hop;
mod handled;
mod repeats;
mod tail;

pub use edit::SpanEdit;
pub use error_summary::ErrorSummary;
pub use failing_hop::FailingHop;
pub use handled::{Handled, Verdict};
pub use tail::{Tail, TailCounts};
