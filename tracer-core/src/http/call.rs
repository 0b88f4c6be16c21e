//! One request under way, from its headers to the end of its response.

use std::any::Any;
use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::ending::Ending;
use super::failure::Failure;
use super::method::Method;
use super::payload::Payload;
use super::policy::Side;
use super::redact::clean_message;
use super::settings::{RecordedHeader, Settings};
use super::view::ResponseView;
use crate::carrier::{Extract, Inject};
use crate::conventions::keys;
use crate::in_flight::{InFlight, PANIC, Scope, panic_text};
use crate::percent;
use crate::rpc::Code;
use crate::span::SpanRef;
use crate::tag::{Error, Name, Tag};

/// One request under way: owns its span and ends it exactly once.
///
/// An adapter keeps it in its future and then in the response's body. It [`enter`](Self::enter)s it
/// round every poll of the inner future and of the inner body and while either is dropped, says what
/// it sees, and calls one of the ends. The first end counts. Dropped before, it was cancelled; so
/// drop the inner body before the call.
pub struct Call {
    pub(super) flight: InFlight,
    pub(super) later: Option<Arc<Settings>>,
    pub(super) payload: Payload,
    pub(super) status: Option<NonZeroU16>,
    pub(super) method: Method,
    pub(super) side: Side,
    pub(super) role: Role,
    pub(super) flags: u8,
    pub(super) code: Option<Code>,
}

/// The call of a server layer.
pub type ServerCall = Call;
/// The call of a client layer.
pub type ClientCall = Call;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The span is ours.
    Owner,
    /// The span is an outer layer's: it gets what we know better.
    Guest,
    /// There is nothing to say.
    Idle,
}

/// A route is known.
pub(super) const ROUTED: u8 = 1;
/// The gRPC method is one that the layer was told of.
pub(super) const KNOWN: u8 = 2;
/// The request may carry our headers.
pub(super) const INJECT: u8 = 4;
/// The response said why it failed.
pub(super) const EXPLAINED: u8 = 8;

impl Call {
    pub(super) fn flag(&mut self, flag: u8, on: bool) {
        if on {
            self.flags |= flag;
        }
    }

    pub(super) const fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Makes the span current until the scope is dropped. `None` inside an outer layer of the same
    /// request, whose span is current already.
    #[inline]
    pub fn enter(&mut self) -> Option<Scope<'_>> {
        match self.role {
            Role::Owner => Some(self.flight.enter()),
            Role::Guest | Role::Idle => None,
        }
    }

    /// The span. After the end only its context is left.
    #[inline]
    pub fn span(&self) -> &SpanRef {
        self.flight.span()
    }

    /// True if something of what is still said would be recorded. When false, an adapter need not
    /// look at frames any more.
    #[inline]
    pub fn is_recording(&self) -> bool {
        match self.role {
            Role::Owner => self.flight.is_recording(),
            Role::Guest => self.flight.span().is_recording(),
            Role::Idle => false,
        }
    }

    /// True if the request is treated by the rules of gRPC.
    pub const fn is_rpc(&self) -> bool {
        matches!(self.payload, Payload::Rpc { .. })
    }

    /// True if the route is known, so that nobody need ask whether one matched.
    pub const fn has_route(&self) -> bool {
        self.is(ROUTED)
    }

    /// The route became known only after the request had started: names the span.
    pub fn route(&mut self, route: &str) {
        if self.is_recording() && !self.is_rpc() {
            self.flags |= ROUTED;
            let method = self.method.name();
            self.span().set_late_name(Name::Route { method, route });
            self.span().set_tags(&[Tag::new(keys::HTTP_ROUTE, route)]);
        }
    }

    /// Writes the trace's id into the response's headers, if the layer was told to.
    pub fn write_trace_id(&self, headers: &mut dyn Inject) {
        let name = self.later.as_ref().and_then(|s| s.trace_header.as_deref());
        if let (Some(name), Some(trace)) = (name, self.span().trace_id()) {
            headers.set(name, trace.hex().as_str());
        }
    }

    /// The response's headers are there. Ends the span if nothing can follow: no body will come
    /// (also HEAD, 204, 304), the connection becomes another protocol's (101, CONNECT; tag
    /// `http.upgrade`), or the layer ends its spans here.
    pub fn response(&mut self, response: &ResponseView<'_>) {
        if !self.is_recording() {
            return;
        }
        self.status = NonZeroU16::new(response.status);
        if let Some(settings) = &self.later {
            RecordedHeader::record(&settings.response_headers, response.headers, self.span());
            if let Some(hook) = &settings.on_response {
                hook(response, self.span());
            }
        }
        match &mut self.payload {
            Payload::Rpc { .. } => {
                self.grpc_status(response.headers);
                // A proxy's page: who expects gRPC drops it unread, which is no cancellation.
                if self.code.is_none() && response.status != 200 {
                    self.code = Some(Code::from_http_status(response.status));
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
            self.end(Ending::Upgrade, None);
        } else if response.body.ended || (!self.is_rpc() && self.has_no_body()) {
            self.end(Ending::Complete, None);
        } else if self.ends_at_headers() {
            self.end(Ending::AtHeaders, None);
        }
    }

    fn ends_at_headers(&self) -> bool {
        self.flight.ends_at_headers() || self.later.as_ref().is_some_and(|s| s.end_at_headers)
    }

    fn name_unmatched(&self, response: &ResponseView<'_>) {
        let nothing_there = response.matched == Some(false) && response.status == 404;
        if nothing_there && self.role == Role::Owner && !self.is(ROUTED) {
            let method = self.method.name();
            let route = "not_found";
            self.span().set_late_name(Name::Route { method, route });
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.status.map(NonZeroU16::get)
    }

    fn is_upgrade(&self) -> bool {
        match self.status() {
            Some(101) => true,
            Some(200..300) => matches!(self.method, Method::Connect),
            _ => false,
        }
    }

    fn has_no_body(&self) -> bool {
        matches!(self.method, Method::Head) || matches!(self.status(), Some(204 | 304))
    }

    /// Data of the body passes: `len` bytes, of which `chunk` can be seen (`Buf::remaining` and
    /// `Buf::chunk`).
    #[inline]
    pub fn data(&mut self, len: usize, chunk: &[u8]) {
        if !self.is_recording() {
            return;
        }
        self.payload.pass(len, chunk);
    }

    /// The trailers are there: nothing can follow. Ends the span.
    pub fn trailers(&mut self, trailers: &dyn Extract) {
        if self.is_recording() {
            if self.is_rpc() {
                self.grpc_status(trailers);
            }
            self.end(Ending::Complete, None);
        }
    }

    fn grpc_status(&mut self, headers: &dyn Extract) {
        let Some(status) = headers.get("grpc-status") else {
            return;
        };
        let code = Code::parse(status);
        self.code = Some(code);
        if code == Code::Ok {
            return;
        }
        let message = headers.get("grpc-message");
        if let Some(message) = message.filter(|text| !text.is_empty()) {
            self.flags |= EXPLAINED;
            if code.is_error(self.side) && !self.span().has_error() {
                // gRPC over HTTP/2, "Status-Message".
                let message = percent::decode(message);
                let message = clean_message(&message);
                self.span()
                    .set_error_as(Error::new(code.as_str(), &message));
            }
        }
    }

    /// The body came to its end. Ends the span.
    pub fn complete(&mut self) {
        self.end(Ending::Complete, None);
    }

    /// The inner service, the transport or the body failed. Ends the span.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        if !self.is_recording() {
            return;
        }
        self.code = failure.code.or(Some(Code::Unknown));
        // The transport will turn the error into a response with this status.
        if self.is_rpc() && failure.code.is_some_and(|code| !code.is_error(self.side)) {
            return self.end(Ending::Complete, None);
        }
        if let Some(status) = failure.status {
            self.status = NonZeroU16::new(status);
            if !self.is_error_status() {
                return self.end(Ending::Complete, None);
            }
        }
        let message = failure.said();
        self.flag(EXPLAINED, message.is_some());
        let error = Error {
            kind: failure.kind,
            message: message.as_ref().map(|message| message as &dyn fmt::Display),
        };
        self.end(Ending::Failed, Some(error));
    }

    /// The code that serves the request panicked; `payload` is what `catch_unwind` gave. Ends the
    /// span.
    pub fn panic(&mut self, payload: &(dyn Any + Send)) {
        let text = panic_text(payload);
        let message = text.as_ref().map(|text| text as &dyn fmt::Display);
        self.fail(&Failure {
            message,
            ..Failure::kind(PANIC)
        });
    }

    /// The work was given up. Ends the span with `cancelled=true`, unless everything had been sent.
    pub fn cancel(&mut self) {
        let done = self.payload.is_sent() || (self.is_rpc() && self.code.is_some());
        self.end(
            if done {
                Ending::Complete
            } else {
                Ending::Cancelled
            },
            None,
        );
    }
}

impl Call {
    #[cold]
    fn dropped(&mut self) {
        if std::thread::panicking() {
            self.fail(&Failure::kind(PANIC));
        } else {
            self.cancel();
        }
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if self.is_recording() {
            self.dropped();
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("side", &self.side)
            .field("role", &self.role)
            .field("span", self.span())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
