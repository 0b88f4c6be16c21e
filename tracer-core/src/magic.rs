//! Tags that OpenTracing gives a meaning: they set a field instead.

use std::net::IpAddr;

use crate::guard::printed;
use crate::sampling::Sampling;
use crate::tag::{Endpoint, Kind, Tag, Value};

/// The tag that says there was an error, and the class of one of which no more is known.
pub(crate) const ERROR: &str = "error";

pub(crate) enum Field {
    Error(bool),
    /// The value is the error's message. It must not become a tag: a backend that counts every
    /// `error` tag as a failure would be right by chance only.
    Message,
    Kind(Kind),
    Priority(Sampling),
    Peer,
}

/// The field that a tag names; `None` for every ordinary tag, and for a value that does not fit.
pub(crate) fn field(tag: &Tag<'_>) -> Option<Field> {
    match tag.key.as_str() {
        ERROR => Some(match tag.value {
            Value::Bool(failed) => Field::Error(failed),
            Value::I64(number) => Field::Error(number != 0),
            Value::F64(number) => Field::Error(number != 0.0),
            Value::Str("" | "true") => Field::Error(true),
            Value::Str("false") => Field::Error(false),
            Value::Str(_) | Value::Display(_) => Field::Message,
        }),
        "span.kind" => match tag.value {
            Value::Str(kind) => Kind::parse(kind).map(Field::Kind),
            _ => None,
        },
        "sampling.priority" => is_positive(&tag.value).map(|positive| {
            Field::Priority(if positive {
                Sampling::Record
            } else {
                Sampling::Drop
            })
        }),
        "peer.service" | "peer.hostname" | "peer.ipv4" | "peer.ipv6" | "peer.port" => {
            Some(Field::Peer)
        }
        _ => None,
    }
}

fn is_positive(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::I64(number) => Some(*number > 0),
        Value::F64(number) => Some(*number > 0.0),
        Value::Bool(on) => Some(*on),
        Value::Str(text) => text.parse::<f64>().ok().map(|number| number > 0.0),
        Value::Display(_) => None,
    }
}

/// Calls `f` with the part of an endpoint that a `peer.*` tag names; false if the value is none.
pub(crate) fn peer(tag: &Tag<'_>, f: impl FnOnce(Endpoint<'_>)) -> bool {
    let mut peer = Endpoint::default();
    let text;
    let text = match tag.value {
        Value::Str(text) => text,
        other => {
            text = printed(&other).unwrap_or_default();
            &text
        }
    };
    match tag.key.as_str() {
        "peer.service" => peer.service = Some(text),
        "peer.hostname" => peer.host = Some(text),
        "peer.port" => peer.port = text.parse().ok(),
        _ => peer.ip = text.parse::<IpAddr>().ok().or_else(|| packed_ipv4(tag)),
    }
    let fits = !peer.is_empty();
    if fits {
        f(peer);
    }
    fits
}

/// OpenTracing also allows an IPv4 address as an integer.
fn packed_ipv4(tag: &Tag<'_>) -> Option<IpAddr> {
    match tag.value {
        Value::I64(packed) => u32::try_from(packed)
            .ok()
            .map(|bits| IpAddr::V4(bits.into())),
        _ => None,
    }
}
