//! What tracing costs: a bare service, the floor (what the machine must do at least) and ours, in
//! interleaved rounds of one process. The peers join in `peers/`, a workspace of its own, so that
//! nobody who builds or tests this one compiles them.

pub mod bare;
pub mod busy;
pub mod case;
pub mod client;
pub mod drive;
pub mod export;
pub mod floor;
pub mod grpc;
pub mod harness;
pub mod micro;
pub mod ours;
pub mod stalled;
pub mod table;
pub mod web;
