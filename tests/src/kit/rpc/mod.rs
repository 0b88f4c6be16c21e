//! The kit for gRPC: what every adapter must do with calls, over real HTTP/2 sockets.
//!
//! A framework joins by implementing [`RpcFramework`] (serve calls of the four kinds as a plan says)
//! and listing itself with [`rpc_conformance!`](crate::rpc_conformance), a client library by
//! implementing [`RpcClientFramework`] and
//! [`rpc_client_conformance!`](crate::rpc_client_conformance).

mod call;
mod caller;
pub mod cases;
pub mod client_cases;
pub mod frameworks;
mod line;
mod list;
mod peer;
mod plan;
mod raw;
mod setup;
pub mod spans;
pub mod wire;

pub use call::{Call, ClientSettings, RpcClientFramework};
pub use caller::Caller;
pub use line::{Ended, Exchange, Line, Orders};
pub use peer::Peer;
pub use plan::{
    Answer, Ask, Feed, Frame, Frames, Handler, Method, Plan, Reply, RpcFramework, RuleFn, SERVICE,
    Settings, Status, fed, handler,
};
pub use raw::{Body, Raw, RawBody, RawFrame, RawHandler, raw, raw_fed};
pub use setup::Setup;
