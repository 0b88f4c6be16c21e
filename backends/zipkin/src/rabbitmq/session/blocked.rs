//! Brokers that run out of memory or disk, and read nothing until that is over.

use std::io;
use std::mem;
use std::time::{Duration, Instant};

use super::{Failure, Refused, Reply, Session, State, frame, name};

/// Why a broker reads nothing, and since when.
pub(super) struct Blocked {
    pub(super) why: String,
    since: Instant,
}

/// For how long a broker may say nothing but that it is blocked: then it may have gone without a word, and
/// another connection is worth the list that is given up there if it has not.
const PATIENCE: Duration = Duration::from_secs(60);

impl Blocked {
    pub(super) fn now(why: String) -> Self {
        Self {
            why,
            since: Instant::now(),
        }
    }
}

impl Session {
    /// Whether it is worth waiting for.
    pub(in crate::rabbitmq) fn is_blocked(&self) -> bool {
        self.state != State::Busy && self.blocked.is_some()
    }

    /// Makes sure that the connection can be used again. Where the broker is blocked, waits for its word on
    /// the last list, whatever it is, and until it reads again: a second connection would be blocked with its
    /// first list, which would be given up too.
    pub(in crate::rabbitmq) fn revive(&mut self) -> Result<(), Failure> {
        let mut is_owed = match mem::replace(&mut self.state, State::Busy) {
            State::Idle => false,
            State::Owed => true,
            State::Busy => return Err(gone()),
        };
        if self.blocked.is_some() {
            // Nobody reads it now, but a host that knows the connection no more says so.
            self.say(&frame::heartbeat())?;
        }
        while is_owed || self.blocked.is_some() || !self.socket.is_quiet() {
            match self.next() {
                Ok(Some(Reply::Other(name::ACK | name::NACK))) => is_owed = false,
                // Of that list's channel, or of all: another connection is needed.
                Ok(Some(Reply::Refused(refusal))) if refusal.what != Refused::Message => {
                    return Err(gone());
                }
                Ok(_) => {}
                Err(error) => return Err(self.waited(error, is_owed)),
            }
        }
        self.state = State::Idle;
        Ok(())
    }

    /// What it is that nothing came of a blocked broker.
    fn waited(&mut self, error: io::Error, is_owed: bool) -> Failure {
        match &self.blocked {
            Some(blocked) if self.is_late(&error) && blocked.since.elapsed() < PATIENCE => {
                self.state = if is_owed { State::Owed } else { State::Idle };
                Failure::Blocked(blocked.why.clone())
            }
            _ => error.into(),
        }
    }
}

/// The connection cannot be used any more.
fn gone() -> Failure {
    io::Error::from(io::ErrorKind::NotConnected).into()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::net::{Address, Way, deadline};

    /// A firewall drops what is sent, a proxy takes it: neither says that the broker has gone.
    #[test]
    fn a_blocked_broker_that_stays_silent_is_given_up_in_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
        };
        let long = Duration::from_secs(20);
        for (past, state) in [(Duration::ZERO, State::Owed), (PATIENCE, State::Busy)] {
            let mut way = Way::new(false);
            let mut session = Session {
                socket: way.connect(&address, deadline(long)).unwrap(),
                room: 0,
                state: State::Owed,
                blocked: Some(Blocked {
                    why: "low on memory".to_owned(),
                    since: Instant::now().checked_sub(past).unwrap(),
                }),
                in_step: true,
            };
            session.until(deadline(Duration::from_millis(50)));
            let failure = session.revive().unwrap_err();
            let is_blocked = matches!(failure, Failure::Blocked(_));
            assert_eq!(is_blocked, state == State::Owed, "{failure:?}");
            assert_eq!(session.state, state);
        }
    }
}
