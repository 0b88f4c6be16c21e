//! Spans in batches, delivered by a thread of their own.
//!
//! A request thread copies its span into the queue under a short lock and goes on. The
//! worker takes what has gathered, lends it to the exporter and answers for every span:
//! it was sent, it was lost for a counted reason, or it is still queued.

mod backoff;
mod builder;
mod chunks;
mod counts;
mod flush;
mod limits;
mod open;
mod pace;
mod queue;
mod reporter;
mod settings;
mod trouble;
mod worker;

pub use builder::BatchBuilder;
pub use counts::BatchCounts;
pub use flush::Flush;
pub use reporter::BatchReporter;

#[cfg(test)]
mod tests;
