//! What a call does with what it is told.

use std::fmt;
use std::num::NonZeroU16;

use super::ending::Ending;
use super::exchange::{EXPLAINED, ROUTED, Role};
use super::failure::Failure;
use super::method::Method;
use super::payload::Payload;
use super::policy::Side;
use super::redact::clean_message;
use super::settings::RecordedHeader;
use super::view::ResponseView;
use crate::carrier::Extract;
use crate::conventions::keys;
use crate::frame::Frame;
use crate::percent;
use crate::rpc::{Code, begins_as_grpc};
use crate::tag::{Error, Name, Tag};

const SHORT: &str = "the body ended before its size";

/// The frame of a call.
impl Frame {
    /// True if something of what is still said would be recorded.
    #[inline]
    pub(super) const fn listens(&self) -> bool {
        !matches!(self.exchange.role, Role::Idle)
    }

    /// False if this is known to be a request with another [`mark`](super::exchange::mark). Who opened the
    /// span by hand said nothing of a path.
    pub(super) const fn may_be(&self, mark: u32) -> bool {
        !self.listens() || self.mark == mark
    }

    pub(super) const fn is_rpc(&self) -> bool {
        matches!(self.exchange.payload, Payload::Rpc { .. })
    }

    pub(super) fn route(&mut self, route: &str) {
        if !self.is_rpc() {
            self.exchange.flags |= ROUTED;
            let method = self.exchange.method.name();
            self.span.set_late_name(Name::Route { method, route });
            self.span.set_tags(&[Tag::new(keys::HTTP_ROUTE, route)]);
        }
    }

    pub(super) fn response(&mut self, response: &ResponseView<'_>) {
        self.exchange.status = NonZeroU16::new(response.status);
        if let Some(settings) = &self.exchange.later {
            RecordedHeader::record(&settings.response_headers, response.headers, &self.span);
            if let Some(hook) = &settings.on_response {
                hook(response, &self.span);
            }
        }
        match &mut self.exchange.payload {
            Payload::Rpc { told, .. } => {
                *told = None;
                self.grpc_status(response.headers);
                // A proxy's page: who expects gRPC drops it unread, which is no cancellation.
                let is_page = || match self.exchange.side {
                    Side::Client => !begins_as_grpc(response.headers.get("content-type")),
                    Side::Server => false,
                };
                if self.exchange.code.is_none() && (response.status != 200 || is_page()) {
                    self.exchange.code = Some(Code::from_http_status(response.status));
                }
            }
            Payload::Http { left } => {
                if !response.body.ended {
                    *left = response.length();
                }
                self.name_unmatched(response);
            }
        }
        if !self.is_rpc() && self.is_upgrade() {
            self.end_as(Ending::Upgrade, None);
        } else if response.body.ended || (!self.is_rpc() && self.has_no_body()) {
            self.end_as(Ending::Complete, None);
        } else if self.is_to_end_at_headers() {
            self.end_as(Ending::AtHeaders, None);
        }
    }

    fn is_to_end_at_headers(&self) -> bool {
        let later = self.exchange.later.as_ref();
        self.at_headers || later.is_some_and(|settings| settings.end_at_headers)
    }

    fn name_unmatched(&self, response: &ResponseView<'_>) {
        let nothing_there = response.matched == Some(false) && response.status == 404;
        if nothing_there && self.exchange.role == Role::Owner && !self.exchange.is(ROUTED) {
            let method = self.exchange.method.name();
            let route = "not_found";
            self.span.set_late_name(Name::Route { method, route });
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.exchange.status.map(NonZeroU16::get)
    }

    fn is_upgrade(&self) -> bool {
        match self.status() {
            Some(101) => true,
            Some(200..300) => matches!(self.exchange.method, Method::Connect),
            _ => false,
        }
    }

    fn has_no_body(&self) -> bool {
        matches!(self.exchange.method, Method::Head) || matches!(self.status(), Some(204 | 304))
    }

    pub(super) fn data_ended(&mut self) {
        let may_be_trailed = self.is_rpc() && self.exchange.side == Side::Client;
        if !may_be_trailed {
            self.complete();
        }
    }

    pub(super) fn complete(&mut self) {
        // The transport breaks off there. A client's says so itself.
        if self.exchange.side == Side::Server && self.exchange.payload.is_short() {
            return self.fail(&Failure::new("BodyError", &SHORT));
        }
        self.end_as(Ending::Complete, None);
    }

    pub(super) fn trailers(&mut self, trailers: &dyn Extract) {
        if self.is_rpc() {
            self.grpc_status(trailers);
        }
        self.complete();
    }

    fn grpc_status(&mut self, headers: &dyn Extract) {
        let Some(status) = headers.get("grpc-status") else {
            return;
        };
        let code = Code::parse(status);
        self.exchange.code = Some(code);
        if code == Code::Ok {
            return;
        }
        let message = headers.get("grpc-message");
        if let Some(message) = message.filter(|text| !text.is_empty()) {
            self.exchange.flags |= EXPLAINED;
            if code.is_error(self.exchange.side) && !self.span.has_error() {
                // gRPC over HTTP/2, "Status-Message".
                let message = percent::decode(message);
                let message = clean_message(&message);
                self.span.set_error_as(Error::new(code.as_str(), &message));
            }
        }
    }

    pub(super) fn fail(&mut self, failure: &Failure<'_>) {
        self.exchange.code = failure.code.or(Some(Code::Unknown));
        let side = self.exchange.side;
        if self.is_rpc() && failure.code.is_some_and(|code| !code.is_error(side)) {
            return self.end_as(Ending::Complete, None);
        }
        // The transport will turn the error into a response with this status.
        if let Some(status) = failure.status {
            self.exchange.status = NonZeroU16::new(status);
            if !self.is_error_status() {
                return self.end_as(Ending::Complete, None);
            }
        }
        let message = failure.said();
        if message.is_some() {
            self.exchange.flags |= EXPLAINED;
        }
        let error = Error {
            kind: failure.kind,
            message: message.as_ref().map(|message| message as &dyn fmt::Display),
        };
        self.end_as(Ending::Failed, Some(error));
    }

    pub(super) fn cancel(&mut self) {
        let has_code = self.is_rpc() && self.exchange.code.is_some();
        let ending = if has_code || self.exchange.payload.is_sent() {
            Ending::Complete
        } else {
            Ending::Cancelled
        };
        self.end_as(ending, None);
    }
}
