//! Signing in (KIP-43 and KIP-152), with name and password as they are (PLAIN, RFC 4616).

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use tracer_recording::Delivery;

use super::answer::{Authenticated, chosen};
use super::endpoint::User;
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
    let lost = |failure: Failure| retry(failure.into_error().to_string());
    let mechanism = StrBytes::from_static_str("PLAIN");
    let request = SaslHandshakeRequest::default().with_mechanism(mechanism);
    let code = ask(socket, (ApiKey::SaslHandshake, HANDSHAKE, &request), chosen).map_err(lost)?;
    verdict(code, None, user)?;
    let secret = format!("\0{}\0{}", user.name, user.password);
    let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(secret));
    let request = (ApiKey::SaslAuthenticate, AUTHENTICATE, &request);
    let answer = ask(socket, request, Authenticated::read).map_err(lost)?;
    verdict(answer.error, answer.message, user)
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
