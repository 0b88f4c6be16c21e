//! One connection to a broker, with one channel on which publications are confirmed.

mod blocked;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::endpoint::{Endpoint, Login};
use super::frame::{self, BODY, Frame, HEADER, METHOD, Method, OVERHEAD, Table, nonsense};
use super::reply::{self as name, Name, Refusal, Refused, Reply};
use crate::net::{Socket, Way, deadline};
use blocked::Blocked;

/// The only channel.
const CHANNEL: u16 = 1;
/// The least that a broker must take, and no less than we take.
const MIN_FRAME: u32 = 4096;
const MAX_FRAME: u32 = 128 * 1024;
/// A mandatory message comes back if there is no queue for it.
const MANDATORY: u8 = 1;
const PASSIVE: u8 = 1;
/// Properties of a message: its media type (bit 15) and its delivery mode (bit 12), which is 2 for
/// messages that outlive their broker.
const PROPERTIES: u16 = 1 << 15 | 1 << 12;
const PERSISTENT: u8 = 2;
/// What is given to what need not succeed.
const MOMENT: Duration = Duration::from_millis(100);

/// Why a broker did not do what it was asked, before it was given a list.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection failed.
    Io(io::Error),
    /// The broker said no.
    Refused(Refusal),
    /// The broker is short of something, and has read nothing since the last list.
    Blocked(String),
    /// Nobody can get in with what we have.
    Mechanism,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What became of a list.
pub(super) enum Outcome {
    Confirmed,
    /// The broker says that it could not take it.
    Unable,
    Refused(Refusal),
    /// It was not written whole. `blocked`: why the broker reads nothing.
    NotSent {
        error: io::Error,
        blocked: Option<String>,
    },
    /// It was, but nobody knows what became of it: the broker closed the connection.
    Closed(Refusal),
    /// The same: nothing came. `blocked`: why the broker reads nothing.
    NoAnswer {
        error: io::Error,
        blocked: Option<String>,
    },
}

pub(super) struct Session {
    socket: Socket,
    /// The largest payload of a frame.
    room: usize,
    state: State,
    /// The broker reads nothing for now.
    blocked: Option<Blocked>,
    /// The next byte is the first of a frame.
    in_step: bool,
}

/// What a connection is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is under way: it can be used again, or taken leave of.
    Idle,
    /// The broker owes its word on a list that was given up.
    Owed,
    /// A blocked broker has a part of a list: what it says can be heard, but nothing be said to it.
    Cut,
    /// Something is under way, or has failed.
    Busy,
}

impl Session {
    /// Connects and signs in (section 2.2.4).
    pub(super) fn open(
        endpoint: &Endpoint,
        way: &mut Way,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        let mut session = Self {
            socket: way.connect(&endpoint.address, deadline)?,
            room: 0,
            state: State::Busy,
            blocked: None,
            in_step: true,
        };
        session.say(b"AMQP\0\0\x09\x01")?;
        let Reply::Start { mechanisms } = session.reply()? else {
            return Err(nonsense().into());
        };
        let own = endpoint.login.mechanism();
        if !mechanisms.split(' ').any(|offered| offered == own) {
            return Err(Failure::Mechanism);
        }
        session.write(&start_ok(endpoint), 0)?;
        let Reply::Tune { frame_max } = session.answer()? else {
            return Err(nonsense().into());
        };
        // Zero is no limit.
        let frame = match frame_max {
            0 => MAX_FRAME,
            some => some.clamp(MIN_FRAME, MAX_FRAME),
        };
        session.room = frame as usize - OVERHEAD;
        // One channel, and no heartbeats: nobody could send them while the thread does something
        // else, and a connection is tried before each list anyway.
        let tuned = Method::new(name::TUNE_OK).u16(CHANNEL).u32(frame).u16(0);
        session.write(&tuned, 0)?;
        let open = Method::new(name::OPEN).short(&endpoint.vhost);
        session.call(&open.short("").u8(0), 0, name::OPEN_OK)?;
        let open = Method::new(name::CHANNEL_OPEN).short("");
        session.call(&open, CHANNEL, name::CHANNEL_OPEN_OK)?;
        let confirm = Method::new(name::SELECT).u8(0);
        session.call(&confirm, CHANNEL, name::SELECT_OK)?;
        session.state = State::Idle;
        Ok(session)
    }

    /// Sets another deadline.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.socket.until(deadline);
    }

    /// Nothing came in time, and what will come is understood.
    fn is_late(&self, error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::TimedOut && self.in_step
    }

    /// Asks whether the queue is there: a round trip that proves, too, that the connection is alive
    /// before a list is trusted to it.
    pub(super) fn find(&mut self, queue: &str) -> Result<(), Failure> {
        self.state = State::Busy;
        let declare = Method::new(name::DECLARE).u16(0).short(queue);
        let declare = declare.u8(PASSIVE).long(&[]);
        let found = self.call(&declare, CHANNEL, name::DECLARE_OK);
        // A channel that was closed is of no more use, but leave can be taken of its connection.
        let is_sound = match &found {
            Ok(()) => true,
            Err(Failure::Refused(refusal)) => refusal.what == Refused::Channel,
            Err(_) => false,
        };
        if is_sound {
            self.state = State::Idle;
        }
        match &self.blocked {
            Some(blocked) if found.is_ok() => Err(Failure::Blocked(blocked.why.clone())),
            _ => found,
        }
    }

    /// Publishes a list to the queue and waits for the broker's word.
    pub(super) fn publish(&mut self, queue: &str, media_type: &str, list: &[u8]) -> Outcome {
        self.state = State::Busy;
        let bytes = message(queue, media_type, list, self.room);
        if let Err(error) = self.say(&bytes) {
            // What TLS keeps could make the list whole, which is sent again.
            let goes_on = self.socket.give_up();
            // It says so when it has read the first frame of a list, and reads nothing behind that.
            self.listen();
            let waiting = match goes_on {
                true => State::Cut,
                false => State::Busy,
            };
            let blocked = self.blocked_since(&error, waiting);
            return Outcome::NotSent { error, blocked };
        }
        let outcome = self.confirmation();
        if matches!(
            outcome,
            Outcome::Confirmed | Outcome::Unable | Outcome::Refused(_)
        ) {
            self.state = State::Idle;
        }
        outcome
    }

    /// Hears what has been said already.
    fn listen(&mut self) {
        self.socket.until(deadline(MOMENT));
        while self.in_step && !self.socket.is_quiet() && self.next().is_ok() {}
    }

    /// Why the broker reads nothing, if it says that it does not. If nothing but that stands in the way, the
    /// connection can wait in this state.
    fn blocked_since(&mut self, error: &io::Error, waiting: State) -> Option<String> {
        let why = self.blocked.as_ref()?.why.clone();
        if self.is_late(error) {
            self.state = waiting;
        }
        Some(why)
    }

    fn confirmation(&mut self) -> Outcome {
        let mut returned = None;
        loop {
            match self.reply() {
                Ok(Reply::Other(name::ACK)) => {
                    return returned.map_or(Outcome::Confirmed, Outcome::Refused);
                }
                Ok(Reply::Other(name::NACK)) => return Outcome::Unable,
                Ok(Reply::Refused(refusal)) => match refusal.what {
                    // Its confirmation follows.
                    Refused::Message => returned = Some(refusal),
                    Refused::Channel => return Outcome::Refused(refusal),
                    Refused::Connection => return Outcome::Closed(refusal),
                },
                Ok(_) => {}
                Err(error) => {
                    let blocked = self.blocked_since(&error, State::Owed);
                    return Outcome::NoAnswer { error, blocked };
                }
            }
        }
    }

    fn call(&mut self, method: &Method, channel: u16, answer: Name) -> Result<(), Failure> {
        self.write(method, channel)?;
        match self.answer()? {
            Reply::Other(name) if name == answer => Ok(()),
            _ => Err(nonsense().into()),
        }
    }

    fn write(&mut self, method: &Method, channel: u16) -> io::Result<()> {
        let mut out = Vec::new();
        method.push(&mut out, channel);
        self.say(&out)
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)?;
        self.socket.flush()
    }

    /// The answer to what was asked.
    fn answer(&mut self) -> Result<Reply, Failure> {
        match self.reply()? {
            Reply::Refused(refusal) => Err(Failure::Refused(refusal)),
            reply => Ok(reply),
        }
    }

    /// The next method that answers something.
    fn reply(&mut self) -> io::Result<Reply> {
        loop {
            if let Some(reply) = self.next()? {
                return Ok(reply);
            }
        }
    }

    /// Reads a frame; what it answers, if it does: heartbeats and the contents of messages that come back say
    /// nothing, and whether the broker is blocked is noted.
    fn next(&mut self) -> io::Result<Option<Reply>> {
        let frame = Frame::read(&mut self.socket, &mut self.in_step)?;
        if frame.kind != METHOD {
            return Ok(None);
        }
        self.blocked = match Reply::parse(&frame.payload)? {
            Reply::Blocked(why) => Some(Blocked::new(why)),
            Reply::Unblocked => None,
            reply => return Ok(Some(reply)),
        };
        Ok(None)
    }
}

impl Drop for Session {
    /// Takes leave, or the broker would warn of a client that vanished.
    fn drop(&mut self) {
        if !matches!(self.state, State::Idle | State::Owed) {
            return;
        }
        self.socket.until(deadline(MOMENT));
        let close = Method::new(name::CLOSE).u16(200).short("").u16(0).u16(0);
        if self.write(&close, 0).is_err() || self.blocked.is_some() {
            return;
        }
        // Who hangs up before it has answered has vanished, too.
        while let Ok(reply) = self.reply() {
            if matches!(reply, Reply::Other(name::CLOSE_OK)) {
                return;
            }
        }
    }
}

fn start_ok(endpoint: &Endpoint) -> Method {
    let capabilities = Table::default()
        // A broker would otherwise hang up on a wrong password without a word.
        .yes("authentication_failure_close")
        .yes("publisher_confirms")
        .yes("connection.blocked");
    let about = Table::default()
        .text("product", "tracer-zipkin")
        .text("version", env!("CARGO_PKG_VERSION"))
        .table("capabilities", &capabilities);
    let response = match &endpoint.login {
        Login::Plain { user, password } => format!("\0{user}\0{password}"),
        Login::External => String::new(),
    };
    Method::new(name::START_OK)
        .long(about.bytes())
        .short(endpoint.login.mechanism())
        .long(response.as_bytes())
        .short("en_US")
}

/// A publication: method, header, and the list in frames of at most `room` bytes.
fn message(queue: &str, media_type: &str, list: &[u8], room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() + list.len() / room.max(1) * OVERHEAD + 256);
    // The default exchange, which knows every queue by its name.
    let publish = Method::new(name::PUBLISH).u16(0).short("").short(queue);
    publish.u8(MANDATORY).push(&mut out, CHANNEL);
    let (class, _) = name::PUBLISH;
    let header = Method::new((class, 0)).u64(list.len() as u64);
    let header = header.u16(PROPERTIES).short(media_type).u8(PERSISTENT);
    frame::push(&mut out, HEADER, CHANNEL, header.bytes());
    for part in list.chunks(room.max(1)) {
        frame::push(&mut out, BODY, CHANNEL, part);
    }
    out
}
