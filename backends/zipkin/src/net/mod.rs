//! Connections to brokers: blocking, and never for longer than the deadline.

mod address;
mod reader;
mod socket;
mod tcp;
#[cfg_attr(feature = "tls", path = "tls/on.rs")]
#[cfg_attr(not(feature = "tls"), path = "tls/off.rs")]
mod tls;
mod way;

pub(crate) use address::{Address, authority};
pub(crate) use reader::Reader;
pub(crate) use socket::Socket;
#[cfg(all(test, feature = "tls", feature = "rabbitmq"))]
pub(crate) use tls::tests as secure;
pub(crate) use way::Way;

use std::time::{Duration, Instant};

/// How long it is until then.
pub(crate) fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// `timeout` from now; a time-out beyond what the clock can count is a day.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    let day = Duration::from_secs(86_400);
    now.checked_add(timeout).unwrap_or(now + day)
}
