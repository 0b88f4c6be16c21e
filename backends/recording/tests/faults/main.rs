//! A batch reporter and a collector that misbehaves: every span is answered for, none comes twice.

mod clock;
mod collector;
mod restart;
mod shutdown;
