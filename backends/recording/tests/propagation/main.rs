//! The rules of the trace headers, sentence by sentence.

mod b3;
mod baggage;
mod binary;
mod choice;
mod fields;
mod jaeger;
mod order;
mod outgoing;
mod rationing;
mod round_trip;
mod support;
mod w3c;
mod whole;
