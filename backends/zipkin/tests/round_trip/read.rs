//! The two independent readers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use crate::messages::{self, Kind};
use crate::model::{Model, Side};

/// Reads one span; every member must be one that the model knows.
pub(crate) fn json(json: &[u8]) -> Model {
    let mut model = Model::default();
    let Value::Object(members) = serde_json::from_slice(json).unwrap() else {
        panic!("no object");
    };
    for (key, value) in &members {
        match key.as_str() {
            "traceId" => model.trace_id = text(value),
            "parentId" => model.parent_id = Some(text(value)),
            "id" => model.id = text(value),
            "kind" => model.kind = Some(text(value)),
            "name" => model.name = Some(text(value)),
            "timestamp" => model.timestamp = value.as_u64(),
            "duration" => model.duration = value.as_u64(),
            "localEndpoint" => model.local = Some(json_side(value)),
            "remoteEndpoint" => model.remote = Some(json_side(value)),
            "annotations" => {
                let list = value.as_array().unwrap().iter();
                model.annotations = list
                    .map(|one| (one["timestamp"].as_u64().unwrap(), text(&one["value"])))
                    .collect();
            }
            "tags" => {
                let object = value.as_object().unwrap().iter();
                model.tags = object.map(|(key, tag)| (key.clone(), text(tag))).collect();
            }
            "debug" => model.debug = value.as_bool().unwrap(),
            "shared" => model.shared = value.as_bool().unwrap(),
            other => panic!("unknown member {other}"),
        }
    }
    model
}

fn json_side(value: &Value) -> Side {
    let mut side = Side::default();
    for (key, value) in value.as_object().unwrap() {
        match key.as_str() {
            "serviceName" => side.name = Some(text(value)),
            "ipv4" => side.ip = Some(text(value).parse::<Ipv4Addr>().unwrap().into()),
            "ipv6" => side.ip = Some(text(value).parse::<Ipv6Addr>().unwrap().into()),
            "port" => side.port = Some(value.as_u64().unwrap().try_into().unwrap()),
            other => panic!("unknown member {other}"),
        }
    }
    side
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Reads a list of one span, which must be written in order and as short as it can be.
pub(crate) fn proto3(list: &[u8]) -> Model {
    let [span] = <[messages::Span; 1]>::try_from(messages::decode(list)).unwrap();
    let count = span.tags.len();
    let model = Model {
        trace_id: hex(&span.trace_id.unwrap()),
        parent_id: span.parent_id.as_deref().map(hex),
        id: hex(&span.id.unwrap()),
        kind: span.kind.map(|kind| {
            let kind = Kind::try_from(kind).unwrap();
            format!("{kind:?}").to_uppercase()
        }),
        name: span.name,
        timestamp: span.timestamp,
        duration: span.duration,
        local: span.local_endpoint.map(proto3_side),
        remote: span.remote_endpoint.map(proto3_side),
        annotations: span
            .annotations
            .into_iter()
            .map(|one| (one.timestamp.unwrap_or_default(), one.value.unwrap()))
            .collect(),
        tags: span
            .tags
            .into_iter()
            .map(|tag| (tag.key.unwrap(), tag.value.unwrap()))
            .collect(),
        debug: span.debug.unwrap_or_default(),
        shared: span.shared.unwrap_or_default(),
    };
    assert_eq!(model.tags.len(), count, "a tag stands twice");
    model
}

fn proto3_side(endpoint: messages::Endpoint) -> Side {
    let v4 = |ip: Vec<u8>| IpAddr::from(<[u8; 4]>::try_from(ip).unwrap());
    let v6 = |ip: Vec<u8>| IpAddr::from(<[u8; 16]>::try_from(ip).unwrap());
    Side {
        name: endpoint.service_name,
        ip: endpoint.ipv4.map(v4).or(endpoint.ipv6.map(v6)),
        port: endpoint.port.map(|port| port.try_into().unwrap()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
