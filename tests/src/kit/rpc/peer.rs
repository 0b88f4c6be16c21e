//! An untraced server for clients under test, which keeps the headers of every call.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Request};
use hyper::body::Incoming;
use tower::ServiceBuilder;

use super::frameworks::Bare;
use super::plan::{Answer, Handler};
use super::raw::RawHandler;
use crate::kit::Failed;
use crate::kit::frameworks::{accept, boxed};

/// A server that runs until the runtime ends.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Peer {
    /// Starts it with a handler.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn calls(answer: Handler) -> Result<Self, Failed> {
        Self::start(Answer::Calls(answer))
    }

    /// Starts it with answers that are no gRPC, or odd.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn raw(answer: RawHandler) -> Result<Self, Failed> {
        Self::start(Answer::Raw(answer))
    }

    fn start(answer: Answer) -> Result<Self, Failed> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let running = accept(listener, move |_| {
            let (kept, answer) = (Arc::clone(&kept), answer.clone());
            let keep = move |request: Request<Incoming>| {
                let headers = request.headers().clone();
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(headers);
                request
            };
            let service = ServiceBuilder::new()
                .map_request(keep)
                .service(Bare(answer));
            boxed(service)
        })?;
        Ok(Self {
            address: running.address,
            seen,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The headers of the last call.
    ///
    /// # Errors
    ///
    /// When none has come.
    pub fn last(&self) -> Result<HeaderMap, Failed> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(seen.last().cloned().ok_or("no call came")?)
    }
}
