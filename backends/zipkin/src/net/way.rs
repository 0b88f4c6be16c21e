//! How brokers are connected to.

use std::io;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Instant;

use tracer_recording::{Authorities, Identity, Tls};

use super::Address;
use super::socket::Socket;
use super::tcp::Tcp;

/// Whether brokers are spoken to with TLS, whom that trusts, and who it is.
pub(crate) struct Way {
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "nobody may ask for it")
    )]
    secure: bool,
    tls: Tls,
    /// Made once, so that connections can be resumed.
    #[cfg(feature = "tls")]
    config: Option<Arc<rustls::ClientConfig>>,
}

impl Way {
    pub(crate) fn new(secure: bool) -> Self {
        Self {
            secure,
            tls: Tls::default(),
            #[cfg(feature = "tls")]
            config: None,
        }
    }

    pub(crate) fn trust(&mut self, authorities: &Authorities) {
        self.tls.trusted = Some(authorities.clone());
        self.changed();
    }

    pub(crate) fn identity(&mut self, identity: &Identity) {
        self.tls.identity = Some(identity.clone());
        self.changed();
    }

    fn changed(&mut self) {
        #[cfg(feature = "tls")]
        {
            self.config = None;
        }
    }

    /// Connects, and knows then whom to.
    pub(crate) fn connect(&mut self, to: &Address, deadline: Instant) -> io::Result<Socket> {
        let tcp = Tcp::connect(to, deadline)?;
        #[cfg(feature = "tls")]
        if self.secure {
            let config = match &self.config {
                Some(config) => Arc::clone(config),
                None => self.tls.config().map_err(io::Error::other)?,
            };
            let stream = super::tls::shake_hands(&config, to, tcp)?;
            self.config = Some(config);
            return Ok(Socket::Tls(Box::new(stream)));
        }
        Ok(Socket::Plain(tcp))
    }
}
