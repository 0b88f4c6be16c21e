//! A service of each framework that, when asked, asks another one: two hops of a trace.

mod actix;
mod axum;
mod call;
mod tonic;

use std::net::SocketAddr;
use std::sync::Arc;

use tracer_core::Tracer;

pub use call::call;

use crate::kit::Failed;

/// The frameworks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum, with a hyper client.
    Axum,
    /// tonic, with a hyper client.
    Tonic,
    /// actix-web, with awc.
    Actix,
}

/// All of them.
pub const FRAMEWORKS: [Framework; 3] = [Framework::Axum, Framework::Tonic, Framework::Actix];

/// A service that listens, and how it is asked.
#[derive(Clone, Copy, Debug)]
pub enum Peer {
    /// Over HTTP/1.1.
    Http(SocketAddr),
    /// Over gRPC.
    Grpc(SocketAddr),
}

impl Framework {
    /// Starts a traced service on a free port of the loopback address. It asks `next` before it
    /// answers.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start(self, tracer: Arc<dyn Tracer>, next: Option<Peer>) -> Result<Peer, Failed> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        match self {
            Self::Axum => axum::serve(listener, tracer, next)?,
            Self::Tonic => tonic::serve(listener, tracer, next)?,
            Self::Actix => actix::serve(listener, tracer, next)?,
        }
        Ok(match self {
            Self::Tonic => Peer::Grpc(address),
            _ => Peer::Http(address),
        })
    }
}
