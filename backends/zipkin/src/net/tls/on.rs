//! Connections with TLS.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use tracer_recording::Tls;

use super::Address;
use super::tcp::Tcp;

pub(super) type Stream = StreamOwned<ClientConnection, Tcp>;

/// Made once, so that connections can be resumed.
#[derive(Default)]
pub(super) struct Config(Option<Arc<ClientConfig>>);

impl Config {
    /// Shakes hands, so that a broker that cannot be trusted is found out before anything is said.
    pub(super) fn shake_hands(
        &mut self,
        tls: &Tls,
        to: &Address,
        mut tcp: Tcp,
    ) -> io::Result<Stream> {
        let config = match self.0.take() {
            Some(config) => config,
            None => tls.config().map_err(io::Error::other)?,
        };
        let config = self.0.insert(config);
        let name = ServerName::try_from(to.host.clone()).map_err(io::Error::other)?;
        let mut connection =
            ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut tcp)?;
        }
        Ok(StreamOwned::new(connection, tcp))
    }
}

/// What it goes over.
pub(super) fn tcp(stream: &mut Stream) -> &mut Tcp {
    &mut stream.sock
}

/// As [`Tcp::is_quiet`]: what TLS itself says unasked (RFC 8446, section 4.6) is no noise.
pub(super) fn is_quiet(stream: &mut Stream) -> bool {
    let (connection, tcp) = (&mut stream.conn, &stream.sock);
    loop {
        // What came with the last answer, too.
        let quiet = connection
            .process_new_packets()
            .is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed());
        if !quiet {
            return false;
        }
        match tcp.at_once(|mut tcp| connection.read_tls(&mut tcp)) {
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            Ok(0) => return false,
            Ok(_) => {}
        }
    }
}

/// Why nothing can be written: who hangs up on a client that it does not let in, or cannot understand, has
/// said so before, and that is still to be read.
pub(super) fn reason(stream: &mut Stream, error: io::Error) -> io::Error {
    let (connection, tcp) = (&mut stream.conn, &stream.sock);
    while let Ok(1..) = tcp.at_once(|mut tcp| connection.read_tls(&mut tcp)) {
        if let Err(said) = connection.process_new_packets() {
            return io::Error::new(error.kind(), said);
        }
    }
    error
}

#[cfg(test)]
pub(crate) mod tests;
