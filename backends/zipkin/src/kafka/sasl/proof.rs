//! Signing in with a password that does not travel.

use super::{Authenticated, Digest, Problem, Socket, User, refused, say};
use crate::kafka::scram::{First, Hash};

/// Proves to know the password, and has the broker prove it, too.
pub(super) fn prove(
    socket: &mut Socket,
    user: &User,
    digest: Digest,
) -> Result<Authenticated, Problem> {
    let hash = match digest {
        Digest::Sha256 => Hash::sha256(),
        Digest::Sha512 => Hash::sha512(),
    };
    let first = First::new(&user.name);
    let first = first.ok_or_else(|| refused("the system has no random numbers"))?;
    let challenge = say(socket, user, first.message())?;
    let challenge = String::from_utf8_lossy(&challenge.bytes);
    let last = first.answer(&challenge, &user.password, hash);
    let mut last = last.ok_or_else(|| refused("a challenge that makes no sense"))?;
    let answer = say(socket, user, std::mem::take(&mut last.message))?;
    match last.is_proved_by(&String::from_utf8_lossy(&answer.bytes)) {
        true => Ok(answer),
        false => Err(refused("the broker does not know the password")),
    }
}
