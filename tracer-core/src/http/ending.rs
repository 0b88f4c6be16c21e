//! How a call ends, and what its span is told then: all at once.

use std::num::NonZeroU16;

use super::exchange::{EXPLAINED, KNOWN, Role};
use super::failure::{Failure, StatusText};
use super::methods::Candidate;
use super::payload::Payload;
use super::policy::{ErrorPolicy, Side};
use super::tag_list::TagList;
use crate::conventions::{self as tags, keys};
use crate::frame::Frame;
use crate::rpc::{self, Code, Deadline, MessageCounter};
use crate::tag::{End, Error, Tag};

/// How a call ends, beside its statuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    AtHeaders,
    Upgrade,
    Cancelled,
    Failed,
}

/// The frame of a call.
impl Frame {
    pub(super) fn is_error_status(&self) -> bool {
        self.status()
            .is_some_and(|status| match &self.exchange.later {
                Some(settings) => settings.errors.is_error(self.exchange.side, status),
                None => ErrorPolicy::by_side().is_error(self.exchange.side, status),
            })
    }

    pub(super) fn explain(&mut self, failure: &Failure<'_>) {
        if self.exchange.role != Role::Owner || self.span.has_error() {
            return;
        }
        let status = failure.status.and_then(NonZeroU16::new);
        let before = std::mem::replace(&mut self.exchange.status, status);
        if self.is_error_status() {
            let message = failure.said();
            self.span.set_error_as(Error {
                kind: failure.kind,
                message: message
                    .as_ref()
                    .map(|message| message as &dyn std::fmt::Display),
            });
        }
        self.exchange.status = before;
    }

    pub(super) fn end_as(&mut self, ending: Ending, error: Option<Error<'_>>) {
        match self.exchange.payload {
            Payload::Http { .. } => self.end_http(ending, error),
            Payload::Rpc {
                asked,
                told,
                messages,
                candidate,
            } => {
                if let (Some(candidate), Some(Code::Ok)) = (candidate, self.exchange.code) {
                    self.learn(candidate);
                }
                self.end_rpc(ending, error, [asked, told], messages, candidate);
            }
        }
        if self.exchange.role == Role::Guest {
            self.exchange.end();
        }
    }

    /// The method is there, so that its calls have an operation from now on.
    #[cold]
    fn learn(&self, candidate: Candidate) {
        let settings = self.exchange.later.as_ref();
        if let Some((settings, methods)) = settings.and_then(|it| Some((it, it.methods()?))) {
            let _ = methods.learn(candidate, &settings.component);
        }
    }

    fn end_http(&mut self, ending: Ending, error: Option<Error<'_>>) {
        let status = self.status().filter(|_| self.is_error_status());
        let text = status.map(StatusText::new);
        let by_status = text.as_ref().map(StatusText::as_str);
        let mut list = TagList::<2>::default();
        if let Some(status) = self.status() {
            list.push(Tag::new(keys::HTTP_STATUS_CODE, status));
        }
        if ending == Ending::Upgrade {
            list.push(Tag::new(keys::HTTP_UPGRADE, true));
        }
        self.close(ending, &mut list, error, by_status);
    }

    fn end_rpc(
        &mut self,
        ending: Ending,
        error: Option<Error<'_>>,
        deadlines: [Option<Deadline>; 2],
        messages: MessageCounter,
        candidate: Option<Candidate>,
    ) {
        let code = match (self.exchange.code, ending) {
            (Some(code), _) => Some(code),
            (None, Ending::AtHeaders) => None,
            (None, Ending::Cancelled) if deadlines.into_iter().flatten().any(Deadline::is_over) => {
                Some(Code::DeadlineExceeded)
            }
            (None, Ending::Cancelled) => Some(Code::Cancelled),
            (None, _) => Some(self.status().map_or(Code::Unknown, Code::from_http_status)),
        };
        // A caller that gives its own call up did not fail.
        let given_up = ending == Ending::Cancelled && code == Some(Code::Cancelled);
        let failed = code.filter(|code| code.is_error(self.exchange.side) && !given_up);
        let settings;
        let mut list = TagList::<5>::default();
        if let Some(code) = code {
            list.push(Tag::new(keys::GRPC_STATUS_CODE, code.as_str()));
        }
        if let Some(count) = messages.count() {
            let key = match self.exchange.side {
                Side::Server => keys::GRPC_MESSAGES_SENT,
                Side::Client => keys::GRPC_MESSAGES_RECEIVED,
            };
            list.push(Tag::new(key, count));
        }
        let nobody = self.exchange.side == Side::Server && code == Some(Code::Unimplemented);
        if nobody && !self.exchange.is(KNOWN) && !self.exchange.is(EXPLAINED) {
            match self.exchange.role {
                Role::Owner => self.span.set_late_name(rpc::UNKNOWN_METHOD_NAME),
                _ => self.span.set_name(rpc::UNKNOWN_METHOD_NAME),
            }
            settings = self.exchange.later.clone();
            list.push(Tag::new(keys::RPC_METHOD, tags::OTHER));
            let methods = settings.as_ref().and_then(|it| it.methods());
            if let Some(asked) = candidate.and_then(|it| methods?.name(it)) {
                list.push(Tag::new(keys::RPC_METHOD_ORIGINAL, asked));
            }
        }
        self.close(ending, &mut list, error, failed.map(Code::as_str));
    }

    fn close<'t, const N: usize>(
        &mut self,
        ending: Ending,
        list: &mut TagList<'t, N>,
        error: Option<Error<'t>>,
        by_status: Option<&'t str>,
    ) {
        // The outer layer has the same HTTP status, and a policy of its own.
        let by_status = by_status.filter(|_| self.exchange.role == Role::Owner || self.is_rpc());
        // What a handler or the trailers said beats what a bare status says.
        let said = self.exchange.is(EXPLAINED) || (by_status.is_some() && self.span.has_error());
        let error = error.or(by_status.filter(|_| !said).map(Error::kind));
        match self.exchange.role {
            Role::Owner => {
                if ending == Ending::Cancelled {
                    list.push(Tag::new(keys::CANCELLED, true));
                }
                self.finish(End {
                    tags: list.as_slice(),
                    error,
                    at: None,
                });
            }
            Role::Guest => {
                if self.is_rpc() {
                    self.span.set_tags(list.as_slice());
                }
                if let (Some(error), false) = (error, self.span.has_error()) {
                    self.span.set_error_as(error);
                }
            }
            Role::Idle => {}
        }
    }
}
