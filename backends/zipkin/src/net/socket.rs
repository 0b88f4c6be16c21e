//! A connection to a broker, plain or with TLS.

use std::io::{self, Read, Write};
use std::time::Instant;

use super::tcp::Tcp;
use super::tls::{self, Stream};

/// A connection whose reads and writes fail when the deadline has come. What is written is on its way
/// once it is flushed.
pub(crate) enum Socket {
    Plain(Tcp),
    Tls(Box<Stream>),
}

impl Socket {
    /// Sets another deadline.
    pub(crate) fn until(&mut self, deadline: Instant) {
        match self {
            Self::Plain(tcp) => tcp.deadline = deadline,
            Self::Tls(stream) => tls::tcp(stream).deadline = deadline,
        }
    }

    /// Gives up what could not be written. False if nothing more can be written then: TLS keeps it, and would
    /// write it before the next read.
    #[cfg(feature = "rabbitmq")]
    pub(crate) fn give_up(&mut self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(stream) => {
                tls::tcp(stream).mute = true;
                false
            }
        }
    }

    /// False if the other side has closed the connection, or said something unasked.
    pub(crate) fn is_quiet(&mut self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_quiet(),
            Self::Tls(stream) => tls::is_quiet(stream),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match self {
            Self::Plain(tcp) => tcp.read(out),
            Self::Tls(stream) => stream.read(out),
        };
        match read? {
            // Whoever reads here waits for an answer.
            0 if !out.is_empty() => {
                let problem = "the other side has closed the connection";
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem))
            }
            len => Ok(len),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(stream) => (stream.write(bytes)).map_err(|error| tls::reason(stream, error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(stream) => (stream.flush()).map_err(|error| tls::reason(stream, error)),
        }
    }
}
