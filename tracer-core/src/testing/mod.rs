//! A tracer for tests: it keeps spans in memory and prints them as a tree.
//!
//! ```
//! use tracer_core::testing::MockTracer;
//! use tracer_core::{Kind, TracerExt};
//!
//! let tracer = MockTracer::new();
//! let server = tracer.span("GET /x").kind(Kind::Server).start();
//! tracer.span("load").child_of(&server).tag("rows", 3).start().finish();
//! server.set_tag("http.status_code", 200);
//! server.finish();
//! assert_eq!(
//!     tracer.tree(),
//!     "SERVER GET /x [http.status_code=200]\n\
//!      \x20 load [rows=3]\n"
//! );
//! ```
//!
//! # The tree
//!
//! One line per finished span, indented by two spaces below its parent; siblings, and spans whose
//! parent is not among the finished ones, in the order in which they started:
//!
//! ```text
//! KIND name [key=value, key=value] !error.kind: message
//! ```
//!
//! The kind is left out for local spans, the brackets without tags, the rest without an error; a
//! span that follows from its parent has `~ ` before its line. Tags stand in the order in which
//! they were first set.
//!
//! # The headers
//!
//! `mock-trace-id` (32 hex digits), `mock-span-id` (16), `mock-sampled` (`1`, `0`, `d` for debug;
//! left out while nobody has decided; alone it is a decision without ids) and one
//! `mock-baggage-KEY` per item, the key in lower case, the value percent-encoded. A malformed one discards the ids and
//! the decision, never the baggage.

mod format;
mod recorder;
mod span;
mod tracer;
mod tree;

pub use span::{MockEndpoint, MockError, MockLog, MockSpan, MockValue};
pub use tracer::MockTracer;

/// The ids that this thread makes from now on, the same ones each time for the same seed: what a test
/// prints can be compared, and a forked child can be imagined, which has the stream of its parent.
///
/// Until [`reseed`](crate::reseed) is called, as whoever builds a tracer may do.
///
/// ```
/// use tracer_core::testing::{MockTracer, seed_ids};
/// use tracer_core::{SpanId, TracerExt};
///
/// let tracer = MockTracer::new();
/// let ids = || -> Vec<Option<SpanId>> {
///     seed_ids(7);
///     [(); 3].map(|()| tracer.span("job").start().span_id()).to_vec()
/// };
/// assert_eq!(ids(), ids());
/// ```
pub fn seed_ids(seed: u64) {
    crate::id::seed_with(seed);
}
