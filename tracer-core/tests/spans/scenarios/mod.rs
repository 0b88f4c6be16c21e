//! The scenarios of OpenTracing's testbeds. In each, no span is current at the end.

mod callbacks;
mod errors;
mod handlers;
mod messages;
mod promises;
mod tasks;
