//! What goes to a Kafka broker, and what is made of its answers. The broker is written by hand, so
//! that both sides do not share one mistake; `tracer-tests` sends to a real one.
#![cfg(feature = "kafka")]

mod answers;
mod broker;
mod bytes;
mod failures;
mod messages;
mod moved;
mod signing_in;
