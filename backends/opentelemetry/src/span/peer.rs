//! Both sides of the call as attributes.

use std::borrow::Cow;

use tracer_core::conventions::keys;
use tracer_core::{Endpoint, Kind, Tag};
use tracer_recording::FinishedSpan;

use super::list::List;

/// The other side: the span's field, completed by tags that were not taken into it.
pub(super) struct Peer<'a> {
    service: Option<&'a str>,
    host: Option<Cow<'a, str>>,
    ip: Option<String>,
    port: Option<i64>,
}

impl<'a> Peer<'a> {
    pub(super) fn of(remote: Endpoint<'a>) -> Self {
        Self {
            service: remote.service,
            host: remote.host.map(Cow::Borrowed),
            ip: remote.ip.map(|ip| ip.to_string()),
            port: remote.port.map(i64::from),
        }
    }

    pub(super) fn add(&mut self, tag: &Tag<'_>) {
        let text = tag.value.to_string();
        match tag.key.known() {
            Some(keys::PEER_HOSTNAME) => {
                self.host.get_or_insert(Cow::Owned(text));
            }
            Some(keys::PEER_PORT) => self.port = self.port.or_else(|| text.parse().ok()),
            _ => {
                self.ip.get_or_insert(text);
            }
        }
    }

    pub(super) fn write(self, kind: Kind, list: &mut List) {
        list.put_new("service.peer.name", self.service.map(str::to_owned));
        let address = self.host.map(Cow::into_owned).or_else(|| self.ip.clone());
        if kind == Kind::Server {
            // Perhaps a proxy's word, so not the peer of the connection.
            list.put_new("client.address", address);
            list.put_new("client.port", self.port);
            return;
        }
        list.put_new("server.address", address);
        list.put_new("server.port", self.port);
        if self.ip.is_some() {
            list.put_new("network.peer.address", self.ip);
            list.put_new("network.peer.port", self.port);
        }
    }
}

/// Where a server took the request, if it was told (the opt-in attributes of HTTP servers).
pub(super) fn local(span: &FinishedSpan<'_>, list: &mut List) {
    if span.kind == Kind::Server {
        let address = span.local.ip.map(|ip| ip.to_string());
        list.put_new("network.local.address", address);
        list.put_new("network.local.port", span.local.port.map(i64::from));
    }
}
