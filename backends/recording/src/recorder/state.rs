//! What a recorder collects. Its buffers are kept when the recorder is used again.

use std::net::IpAddr;

use tracer_core::{Endpoint, Error, Name, Reference, Tag, conventions};

use crate::fields::{self, FieldList, Fields, LogList, Logs};
use crate::finished::ErrorView;
use crate::limits::SpanLimits;

/// Buffers that one unusual span has blown up are not kept.
const KEPT_CAPACITY: usize = 8 * 1024;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) done: bool,
    pub(crate) name: String,
    pub(crate) references: Vec<Reference>,
    pub(crate) left_out: u32,
    tags: FieldList,
    tag_count: usize,
    /// At the limit each key stands once; this many of them are not the layer's own.
    counted: Option<usize>,
    /// The name was said after the start.
    pub(crate) named: bool,
    logs: LogList,
    failed: bool,
    error: String,
    error_kind: usize,
    error_has_message: bool,
    remote_service: String,
    remote_host: String,
    remote_ip: Option<IpAddr>,
    remote_port: Option<u16>,
}

impl State {
    #[inline]
    pub(crate) fn set_name(&mut self, name: Name<'_>, limits: &SpanLimits) {
        self.name.clear();
        match name {
            Name::Text(text) => self.name.push_str(fields::cut(text, limits.value_bytes)),
            Name::Route { method, route } => {
                self.name.push_str(method);
                self.name.push(' ');
                self.name.push_str(fields::cut(route, limits.value_bytes));
            }
        }
    }

    #[inline(always)]
    pub(crate) fn set_tag(&mut self, tag: &Tag<'_>, limits: &SpanLimits) {
        if self.tag_count < limits.tags {
            self.tags.push(tag, limits.value_bytes);
            self.tag_count += 1;
        } else {
            self.set_tag_at_limit(tag, limits);
        }
    }

    /// At the limit it matters which tags are doubles and which are the layer's own.
    fn set_tag_at_limit(&mut self, tag: &Tag<'_>, limits: &SpanLimits) {
        let counted = match self.counted {
            Some(counted) => counted,
            None => self.keep_once(limits),
        };
        let stands = self.tags.view().get(tag.key).is_some();
        let counts = !stands && !conventions::is_known(tag.key);
        if counts && counted >= limits.tags {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        if stands {
            let all = self.tags.view().iter();
            self.tags = listed(all.filter(|old| old.key != tag.key), limits);
        }
        self.counted = Some(counted + usize::from(counts));
        self.tags.push(tag, limits.value_bytes);
    }

    /// Keeps the last value of each key; returns how many of the keys are not the layer's own.
    fn keep_once(&mut self, limits: &SpanLimits) -> usize {
        self.tags = listed(self.tags.view().iter(), limits);
        let all = self.tags.view().iter();
        all.filter(|tag| !conventions::is_known(tag.key)).count()
    }

    pub(crate) fn log(&mut self, time: u64, log: &[Tag<'_>], limits: &SpanLimits) {
        if self.logs.len() >= limits.logs {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let fields = log.iter().take(limits.tags).copied();
        self.logs.push(time, fields, limits.value_bytes);
        let over = log.len().saturating_sub(limits.tags) as u32;
        self.left_out = self.left_out.saturating_add(over);
    }

    pub(crate) fn set_error(&mut self, error: Option<Error<'_>>, limits: &SpanLimits) {
        self.error.clear();
        self.failed = error.is_some();
        if let Some(error) = error {
            self.error
                .push_str(fields::cut(error.kind, limits.value_bytes));
            self.error_kind = self.error.len();
            self.error_has_message = error.message.is_some();
            if let Some(message) = error.message {
                fields::print(&mut self.error, message, limits.value_bytes);
            }
        }
    }

    pub(crate) const fn has_error(&self) -> bool {
        self.failed
    }

    pub(crate) fn set_remote(&mut self, peer: Endpoint<'_>, limits: &SpanLimits) {
        for (text, slot) in [
            (peer.service, &mut self.remote_service),
            (peer.host, &mut self.remote_host),
        ] {
            if let Some(text) = text {
                slot.clear();
                slot.push_str(fields::cut(text, limits.value_bytes));
            }
        }
        self.remote_ip = peer.ip.or(self.remote_ip);
        self.remote_port = peer.port.or(self.remote_port);
    }

    pub(crate) fn refer(&mut self, references: &[Reference], limits: &SpanLimits) {
        let room = limits.references.saturating_sub(self.references.len());
        self.references
            .extend(references.iter().take(room).cloned());
        let over = references.len().saturating_sub(room) as u32;
        self.left_out = self.left_out.saturating_add(over);
    }

    pub(crate) fn tags(&self) -> Fields<'_> {
        self.tags.view()
    }

    pub(crate) fn logs(&self) -> Logs<'_> {
        self.logs.view()
    }

    pub(crate) fn error(&self) -> Option<ErrorView<'_>> {
        if !self.failed {
            return None;
        }
        let (kind, message) = self.error.split_at_checked(self.error_kind)?;
        Some(ErrorView {
            kind,
            message: self.error_has_message.then_some(message),
        })
    }

    pub(crate) fn remote(&self) -> Endpoint<'_> {
        fn known(text: &str) -> Option<&str> {
            Some(text).filter(|text| !text.is_empty())
        }
        Endpoint {
            service: known(&self.remote_service),
            host: known(&self.remote_host),
            ip: self.remote_ip,
            port: self.remote_port,
        }
    }

    /// Empties everything for the next span.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.tags.clear(KEPT_CAPACITY);
        self.logs.clear(KEPT_CAPACITY);
        for text in [
            &mut self.name,
            &mut self.error,
            &mut self.remote_service,
            &mut self.remote_host,
        ] {
            text.clear();
            text.shrink_to(KEPT_CAPACITY);
        }
        self.references.clear();
        self.references.shrink_to(8);
        self.done = false;
        self.left_out = 0;
        self.tag_count = 0;
        self.counted = None;
        self.named = false;
        self.failed = false;
        self.error_has_message = false;
        self.error_kind = 0;
        self.remote_ip = None;
        self.remote_port = None;
    }
}

fn listed<'t>(tags: impl Iterator<Item = Tag<'t>>, limits: &SpanLimits) -> FieldList {
    let mut list = FieldList::default();
    tags.for_each(|tag| list.push(&tag, limits.value_bytes));
    list
}
