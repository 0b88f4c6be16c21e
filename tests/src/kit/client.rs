//! A plain client that knows nothing of traces: one connection, closed when it is dropped.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::Failed;

const DEADLINE: Duration = Duration::from_secs(20);

/// How to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
}

/// Both.
pub const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

/// One connection.
pub struct Connection {
    sender: Sender,
    address: SocketAddr,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr, protocol: Protocol) -> Result<Self, Failed> {
        let stream = TokioIo::new(TcpStream::connect(address).await?);
        let (sender, driver) = match protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1::handshake(stream).await?;
                let driver = tokio::spawn(async move {
                    // Its failure is the request's, which tells.
                    let _ = connection.with_upgrades().await;
                });
                (Sender::Http1(sender), driver)
            }
            Protocol::Http2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                let driver = tokio::spawn(async move {
                    let _ = connection.await;
                });
                (Sender::Http2(sender), driver)
            }
        };
        Ok(Self {
            sender,
            address,
            driver,
        })
    }

    /// Sends a request; returns the answer's head, its body unread.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response<Incoming>, Failed> {
        let mut request = Request::builder().method(method);
        request = match self.sender {
            Sender::Http1(_) => request.uri(path).header("host", self.address.to_string()),
            Sender::Http2(_) => request.uri(format!("http://{}{path}", self.address)),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Empty::new())?).await
    }

    /// Asks to switch to a WebSocket, over HTTP/2 in its own way (RFC 8441).
    ///
    /// # Errors
    ///
    /// When no answer comes, over HTTP/2 also when the server has not said that it can.
    pub async fn websocket(&mut self, path: &str) -> Result<Response<Incoming>, Failed> {
        if let Sender::Http1(_) = self.sender {
            let headers = [
                ("connection", "upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ];
            return self.send("GET", path, &headers).await;
        }
        let request = Request::connect(format!("http://{}{path}", self.address))
            .extension(hyper::ext::Protocol::from_static("websocket"));
        self.request(request.body(Empty::new())?).await
    }

    /// Asks for a tunnel to somewhere.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn tunnel(&mut self, authority: &str) -> Result<Response<Incoming>, Failed> {
        let request = Request::connect(authority).header("host", authority);
        self.request(request.body(Empty::new())?).await
    }

    /// What follows on a connection that has become another protocol's.
    ///
    /// # Errors
    ///
    /// When it has not.
    pub async fn switched(
        response: Response<Incoming>,
    ) -> Result<TokioIo<hyper::upgrade::Upgraded>, Failed> {
        let upgraded = tokio::time::timeout(DEADLINE, hyper::upgrade::on(response)).await??;
        Ok(TokioIo::new(upgraded))
    }

    async fn request(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> Result<Response<Incoming>, Failed> {
        let answer = async {
            match &mut self.sender {
                Sender::Http1(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
                Sender::Http2(sender) => sender.send_request(request).await,
            }
        };
        Ok(tokio::time::timeout(DEADLINE, answer).await??)
    }

    /// Reads a body to its end.
    ///
    /// # Errors
    ///
    /// When it breaks off.
    pub async fn read(response: Response<Incoming>) -> Result<String, Failed> {
        let body = tokio::time::timeout(DEADLINE, response.into_body().collect()).await??;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    }

    /// Closes the connection under whatever is going on.
    pub fn close(self) {
        self.driver.abort();
    }
}
