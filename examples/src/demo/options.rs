//! What the demo is asked to do: arguments and addresses.

use std::fmt;
use std::net::{SocketAddr, TcpListener};

/// What `--help` prints.
pub const USAGE: &str = "\
usage: demo [--once] [--json]

  --once  ends after the first requests, with 0 if every expected span has arrived
  --json  prints Zipkin v2 JSON in the place of trees
  --help  prints this

GATEWAY_ADDR, ORDERS_ADDR and STOCK_ADDR change where the services listen,
OTEL_TRACES_EXPORTER changes where their spans go.";

/// The arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Ends after the first round, with 0 if every expected span arrived.
    pub once: bool,
    /// Prints Zipkin v2 JSON instead of trees.
    pub json: bool,
    /// Prints the usage, and does nothing else.
    pub help: bool,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// [`Usage`], for an argument that is not known.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Usage> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--once" => options.once = true,
                "--json" => options.json = true,
                "--help" | "-h" => options.help = true,
                _ => return Err(Usage(argument)),
            }
        }
        Ok(options)
    }
}

/// An argument that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown argument {:?}\n{USAGE}", self.0)
    }
}

impl std::error::Error for Usage {}

/// Where a service listens: its variable, or its own port.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The variable that changes it.
    pub variable: &'static str,
    /// The address without it.
    pub default: &'static str,
}

/// The gateway.
pub const GATEWAY: Place = Place {
    variable: "GATEWAY_ADDR",
    default: "127.0.0.1:8881",
};
/// The orders service.
pub const ORDERS: Place = Place {
    variable: "ORDERS_ADDR",
    default: "127.0.0.1:8882",
};
/// The stock service.
pub const STOCK: Place = Place {
    variable: "STOCK_ADDR",
    default: "127.0.0.1:8883",
};

impl Place {
    /// The address.
    pub fn address(&self) -> String {
        let told = std::env::var(self.variable).unwrap_or_default();
        match told.trim() {
            "" => self.default.to_owned(),
            address => address.to_owned(),
        }
    }

    /// A listener, and the address that it really has.
    ///
    /// # Errors
    ///
    /// Names the address and the variable.
    pub fn bind(&self) -> Result<(TcpListener, SocketAddr), BindError> {
        let address = self.address();
        let bound = TcpListener::bind(&address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)));
        bound.map_err(|error| BindError {
            variable: self.variable,
            address,
            error,
        })
    }
}

/// An address that cannot be listened on.
pub struct BindError {
    variable: &'static str,
    address: String,
    error: std::io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            variable,
            address,
            error,
        } = self;
        write!(
            f,
            "cannot listen on {address}: {error}; set {variable} to another address"
        )
    }
}

/// As [`Display`](fmt::Display): this is what a `main` that returns the error prints.
impl fmt::Debug for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
