//! One request under way, from its headers to the end of its response.

use std::any::Any;
use std::fmt;

use super::exchange::{Exchange, ROUTED, Role};
use super::failure::Failure;
use super::policy::Side;
use super::view::ResponseView;
use crate::carrier::{Extract, Inject};
use crate::frame::Frame;
use crate::in_flight::{InFlight, PANIC, Scope, panic_text};
use crate::span::SpanRef;

/// One request under way: owns its span and ends it exactly once.
///
/// An adapter keeps it in its future and then in the response's body. It [`enter`](Self::enter)s it
/// round every poll of the inner future and of the inner body and while either is dropped, says what
/// it sees, and calls one of the ends. The first end counts. Dropped before, it was cancelled; so
/// drop the inner body before the call.
///
/// It is small and may be moved freely: what is known of the request stays in one place.
pub struct Call {
    flight: InFlight,
    // Two words in all are handed on in registers.
    flags: u8,
}

/// The span is ours, or there is none and nothing else is to be current either.
const OWNER: u8 = 1;
/// The request may carry our headers.
const INJECT: u8 = 2;
/// They are metadata of gRPC.
const METADATA: u8 = 4;

impl Call {
    #[inline]
    pub(super) fn new(mut flight: InFlight, side: Side, role: Role) -> Self {
        if let Some(frame) = flight.frame_mut() {
            if role == Role::Owner && side == Side::Server {
                frame.span.mark_entry();
            }
            let role = if frame.span.is_recording() {
                role
            } else {
                Role::Idle
            };
            frame.exchange.begin(side, role);
        }
        Self {
            flight,
            flags: if role == Role::Owner { OWNER } else { 0 },
        }
    }

    pub(super) const fn let_inject(&mut self, allowed: bool) {
        if allowed {
            self.flags |= INJECT;
        }
    }

    pub(super) const fn may_inject(&self) -> bool {
        self.flags & INJECT != 0
    }

    pub(super) const fn let_inject_metadata(&mut self) {
        self.flags |= METADATA;
    }

    pub(super) const fn injects_metadata(&self) -> bool {
        self.flags & METADATA != 0
    }

    /// What is known of the request. Where there is no span, nobody will ask.
    #[inline]
    pub(super) fn exchange_mut(&mut self) -> Option<&mut Exchange> {
        self.frame_mut().map(|frame| &mut frame.exchange)
    }

    #[inline]
    pub(super) fn frame_mut(&mut self) -> Option<&mut Frame> {
        self.flight.frame_mut()
    }

    #[inline]
    fn frame(&self) -> Option<&Frame> {
        self.flight.frame()
    }

    /// The frame, if what is said is recorded.
    #[inline]
    fn listening(&mut self) -> Option<&mut Frame> {
        self.frame_mut().filter(|frame| frame.listens())
    }

    /// Makes the span current until the scope is dropped. `None` where it is not this call that says
    /// what is current: inside an outer layer of the same request, in a server if nobody traces, and in a
    /// client where a rule is to propagate only.
    #[inline]
    pub fn enter(&mut self) -> Option<Scope<'_>> {
        (self.flags & OWNER != 0).then(|| self.flight.enter())
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
        self.frame().is_some_and(Frame::listens)
    }

    /// True if the request is treated by the rules of gRPC.
    pub fn is_rpc(&self) -> bool {
        self.frame().is_some_and(Frame::is_rpc)
    }

    /// True if the route is known, so that nobody need ask whether one matched.
    pub fn has_route(&self) -> bool {
        self.frame().is_some_and(|frame| frame.exchange.is(ROUTED))
    }

    /// The route became known only after the request had started: names the span.
    pub fn route(&mut self, route: &str) {
        if let Some(frame) = self.listening() {
            frame.route(route);
        }
    }

    /// Writes the trace's id into the response's headers, if the layer was told to.
    #[inline]
    pub fn write_trace_id(&self, headers: &mut dyn Inject) {
        let settings = self.frame().and_then(|frame| frame.exchange.later.as_ref());
        if let Some(name) = settings.and_then(|settings| settings.trace_header.as_deref())
            && let Some(trace) = self.span().trace_id()
        {
            headers.set(name, trace.hex().as_str());
        }
    }

    /// The response's headers are there. Ends the span if nothing can follow: no body will come
    /// (also HEAD, 204, 304), the connection becomes another protocol's (101, CONNECT; tag
    /// `http.upgrade`), or the layer ends its spans here.
    pub fn response(&mut self, response: &ResponseView<'_>) {
        if let Some(frame) = self.listening() {
            frame.response(response);
        }
    }

    /// What the handler says is behind its response; `failure.status` is the response's. It counts
    /// if that status is an error and nothing was said before. Call it before
    /// [`response`](Self::response), which may end the span. An outer layer asks for itself.
    pub fn explain(&mut self, failure: &Failure<'_>) {
        if let Some(frame) = self.listening() {
            frame.explain(failure);
        }
    }

    /// Data of the body passes: `len` bytes, of which `chunk` can be seen (`Buf::remaining` and
    /// `Buf::chunk`).
    #[inline]
    pub fn data(&mut self, len: usize, chunk: &[u8]) {
        if let Some(frame) = self.listening() {
            frame.exchange.payload.pass(len, chunk);
        }
    }

    /// The trailers are there: nothing can follow. Ends the span.
    pub fn trailers(&mut self, trailers: &dyn Extract) {
        if let Some(frame) = self.listening() {
            frame.trailers(trailers);
        }
    }

    /// The body says, with data, that nothing follows, so that nobody need ask it again. Ends the span as
    /// [`complete`](Self::complete), but for that of a gRPC client: trailers may follow all the same
    /// (gRPC-Web's are decoded from the end of the body), and who reads to the end asks for them.
    pub fn data_ended(&mut self) {
        if let Some(frame) = self.listening() {
            frame.data_ended();
        }
    }

    /// The body came to its end. Ends the span; as an error if it is a server's and its length was told to be
    /// greater.
    pub fn complete(&mut self) {
        if let Some(frame) = self.listening() {
            frame.complete();
        }
    }

    /// The inner service, the transport or the body failed. Ends the span.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        if let Some(frame) = self.listening() {
            frame.fail(failure);
        }
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
        if let Some(frame) = self.listening() {
            frame.cancel();
        }
    }

    #[cold]
    fn dropped(&mut self) {
        // What a client calls is caught where it panics: there it is the caller who has no more use for it.
        let serves = |frame: &Frame| frame.exchange.side == Side::Server;
        if std::thread::panicking() && self.flight.frame().is_some_and(serves) {
            self.fail(&Failure::kind(PANIC));
        } else {
            self.cancel();
        }
    }
}

/// The call of a request that nobody traces.
impl Default for Call {
    #[inline]
    fn default() -> Self {
        Self {
            flight: InFlight::none(),
            flags: 0,
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
        let exchange = self.frame().map(|frame| &frame.exchange);
        f.debug_struct("Call")
            .field("span", self.span())
            .field("side", &exchange.map(|exchange| exchange.side))
            .field("role", &exchange.map(|exchange| exchange.role))
            .field("status", &exchange.and_then(|exchange| exchange.status))
            .finish_non_exhaustive()
    }
}
