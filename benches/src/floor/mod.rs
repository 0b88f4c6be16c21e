//! What the machine must do at least: a tracer by hand, without API, limits or threads of its own.
//!
//! It reads four B3 headers by static name, decodes the ids by table, makes one 64-bit id, swaps a
//! 32-byte thread-local twice, reads the time-stamp counter twice, copies name, method, route and
//! component into a fixed record with the status, and pushes it into one single-producer ring that
//! another thread drains. Unsampled: no clock, no record. What a real tracer costs above it is the
//! price of being one.

mod context;
mod record;
mod service;

pub use context::Ids;
pub use record::{Drain, Record};
pub use service::Floor;

use crate::bare::Bare;
use crate::case::{Case, Wire};
use crate::drive::requests;
use crate::harness::Contestant;

/// The contestant.
pub fn contestant(case: Case) -> Option<Contestant> {
    let drain = Drain::start();
    let floor = Floor::new(Bare, case != Case::Off);
    let run = requests(floor, case, Wire::B3);
    let drained = drain.drained();
    let contestant = Contestant::new("floor", run)
        .settle(move || drain.wait())
        .exported(drained);
    Some(contestant)
}
