//! Tags that OpenTracing gives a meaning: they set a field instead.

use std::net::IpAddr;

use crate::context::Sampling;
use crate::tag::{Endpoint, Kind, Tag, Value};

pub(crate) enum Field {
    Error(bool),
    Kind(Kind),
    Priority(Sampling),
    Peer,
}

/// The field that a tag names; `None` for every ordinary tag, and for a value that does not fit.
pub(crate) fn field(tag: &Tag<'_>) -> Option<Field> {
    match tag.key {
        "error" => match tag.value {
            Value::Bool(failed) => Some(Field::Error(failed)),
            Value::Str("true") => Some(Field::Error(true)),
            Value::Str("false") => Some(Field::Error(false)),
            _ => None,
        },
        "span.kind" => match tag.value {
            Value::Str(kind) => Kind::parse(kind).map(Field::Kind),
            _ => None,
        },
        "sampling.priority" => number(tag).map(|priority| {
            Field::Priority(if priority > 0 {
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

fn number(tag: &Tag<'_>) -> Option<i64> {
    match tag.value {
        Value::I64(number) => Some(number),
        Value::F64(number) => Some(number as i64),
        Value::Bool(on) => Some(i64::from(on)),
        Value::Str(text) => text.parse().ok(),
        Value::Display(_) => None,
    }
}

/// Calls `f` with the part of an endpoint that a `peer.*` tag names.
pub(crate) fn peer(tag: &Tag<'_>, f: impl FnOnce(Endpoint<'_>)) {
    let mut peer = Endpoint::default();
    let printed;
    let text = match tag.value {
        Value::Str(text) => text,
        other => {
            printed = other.to_string();
            &printed
        }
    };
    match tag.key {
        "peer.service" => peer.service = Some(text),
        "peer.hostname" => peer.host = Some(text),
        "peer.port" => peer.port = number(tag).and_then(|port| u16::try_from(port).ok()),
        _ => peer.ip = text.parse::<IpAddr>().ok().or_else(|| packed_ipv4(tag)),
    }
    f(peer);
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
