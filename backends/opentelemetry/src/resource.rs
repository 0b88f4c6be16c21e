//! Who exports.

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use tracer_core::Endpoint;

const SERVICE_NAME: &str = "service.name";
/// The addresses of the host, without loopback.
const HOST_IP: &str = "host.ip";

/// What is known about the process beside the name of its service, which is each tracer's own.
///
/// Reads nothing from the environment. Adds `telemetry.sdk.*`.
///
/// ```
/// let known = tracer_opentelemetry::resource([("deployment.environment.name", "test")]);
/// assert!(known.iter().any(|(key, _)| key.as_str() == "telemetry.sdk.language"));
/// ```
pub fn resource<K: Into<Key>, V: Into<Value>>(
    attributes: impl IntoIterator<Item = (K, V)>,
) -> Resource {
    let own = [
        ("telemetry.sdk.name", "tracer"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    let own = own.map(|(key, value)| KeyValue::new(key, value));
    let given = attributes
        .into_iter()
        .map(|(key, value)| KeyValue::new(key, value));
    Resource::builder_empty()
        .with_attributes(own.into_iter().chain(given))
        .build()
}

/// So many services are kept in mind from batch to batch: more are tracers that come and go.
const KEPT: usize = 64;

/// The resource of each service seen so far.
pub(crate) struct Resources {
    base: Resource,
    known: Vec<(Local, Resource)>,
}

#[derive(PartialEq, Eq)]
struct Local {
    service: Option<String>,
    ip: Option<std::net::IpAddr>,
}

impl Local {
    fn is(&self, local: &Endpoint<'_>) -> bool {
        self.service.as_deref() == local.service && self.ip == local.ip
    }
}

impl Resources {
    pub(crate) fn new(base: Resource) -> Self {
        let known = Vec::new();
        Self { base, known }
    }

    /// The place of this endpoint's resource.
    pub(crate) fn index(&mut self, local: &Endpoint<'_>) -> usize {
        if let Some(index) = self.known.iter().position(|(known, _)| known.is(local)) {
            return index;
        }
        let resource = self.resource(local);
        let local = Local {
            service: local.service.map(str::to_owned),
            ip: local.ip,
        };
        self.known.push((local, resource));
        self.known.len() - 1
    }

    /// Forgets all if they are many; true if it did.
    pub(crate) fn tidy(&mut self) -> bool {
        let many = self.known.len() > KEPT;
        if many {
            self.known = Vec::new();
        }
        many
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Resource> {
        self.known.get(index).map(|(_, resource)| resource)
    }

    fn resource(&self, local: &Endpoint<'_>) -> Resource {
        let base = self.base.iter();
        let mut all: Vec<_> = base
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
            .collect();
        let ip = local.ip.map(|ip| ip.to_canonical());
        if let Some(ip) = ip.filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
            && self.base.get(&Key::from_static_str(HOST_IP)).is_none()
        {
            let list = Array::String(vec![StringValue::from(ip.to_string())]);
            all.push(KeyValue::new(HOST_IP, Value::Array(list)));
        }
        // What comes later counts.
        if let Some(service) = local.service {
            all.push(KeyValue::new(SERVICE_NAME, service.to_owned()));
        }
        let builder = Resource::builder_empty();
        match self.base.schema_url() {
            Some(url) => builder.with_schema_url(all, url.to_owned()),
            None => builder.with_attributes(all),
        }
        .build()
    }
}
