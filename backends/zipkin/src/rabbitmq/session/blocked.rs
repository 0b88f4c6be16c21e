//! Brokers that run out of memory or disk, and read nothing until that is over.

use std::io;
use std::mem;
use std::time::{Duration, Instant};

use super::{Failure, Refused, Reply, Session, State, frame, name};

/// Why a broker reads nothing, and since when that is waited for.
pub(super) struct Blocked {
    pub(super) why: String,
    since: Option<Instant>,
}

/// For how long a broker may say nothing but that it is blocked: then it may have gone without a word, and
/// another connection is worth the list that is given up there if it has not. Not shorter: until it reads again
/// the broker keeps the connection that was left.
const PATIENCE: Duration = Duration::from_secs(600);

impl Blocked {
    pub(super) fn new(why: String) -> Self {
        Self { why, since: None }
    }

    fn waited(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
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
        let mut was = mem::replace(&mut self.state, State::Busy);
        if was == State::Busy {
            return Err(gone());
        }
        if let Some(blocked) = &mut self.blocked {
            blocked.since.get_or_insert_with(Instant::now);
            if was != State::Cut {
                // Nobody reads it now, but a host that knows the connection no more says so.
                self.say(&frame::heartbeat())?;
            }
        }
        while was == State::Owed || self.blocked.is_some() || !self.socket.is_quiet() {
            match self.next() {
                Ok(Some(Reply::Other(name::ACK | name::NACK))) if was == State::Owed => {
                    was = State::Idle;
                }
                // Of that list's channel, or of all: another connection is needed.
                Ok(Some(Reply::Refused(refusal))) if refusal.what != Refused::Message => {
                    return Err(gone());
                }
                Ok(_) => {}
                Err(error) => return Err(self.waited(error, was)),
            }
        }
        match was {
            // It waits for the rest of a list that was begun.
            State::Cut => Err(gone()),
            _ => {
                self.state = State::Idle;
                Ok(())
            }
        }
    }

    /// What it is that nothing came of a blocked broker.
    fn waited(&mut self, error: io::Error, was: State) -> Failure {
        match &self.blocked {
            Some(blocked) if self.is_late(&error) && blocked.waited() < PATIENCE => {
                self.state = was;
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
        for (past, state) in [
            (None, State::Owed),
            (Some(PATIENCE / 2), State::Owed),
            (Some(PATIENCE), State::Busy),
        ] {
            let mut way = Way::new(false);
            let mut session = Session {
                socket: way.connect(&address, deadline(long)).unwrap(),
                room: 0,
                state: State::Owed,
                blocked: Some(Blocked {
                    why: "low on memory".to_owned(),
                    since: past.map(|past| Instant::now().checked_sub(past).unwrap()),
                }),
                in_step: true,
            };
            session.until(deadline(Duration::from_millis(50)));
            let failure = session.revive().unwrap_err();
            let is_blocked = matches!(failure, Failure::Blocked(_));
            assert_eq!(is_blocked, state == State::Owed, "{failure:?}");
            assert_eq!(session.state, state);
            // From the first time that it was waited for.
            assert!(session.blocked.as_ref().unwrap().since.is_some());
        }
    }

    /// What TLS has kept of the list would follow with the next read.
    #[cfg(feature = "tls")]
    #[test]
    fn with_tls_nobody_waits_in_the_middle_of_a_list() {
        use std::io::Write;
        use std::sync::mpsc::channel;

        use super::super::Outcome;
        use crate::net::secure::{connect, shown, trusting};

        let shown = shown("localhost", None);
        let (said, is_said) = channel();
        let (go, gone) = channel::<()>();
        let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
            other
                .write_all(b"\x01\0\0\0\0\0\x08\0\x0a\0\x3c\x03low\xce")
                .unwrap();
            other.flush().unwrap();
            said.send(()).unwrap();
            let _ = gone.recv();
        });
        let mut session = Session {
            socket: socket.unwrap(),
            room: 100_000,
            state: State::Idle,
            blocked: None,
            in_step: true,
        };
        is_said.recv().unwrap();
        session.until(deadline(Duration::from_millis(100)));
        let outcome = session.publish("spans", "application/json", &vec![b'x'; 64 << 20]);
        let Outcome::NotSent { blocked, .. } = outcome else {
            panic!("more than the buffers hold");
        };
        assert_eq!(blocked.as_deref(), Some("low"));
        assert_eq!(session.state, State::Busy);
        drop(go);
        served.join().unwrap();
    }
}
