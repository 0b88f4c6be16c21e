//! The conformance kit: what every server and client adapter must do, as cases that run against any
//! framework over real sockets.
//!
//! A framework joins by implementing [`Framework`] (start a server with these routes) and listing
//! itself with [`conformance!`](crate::conformance), a client library by implementing
//! [`ClientFramework`] and [`client_conformance!`](crate::client_conformance); each case becomes a test. A case is a
//! small async function whose name says the rule; where frameworks differ by design, a constant of
//! [`Framework`] says how and the case asserts that. Calls of gRPC have a kit of the same kind, [`rpc`].

mod call;
mod caller;
pub mod cases;
mod client;
pub mod client_cases;
pub mod frameworks;
mod list;
mod peer;
mod plan;
mod reply;
pub mod rpc;
mod server;
mod wire;

pub use call::{Answer, Call, ClientFramework, ConfigureClient, PING, Read};
pub use caller::Caller;
pub use client::{Connection, PROTOCOLS, Protocol};
pub use peer::{Peer, scripted};
pub use plan::{Around, Ask, Configure, Framework, Handler, Http2, Plan, Running, handler};
pub use reply::{Feed, Frame, Frames, Reply, Witness, fed, fed_with};
pub use rpc::{cases as rpc_cases, client_cases as rpc_client_cases};
pub use server::{Server, Setup};
pub use wire::Wire;

/// What went wrong in a case.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
/// How a case ends.
pub type Outcome = Result<(), Failed>;

/// Fails the case unless the condition holds.
#[macro_export]
macro_rules! check {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!("{}: {}", stringify!($condition), format_args!($($message)+)).into());
        }
    };
}

/// Fails the case unless both are equal.
#[macro_export]
macro_rules! check_eq {
    ($left:expr, $right:expr, $($message:tt)+) => {
        match (&$left, &$right) {
            (left, right) => {
                if *left != *right {
                    let said = format_args!($($message)+).to_string();
                    return Err(format!("{said}: {left:?} is not {right:?}").into());
                }
            }
        }
    };
}
