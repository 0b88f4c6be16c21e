//! What a recorder collects. Its buffers are kept when the recorder is used again.

use tracer_core::conventions::is_known;
use tracer_core::{Endpoint, Error, Kind, Name, Operation, Reference, SpanContext, Tag};

use crate::fields::{self, FieldList, Piece};
use crate::finished::OwnedEndpoint;
use crate::limits::SpanLimits;
use crate::message::{ERROR, End, Head, MESSAGE, NAMED, Recorded, Sizes, Text};
use crate::rare::Rare;

/// Buffers that one unusual span has blown up are not kept.
const KEPT_CAPACITY: usize = 8 * 1024;
/// The same where many recorders wait together.
const STORED_CAPACITY: usize = 1024;
/// Bytes of texts that were replaced, before they are swept out; and they must be such a part of all, or
/// long texts that follow each other have all others copied each time.
const LITTER: usize = 4 * 1024;
const LITTER_PART: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) done: bool,
    /// The name was said after the start.
    pub(crate) named: bool,
    pub(super) head: Head,
    /// The tags, and all texts: first those of the tracer, which stay when the recorder is used
    /// again.
    list: FieldList,
    kept: usize,
    /// Bytes of texts that count no more.
    litter: usize,
    tag_count: usize,
    /// At the limit each key stands once; this many of them are not the layer's own.
    counted: Option<usize>,
    left_out: u32,
    /// Once there was any.
    rare: Option<Box<Rare>>,
}

impl State {
    /// A state for spans of this service.
    pub(super) fn new(local: &OwnedEndpoint) -> Self {
        let mut state = Self::default();
        for (name, text) in [
            (Text::LocalService, &local.service),
            (Text::LocalHost, &local.host),
        ] {
            if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
                let piece = state.list.add_text(text);
                state.head.set_text(name, piece);
                state.kept += text.len();
            }
        }
        if let Some(ip) = local.ip {
            state.head.set_ip(End::Local, ip);
        }
        if let Some(port) = local.port {
            state.head.set_port(End::Local, port);
        }
        state
    }

    /// Gives the span the name and the tags of this operation, and says if it could: nothing may have
    /// been said before, and no text may be too long.
    #[inline]
    pub(crate) fn set_operation(
        &mut self,
        operation: &'static Operation,
        limits: &SpanLimits,
    ) -> bool {
        let fits = operation.longest() <= limits.value_bytes && self.tag_count == 0;
        if fits {
            self.list.set_operation(Some(operation));
        }
        fits
    }

    #[inline(always)]
    pub(crate) fn set_name(&mut self, name: Name<'_>, limits: &SpanLimits) {
        let max = limits.value_bytes;
        let name = match name {
            Name::Text(text) => self.list.add_text(fields::cut_name(text, max)),
            Name::Route { method, route } => {
                self.list
                    .add_parts([method, " ", fields::cut_name(route, max)])
            }
        };
        self.head.flag(NAMED, true);
        self.place(Text::Name, name);
    }

    /// A text that it replaces stays behind until there are too many of them.
    #[inline]
    fn place(&mut self, text: Text, piece: Piece) {
        let old = self.head.set_text(text, piece);
        self.litter += old.len as usize;
        self.sweep_if_worth_it();
    }

    #[inline]
    fn sweep_if_worth_it(&mut self) {
        if self.litter > LITTER && self.litter > self.list.bytes().len() / LITTER_PART {
            self.sweep();
        }
    }

    /// Writes everything anew that still counts: the last value of each key.
    #[cold]
    fn sweep(&mut self) {
        let old = std::mem::take(&mut self.list);
        for text in Text::ALL {
            let piece = self.head.piece(text);
            if piece.len > 0 {
                let piece = self.list.add_text(old.text(piece));
                self.head.set_text(text, piece);
            }
        }
        self.list.set_operation(old.operation());
        for tag in old.view().own().iter() {
            self.list.push(&tag, usize::MAX);
        }
        self.litter = 0;
    }

    #[inline]
    pub(crate) fn set_tags(&mut self, tags: &[Tag<'_>], limits: &SpanLimits) {
        if self.tag_count + tags.len() <= limits.tags {
            self.list.extend(tags, limits.value_bytes);
            self.tag_count += tags.len();
        } else {
            self.set_tags_at_limit(tags, limits);
        }
    }

    #[cold]
    fn set_tags_at_limit(&mut self, tags: &[Tag<'_>], limits: &SpanLimits) {
        for tag in tags {
            if self.tag_count < limits.tags {
                self.list.push(tag, limits.value_bytes);
                self.tag_count += 1;
            } else {
                self.set_tag_at_limit(tag, limits);
            }
        }
    }

    /// At the limit it matters which tags are doubles and which are the layer's own.
    fn set_tag_at_limit(&mut self, tag: &Tag<'_>, limits: &SpanLimits) {
        let counted = match self.counted {
            Some(counted) => counted,
            None => self.keep_once(),
        };
        let stands = self.list.has(tag.key);
        let counts = !stands && !is_known(tag.key.as_str());
        if counts && counted >= limits.tags {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        if stands {
            self.litter += self.list.remove(tag.key);
        }
        self.counted = Some(counted + usize::from(counts));
        self.list.push(tag, limits.value_bytes);
        self.sweep_if_worth_it();
    }

    /// Keeps the last value of each key; returns how many of the keys are not the layer's own. That is
    /// remembered here, as a tag that is left out changes nothing: for each one anew, it would cost as
    /// much as all tags together.
    fn keep_once(&mut self) -> usize {
        self.sweep();
        let all = self.list.view().own().iter();
        let counted = all.filter(|tag| !is_known(tag.key.as_str())).count();
        self.counted = Some(counted);
        counted
    }

    pub(crate) fn log(&mut self, time: u64, log: &[Tag<'_>], limits: &SpanLimits) {
        let over = self.rare.get_or_insert_default().log(time, log, limits);
        self.left_out = self.left_out.saturating_add(over as u32);
    }

    pub(crate) fn set_error(&mut self, error: Option<Error<'_>>, limits: &SpanLimits) {
        let max = limits.value_bytes;
        let message = error.and_then(|error| error.message);
        self.head.flag(ERROR, error.is_some());
        self.head.flag(MESSAGE, message.is_some());
        let kind = error.map_or(Piece::default(), |error| {
            self.list.add_text(fields::cut(error.kind, max))
        });
        // Each in its place before the next is added: a sweep moves what has one.
        self.place(Text::Error, kind);
        let message = message.map_or(Piece::default(), |message| {
            self.list.add_printed(message, max)
        });
        self.place(Text::Message, message);
    }

    pub(crate) const fn has_error(&self) -> bool {
        self.head.has(ERROR)
    }

    #[inline]
    pub(crate) fn set_remote(&mut self, peer: Endpoint<'_>, limits: &SpanLimits) {
        if let Some(ip) = peer.ip {
            self.head.set_ip(End::Remote, ip);
        }
        if let Some(port) = peer.port {
            self.head.set_port(End::Remote, port);
        }
        for (name, text) in [
            (Text::RemoteService, peer.service),
            (Text::RemoteHost, peer.host),
        ] {
            match text {
                None => {}
                // As good as not known.
                Some("") => {
                    let old = self.head.forget_text(name);
                    self.litter += old.len as usize;
                }
                Some(text) => {
                    let text = fields::cut_name(text, limits.value_bytes);
                    let piece = self.list.add_text(text);
                    self.place(name, piece);
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn refer(&mut self, references: &[Reference], limits: &SpanLimits) {
        let rare = self.rare.get_or_insert_default();
        let over = rare.refer(references, limits);
        self.left_out = self.left_out.saturating_add(over as u32);
    }

    /// Nothing more will be said: a view of it all.
    #[inline]
    pub(super) fn close<'a>(
        &'a mut self,
        context: &'a SpanContext,
        kind: Kind,
        times: [u64; 2],
        request: u64,
    ) -> Recorded<'a> {
        let mut sizes = Sizes {
            left_out: self.left_out,
            texts: self.list.bytes().len(),
            tags: self.list.len(),
            log_texts: 0,
            logs: 0,
            log_fields: 0,
            references: 0,
        };
        let rare = self.rare.as_deref().filter(|rare| !rare.is_empty());
        if let Some(rare) = rare {
            (sizes.logs, sizes.references) = (rare.logs.len(), rare.references.len());
            (sizes.log_texts, sizes.log_fields) = rare.logs.sizes();
        }
        let operation = self.list.operation();
        self.head
            .close(kind, context.sampling(), times, operation, &sizes);
        Recorded {
            context,
            head: &self.head,
            list: &self.list,
            rare,
            request,
        }
    }

    /// Empties everything for the next span of the same tracer.
    #[inline(always)]
    pub(crate) fn reset(&mut self) {
        self.rest();
        self.head.reset();
        self.done = false;
        self.named = false;
        self.left_out = 0;
        self.litter = 0;
        self.tag_count = 0;
        self.counted = None;
    }

    /// Gives back what an unusual span has taken.
    #[inline(always)]
    pub(super) fn rest(&mut self) {
        if self.rare.is_some() {
            self.clear_rare(KEPT_CAPACITY);
        }
        self.list.clear(self.kept, KEPT_CAPACITY);
    }

    /// Keeps no more room than usual spans need.
    pub(super) fn trim(&mut self) {
        self.clear_rare(STORED_CAPACITY);
        self.list.clear(self.kept, STORED_CAPACITY);
    }

    /// Keeps room for so many bytes of it.
    #[cold]
    #[inline(never)]
    fn clear_rare(&mut self, kept: usize) {
        if let Some(rare) = &mut self.rare {
            rare.clear(kept);
        }
    }
}

#[cfg(test)]
mod tests;
