//! A bare socket, for what no client library does.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Failed;

const DEADLINE: Duration = Duration::from_secs(20);

/// A connection over which a case writes HTTP/1.1 itself.
#[derive(Debug)]
pub struct Wire(TcpStream);

impl Wire {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Failed> {
        Ok(Self(TcpStream::connect(address).await?))
    }

    /// Writes a text.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub async fn write(&mut self, text: &str) -> Result<(), Failed> {
        Ok(self.0.write_all(text.as_bytes()).await?)
    }

    /// Closes the half that writes.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub async fn close_half(&mut self) -> Result<(), Failed> {
        Ok(self.0.shutdown().await?)
    }

    /// Reads the head of an answer, and nothing of what follows.
    ///
    /// # Errors
    ///
    /// When the connection ends before.
    pub async fn head(&mut self) -> Result<String, Failed> {
        let head = tokio::time::timeout(DEADLINE, head(&mut self.0)).await??;
        Ok(String::from_utf8_lossy(&head).into_owned())
    }

    /// Reads to the end of the connection, however it ends.
    ///
    /// # Errors
    ///
    /// When it does not end in time.
    pub async fn rest(mut self) -> Result<String, Failed> {
        let mut rest = Vec::new();
        let all = self.0.read_to_end(&mut rest);
        // A reset is an end, too.
        let _ = tokio::time::timeout(DEADLINE, all).await?;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }
}

/// Reads to an empty line.
pub(super) async fn head(socket: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    Ok(head)
}
