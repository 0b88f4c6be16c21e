//! Signing in (KIP-43 and KIP-152).

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use tracer_recording::Delivery;

use super::answer::{Authenticated, chosen};
use super::endpoint::{Mechanism, User};
use super::judge::judge;
use super::retry;
use super::wire::{Failure, ask};
use crate::net::Socket;

/// From this version on the answer to the hand-shake says that signing in is a request of its own.
const HANDSHAKE: i16 = 1;
const AUTHENTICATE: i16 = 0;

/// Signs in on a new connection. A broker that says no is not asked again with the same list: it would
/// say the same.
pub(super) fn sign_in(socket: &mut Socket, user: &User) -> Result<(), Delivery> {
    let mechanism = StrBytes::from_static_str(user.mechanism.name());
    let request = SaslHandshakeRequest::default().with_mechanism(mechanism);
    let code = ask(socket, (ApiKey::SaslHandshake, HANDSHAKE, &request), chosen).map_err(lost)?;
    verdict(code, None, user)?;
    match user.mechanism {
        // RFC 4616.
        Mechanism::Plain => {
            let secret = format!("\0{}\0{}", user.name, user.password);
            say(socket, user, secret).map(|_| ())
        }
        #[cfg(feature = "tls")]
        Mechanism::ScramSha256 => prove(socket, user, super::scram::Hash::sha256()),
        #[cfg(feature = "tls")]
        Mechanism::ScramSha512 => prove(socket, user, super::scram::Hash::sha512()),
        // No URL asks for them.
        #[cfg(not(feature = "tls"))]
        Mechanism::ScramSha256 | Mechanism::ScramSha512 => Err(refused("no SCRAM")),
    }
}

#[cfg(feature = "tls")]
fn prove(socket: &mut Socket, user: &User, hash: super::scram::Hash) -> Result<(), Delivery> {
    let first = super::scram::First::new(&user.name);
    let first = first.ok_or_else(|| refused("the system has no random numbers"))?;
    let challenge = say(socket, user, first.message())?;
    let challenge = String::from_utf8_lossy(&challenge);
    let last = first.answer(&challenge, &user.password, hash);
    let mut last = last.ok_or_else(|| refused("a challenge that makes no sense"))?;
    let answer = say(socket, user, std::mem::take(&mut last.message))?;
    match last.is_proved_by(&String::from_utf8_lossy(&answer)) {
        true => Ok(()),
        false => Err(refused("the broker does not know the password")),
    }
}

/// Says something, and gives what the broker says to that.
fn say(socket: &mut Socket, user: &User, text: String) -> Result<Vec<u8>, Delivery> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(text));
    let request = (ApiKey::SaslAuthenticate, AUTHENTICATE, &request);
    let answer = ask(socket, request, Authenticated::read).map_err(lost)?;
    verdict(answer.error, answer.message, user)?;
    Ok(answer.bytes)
}

fn lost(failure: Failure) -> Delivery {
    retry(failure.into_error().to_string())
}

fn refused(why: &str) -> Delivery {
    Delivery::Rejected {
        reason: format!("Kafka: {why}"),
    }
}

fn verdict(code: u16, message: Option<String>, user: &User) -> Result<(), Delivery> {
    let mut delivery = judge(code as i16, 0);
    // Brokers do not repeat passwords, but nobody has promised it.
    let message = message.filter(|message| !message.contains(&*user.password));
    match &mut delivery {
        Delivery::Sent { .. } => return Ok(()),
        Delivery::Retry { reason, .. } | Delivery::Rejected { reason } => {
            if let Some(message) = message {
                *reason = format!("{reason}: {message}");
            }
        }
        _ => {}
    }
    Err(delivery)
}
