//! Requests that come while the span of a request is current: the same ones at a second layer, and those
//! that a handler sends within its process.

use std::sync::Arc;

use super::call::Call;
use super::exchange::{DEBUG_REFUSED, PEERED, ROUTED, Role, UNTRUSTED, mark};
use super::method::Method;
use super::policy::{Incoming, Side};
use super::server::{HttpServer, without_debug};
use super::start::Subject;
use super::view::RequestView;
use crate::context::{Extra, Extracted};
use crate::current;
use crate::frame::Frame;
use crate::in_flight::InFlight;
use crate::sampling::Sampling;
use crate::span::{OpenSpan, SpanRef};
use crate::tracer::{Parent, SpanStart};

impl HttpServer {
    /// `outer` is the span of this request, or that of one whose handler sends this one.
    #[cold]
    pub(super) fn start_within(&self, outer: SpanRef, request: &dyn RequestView) -> Call {
        if !outer.is_recording() || is_outers(request) {
            return self.join_outer(outer, request);
        }
        let doubts = doubts();
        let mut call = self.begin(request, Some(&outer));
        if let Some(exchange) = call.exchange_mut() {
            exchange.flags |= doubts;
        }
        call
    }

    /// An outer layer has started the span of this request: tells it what is known better here.
    fn join_outer(&self, outer: SpanRef, request: &dyn RequestView) -> Call {
        if !outer.is_recording() {
            return self.unrecorded(InFlight::borrowed(outer), Role::Idle);
        }
        let settings = &*self.0.common;
        let subject = Subject::new(settings, request);
        let route = subject.route();
        // The outer's is the frame that is current.
        let outers = current::with_entry(|frame| {
            frame.at_headers |= settings.end_at_headers;
            frame.exchange.flags |= if route.is_some() { ROUTED } else { 0 };
            (frame.is_rpc(), frame.exchange.is(PEERED))
        });
        let (is_rpc, has_peer) = outers.unzip();
        if let (Some(false), Some(caller)) = (has_peer, self.caller(request)) {
            outer.set_remote(caller);
            // One further in may trust others.
            current::with_entry(|frame| frame.exchange.flags |= PEERED);
        }
        if let Some(rpc) = subject.rpc() {
            outer.set_name(subject.name());
            outer.set_tags(rpc.tags("").as_slice());
        }
        settings.tell(request, &outer);
        let mut call = Call::new(InFlight::borrowed(outer), Side::Server, Role::Guest);
        self.know(&mut call, &subject);
        // A gRPC call has a better name than that of tonic's route.
        if let (Some(route), Some(false)) = (route, is_rpc) {
            call.route(route);
        }
        call
    }

    /// What a request brings that is sent within the process, without the debug flag if a layer round its
    /// sender refuses that.
    #[cold]
    pub(super) fn extract_within(&self, request: &dyn RequestView) -> Extracted {
        let extracted = self.extract(request);
        if doubts() & DEBUG_REFUSED != 0 {
            return without_debug(extracted);
        }
        extracted
    }

    /// Whether a request that is sent within the process brings a context, or a decision, of its own. That
    /// of the sender or of the sender's caller it was only handed on: one of another trace too, where the
    /// layer round the sender did not continue what came.
    #[cold]
    pub(super) fn brings_its_own(&self, extracted: &Extracted, sender: &SpanRef) -> bool {
        let trusted = doubts() & UNTRUSTED == 0;
        match (extracted.span_context(), sender.context()) {
            (Some(own), Some(sender)) if own.trace_id() == sender.trace_id() => {
                let handed_on = [Some(sender.span_id()), sender.parent_id()];
                !handed_on.contains(&Some(own.span_id()))
            }
            (Some(_), _) => trusted,
            (None, _) => {
                let decision = extracted.sampling();
                let counts = self.0.incoming == Incoming::Trust && trusted;
                let same = match sender.sampling() {
                    // A tracer that rations the flag says so of one that was handed on.
                    Sampling::Debug => decision.is_sampled(),
                    sender => decision == sender,
                };
                counts && decision.is_decided() && !same
            }
        }
    }

    /// Starts the span of a request that its sender's handler sends within the process. Baggage that came
    /// with a context is the caller's, and was only handed on.
    #[cold]
    pub(super) fn open_within(
        &self,
        sender: &SpanRef,
        extracted: &Extracted,
        start: SpanStart<'_>,
    ) -> OpenSpan {
        let trusted = self.0.incoming == Incoming::Trust && doubts() & UNTRUSTED == 0;
        let alone = extracted.span_context().is_none() && trusted;
        let own = extracted.extra().filter(|_| alone);
        let carried = own.map(|own| Arc::new(beside(sender, own)));
        self.tracer().start_span(SpanStart {
            parent: Parent::Local(sender),
            extra: carried.as_ref(),
            ..start
        })
    }
}

/// What the layers round the sender did not believe of what came: flags of an [`Exchange`].
///
/// [`Exchange`]: super::exchange::Exchange
fn doubts() -> u8 {
    let doubts = |frame: &mut Frame| frame.exchange.flags & (UNTRUSTED | DEBUG_REFUSED);
    current::with_entry(doubts).unwrap_or_default()
}

/// Whether this may be the request whose span is current.
fn is_outers(request: &dyn RequestView) -> bool {
    let mark = mark(Method::parse(request.method()), request.path());
    current::with_entry(|frame| frame.may_be(mark)) == Some(true)
}

/// What a request carries that is sent within the process: what the sender does, and beside it what it brings
/// itself.
fn beside(sender: &SpanRef, own: &Extra) -> Extra {
    let carried = sender.extra().map(|extra| (**extra).clone());
    let mut carried = carried.unwrap_or_default();
    for item in &own.baggage {
        if carried.baggage.get(item.key()).is_none() {
            // It was received, so that its key is one.
            let _ =
                carried
                    .baggage
                    .set_with_properties(item.key(), item.value(), item.properties());
        }
    }
    for (name, value) in &own.fields {
        if carried.fields.iter().all(|(other, _)| other != name) {
            carried.fields.push((name.clone(), value.clone()));
        }
    }
    carried
}
