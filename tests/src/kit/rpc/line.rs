//! A plain client that knows nothing of traces: one HTTP/2 connection, gRPC written by hand.

use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::plan::{Method, Status};
use super::raw::Body;
use super::wire::{self, Reader};
use crate::kit::Failed;

const DEADLINE: Duration = Duration::from_secs(20);

/// The messages that a caller sends.
#[derive(Debug)]
pub struct Orders(mpsc::UnboundedReceiver<Bytes>);

impl Orders {
    /// One message.
    pub fn one() -> Self {
        Self::these(["order"])
    }

    /// These messages.
    pub fn these<'m>(messages: impl IntoIterator<Item = &'m str>) -> Self {
        let (feed, orders) = Self::fed();
        for message in messages {
            // The receiver is right here.
            let _ = feed.send(Bytes::copy_from_slice(message.as_bytes()));
        }
        orders
    }

    /// Messages that the case feeds, and the place to feed them.
    pub fn fed() -> (mpsc::UnboundedSender<Bytes>, Self) {
        let (feed, orders) = mpsc::unbounded_channel();
        (feed, Self(orders))
    }

    /// As a stream.
    pub fn into_stream(self) -> UnboundedReceiverStream<Bytes> {
        UnboundedReceiverStream::new(self.0)
    }

    /// As a body.
    pub fn into_body(self) -> Body {
        let frames = self.into_stream();
        let frames = frames.map(|message| Ok(Frame::data(wire::framed(&message))));
        StreamBody::new(frames).boxed_unsync()
    }
}

/// One connection, closed when it is dropped.
pub struct Line {
    sender: http2::SendRequest<Body>,
    address: SocketAddr,
    // hyper's tasks hold the connection open.
    socket: std::net::TcpStream,
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?.into_std()?;
        let socket = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // Its failure is the call's, which tells.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            address,
            socket,
        })
    }

    /// Its own end.
    ///
    /// # Errors
    ///
    /// When it is closed.
    pub fn local(&self) -> Result<SocketAddr, Failed> {
        Ok(self.socket.local_addr()?)
    }

    /// Makes a call; returns when the headers of the answer are there. Dropped before, the stream is
    /// reset.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn call(&self, method: Method, orders: Orders) -> Result<Exchange, Failed> {
        self.send(method.path(), &[], orders).await
    }

    /// The same for any path, with headers.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        orders: Orders,
    ) -> Result<Exchange, Failed> {
        let mut request = Request::post(format!("http://{}{path}", self.address));
        request = request.header("te", "trailers");
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(orders.into_body())?;
        let answer = self.sender.clone().send_request(request);
        let (head, body) = tokio::time::timeout(DEADLINE, answer).await??.into_parts();
        Ok(Exchange {
            status: head.status.as_u16(),
            headers: head.headers,
            reader: Reader::new(body),
        })
    }

    /// Closes the connection under whatever is going on.
    ///
    /// # Errors
    ///
    /// When the other side has closed it.
    pub fn close(&self) -> Result<(), Failed> {
        Ok(self.socket.shutdown(Shutdown::Both)?)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It may be closed.
        let _ = self.close();
    }
}

/// An answer under way. Dropped before its end, the stream is reset, unless orders may still come.
#[derive(Debug)]
pub struct Exchange {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    reader: Reader<Incoming>,
}

impl Exchange {
    /// The next message; `None` after the last.
    ///
    /// # Errors
    ///
    /// When the stream breaks off.
    pub async fn message(&mut self) -> Result<Option<Bytes>, Failed> {
        tokio::time::timeout(DEADLINE, self.reader.message()).await?
    }

    /// Reads to the end.
    ///
    /// # Errors
    ///
    /// When the stream breaks off.
    pub async fn end(mut self) -> Result<Ended, Failed> {
        let mut messages = Vec::new();
        while let Some(message) = self.message().await? {
            messages.push(message);
        }
        let trailers = self.reader.trailers().clone();
        Ok(Ended {
            status: wire::status(&trailers).or_else(|| wire::status(&self.headers)),
            messages,
            trailers,
            compressed: self.reader.compressed(),
        })
    }
}

/// What a caller saw of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// The status, if there was one and it was read.
    pub status: Option<Status>,
    /// The messages that were read.
    pub messages: Vec<Bytes>,
    /// What followed them, if the caller can tell.
    pub trailers: HeaderMap,
    /// How many messages came compressed, if the caller can tell.
    pub compressed: u32,
}

impl Ended {
    /// The number of the status.
    pub fn code(&self) -> Option<u32> {
        self.status.as_ref().map(|status| status.code)
    }
}
