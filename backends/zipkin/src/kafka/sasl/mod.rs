//! Signing in (KIP-43 and KIP-152).

#[cfg_attr(feature = "tls", path = "proof.rs")]
#[cfg_attr(not(feature = "tls"), path = "no_proof.rs")]
mod proof;

use std::io;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use tracer_recording::Delivery;

use super::answer::{Authenticated, Chosen};
use super::endpoint::{Digest, Mechanism, User};
use super::judge::judge;
use super::wire::{Failure, ask};
use crate::net::Socket;
use proof::prove;

/// From this version on the answer to the hand-shake says that signing in is a request of its own.
const HANDSHAKE: i16 = 1;
/// From this version on the answer says for how long it counts (KIP-368).
const AUTHENTICATE: i16 = 1;

/// Why nobody was let in.
pub(super) enum Problem {
    /// The connection failed.
    Lost(io::Error),
    /// The broker, or we, said no.
    Refused(Delivery),
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Lost(failure.into_error())
    }
}

/// Signs in on a new connection; for how long, if not for ever. A broker that says no is not asked again with
/// the same list: it would say the same.
pub(super) fn sign_in(socket: &mut Socket, user: &User) -> Result<Option<Duration>, Problem> {
    let mechanism = StrBytes::from_static_str(user.mechanism.name());
    let request = SaslHandshakeRequest::default().with_mechanism(mechanism);
    let request = (ApiKey::SaslHandshake, HANDSHAKE, &request);
    let answer = ask(socket, request, Chosen::read)?;
    let hint = match ResponseError::try_from_code(answer.error as i16) {
        Some(ResponseError::UnsupportedSaslMechanism) => Some(format!(
            "the broker takes {}; the URL may say ?sasl.mechanism=",
            answer.mechanisms
        )),
        Some(ResponseError::IllegalSaslState) => Some("nobody signs in at this port".to_owned()),
        _ => None,
    };
    verdict(answer.error, hint, user)?;
    let last = match user.mechanism {
        // RFC 4616.
        Mechanism::Plain => {
            let secret = format!("\0{}\0{}", user.name, user.password);
            say(socket, user, secret)
        }
        Mechanism::Scram(digest) => prove(socket, user, digest),
    }?;
    Ok((last.lifetime > 0).then(|| Duration::from_millis(last.lifetime)))
}

/// Says something, and gives what the broker says to that.
fn say(socket: &mut Socket, user: &User, text: String) -> Result<Authenticated, Problem> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(text));
    let request = (ApiKey::SaslAuthenticate, AUTHENTICATE, &request);
    let mut answer = ask(socket, request, Authenticated::read)?;
    verdict(answer.error, answer.message.take(), user)?;
    Ok(answer)
}

fn refused(why: &str) -> Problem {
    Problem::Refused(Delivery::Rejected {
        reason: format!("Kafka: {why}"),
    })
}

fn verdict(code: u16, message: Option<String>, user: &User) -> Result<(), Problem> {
    let mut delivery = judge(code as i16, 0);
    // Brokers do not repeat passwords, but nobody has promised it.
    let says = |message: &String| !message.is_empty() && !message.contains(&*user.password);
    let message = message.filter(says);
    match &mut delivery {
        Delivery::Sent { .. } => return Ok(()),
        Delivery::Retry { reason, .. } | Delivery::Rejected { reason } => {
            if let Some(message) = message {
                *reason = format!("{reason}: {message}");
            }
        }
        _ => {}
    }
    Err(Problem::Refused(delivery))
}
