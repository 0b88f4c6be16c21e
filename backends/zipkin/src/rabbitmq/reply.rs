//! What a broker says.

use std::io;

use super::frame::{long, nonsense, short};
use crate::net::Reader;

pub(super) type Name = (u16, u16);

pub(super) const START: Name = (10, 10);
pub(super) const START_OK: Name = (10, 11);
pub(super) const TUNE: Name = (10, 30);
pub(super) const TUNE_OK: Name = (10, 31);
pub(super) const OPEN: Name = (10, 40);
pub(super) const OPEN_OK: Name = (10, 41);
pub(super) const CLOSE: Name = (10, 50);
pub(super) const CLOSE_OK: Name = (10, 51);
const BLOCKED: Name = (10, 60);
const UNBLOCKED: Name = (10, 61);
pub(super) const CHANNEL_OPEN: Name = (20, 10);
pub(super) const CHANNEL_OPEN_OK: Name = (20, 11);
pub(super) const CHANNEL_CLOSE: Name = (20, 40);
pub(super) const DECLARE: Name = (50, 10);
pub(super) const DECLARE_OK: Name = (50, 11);
pub(super) const PUBLISH: Name = (60, 40);
pub(super) const RETURN: Name = (60, 50);
pub(super) const ACK: Name = (60, 80);
pub(super) const NACK: Name = (60, 120);
pub(super) const SELECT: Name = (85, 10);
pub(super) const SELECT_OK: Name = (85, 11);

/// A method that a broker has sent.
pub(super) enum Reply {
    /// It asks who is there, and takes these mechanisms.
    Start {
        mechanisms: String,
    },
    /// Its limits.
    Tune {
        frame_max: u32,
    },
    /// It has closed the channel or the connection, or does not know where the list is to go.
    Refused(Refusal),
    /// It is short of something and reads nothing for now.
    Blocked(String),
    Unblocked,
    /// Any other method.
    Other(Name),
}

/// Why a broker does not do what it was asked.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) what: Refused,
    pub(super) code: u16,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Connection,
    Channel,
    Message,
}

impl Reply {
    /// Reads a method's frame.
    pub(super) fn parse(payload: &[u8]) -> io::Result<Self> {
        read(&mut Reader(payload)).ok_or_else(nonsense)
    }
}

fn read(reader: &mut Reader<'_>) -> Option<Reply> {
    let name = (reader.u16()?, reader.u16()?);
    Some(match name {
        START => {
            // The version, and what the broker is.
            reader.u16()?;
            long(reader)?;
            let mechanisms = String::from_utf8_lossy(long(reader)?).into_owned();
            Reply::Start { mechanisms }
        }
        TUNE => {
            reader.u16()?;
            let frame_max = reader.u32()?;
            Reply::Tune { frame_max }
        }
        CLOSE => refused(Refused::Connection, reader)?,
        CHANNEL_CLOSE => refused(Refused::Channel, reader)?,
        RETURN => refused(Refused::Message, reader)?,
        BLOCKED => Reply::Blocked(short(reader)?),
        UNBLOCKED => Reply::Unblocked,
        other => Reply::Other(other),
    })
}

fn refused(what: Refused, reader: &mut Reader<'_>) -> Option<Reply> {
    Some(Reply::Refused(Refusal {
        what,
        code: reader.u16()?,
        text: short(reader)?,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_are_too_much(
            name in proptest::sample::select(vec![START, TUNE, CLOSE, RETURN, BLOCKED, ACK]),
            arguments in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let name = [name.0.to_be_bytes(), name.1.to_be_bytes()].concat();
            let _ = Reply::parse(&[name, arguments].concat());
        }
    }
}
