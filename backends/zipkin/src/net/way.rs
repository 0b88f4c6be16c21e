//! How brokers are connected to.

use std::io;
use std::time::Instant;

use tracer_recording::{Authorities, Identity, Tls};

use super::Address;
use super::socket::Socket;
use super::tcp::Tcp;
use super::tls::Config;

/// Whether brokers are spoken to with TLS, whom that trusts, and who it is.
pub(crate) struct Way {
    secure: bool,
    tls: Tls,
    config: Config,
}

impl Way {
    pub(crate) fn new(secure: bool) -> Self {
        Self {
            secure,
            tls: Tls::default(),
            config: Config::default(),
        }
    }

    pub(crate) fn trust(&mut self, authorities: &Authorities) {
        self.tls.trusted = Some(authorities.clone());
        self.config = Config::default();
    }

    pub(crate) fn identity(&mut self, identity: &Identity) {
        self.tls.identity = Some(identity.clone());
        self.config = Config::default();
    }

    /// Connects, and knows then whom to.
    pub(crate) fn connect(&mut self, to: &Address, deadline: Instant) -> io::Result<Socket> {
        let tcp = Tcp::connect(to, deadline)?;
        if !self.secure {
            return Ok(Socket::Plain(tcp));
        }
        let stream = self.config.shake_hands(&self.tls, to, tcp)?;
        Ok(Socket::Tls(Box::new(stream)))
    }
}
