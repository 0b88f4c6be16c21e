//! Spans in batches, delivered by a thread of their own.

mod message;
