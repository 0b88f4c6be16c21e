//! What a request is about, found out once and only if somebody wants to know.

use std::cell::Cell;

use super::method::Method;
use super::methods::{self, Candidate};
use super::payload::Payload;
use super::settings::{RpcSettings, Settings};
use super::tag_list::TagList;
use super::view::RequestView;
use crate::conventions::keys;
use crate::operation::Operation;
use crate::rpc::{self, Deadline, MessageCounter};
use crate::span::Span;
use crate::tag::{Name, Tag};

/// What a request is about, found out by the first who asks.
// Each part in a cell of its own: in one `OnceCell` they would be put together elsewhere and moved.
pub(super) struct Subject<'a> {
    settings: &'a Settings,
    request: &'a dyn RequestView,
    path: Cell<Option<&'a str>>,
    found: Cell<Found>,
    method: Cell<Method>,
    /// The template of an HTTP request's route; what a gRPC request calls.
    target: Cell<Option<&'a str>>,
    operation: Cell<Option<&'static Operation>>,
    candidate: Cell<Option<Candidate>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Http,
    Rpc,
}

/// A gRPC request.
pub(super) struct Rpc<'a> {
    settings: &'a RpcSettings,
    /// `pkg.Service/Method`.
    full: &'a str,
}

impl<'a> Subject<'a> {
    #[inline]
    pub(super) const fn new(settings: &'a Settings, request: &'a dyn RequestView) -> Self {
        Self {
            settings,
            request,
            path: Cell::new(None),
            found: Cell::new(Found::Nothing),
            method: Cell::new(Method::Other),
            target: Cell::new(None),
            operation: Cell::new(None),
            candidate: Cell::new(None),
        }
    }

    #[inline]
    fn found(&self) -> Found {
        if self.found.get() == Found::Nothing {
            self.find();
        }
        self.found.get()
    }

    #[inline(never)]
    fn find(&self) {
        let (settings, request) = (self.settings, self.request);
        let method = Method::parse(request.method());
        self.method.set(method);
        if let Some(rpc) = &settings.rpc
            && rpc::is_grpc(request.content_type())
        {
            let full = rpc::full_method(self.path());
            self.target.set(Some(full));
            let (operation, candidate) = rpc.operation(full, &settings.component);
            self.operation.set(operation);
            self.candidate.set(candidate);
            self.found.set(Found::Rpc);
            return;
        }
        let route = request.route();
        self.target.set(route);
        let operation = settings.operations.get(method, route, &settings.component);
        self.operation.set(operation);
        self.found.set(Found::Http);
    }

    #[inline]
    pub(super) fn request(&self) -> &'a dyn RequestView {
        self.request
    }

    /// The path as the client sent it.
    #[inline]
    pub(super) fn path(&self) -> &'a str {
        self.path.get().unwrap_or_else(|| {
            let path = self.request.path();
            self.path.set(Some(path));
            path
        })
    }

    #[inline]
    pub(super) fn method(&self) -> Method {
        self.found();
        self.method.get()
    }

    /// The template of the route. A gRPC request has none.
    #[inline]
    pub(super) fn route(&self) -> Option<&'a str> {
        match self.found() {
            Found::Rpc => None,
            _ => self.target.get(),
        }
    }

    #[inline]
    pub(super) fn operation(&self) -> Option<&'static Operation> {
        self.found();
        self.operation.get()
    }

    /// What a gRPC request calls; `None` for others.
    #[inline]
    pub(super) fn rpc(&self) -> Option<Rpc<'a>> {
        match self.found() {
            Found::Rpc => Some(Rpc {
                settings: self.settings.rpc.as_ref()?,
                full: self.target.get()?,
            }),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> Name<'a> {
        let method = self.method().name();
        match (self.operation(), self.rpc(), self.route()) {
            (Some(operation), ..) => Name::Text(operation.name()),
            (_, Some(rpc), _) if rpc.full.is_empty() => Name::Text(rpc::UNKNOWN_METHOD_NAME),
            (_, Some(rpc), _) => Name::Text(rpc.full),
            (.., Some(route)) => Name::Route { method, route },
            (.., None) => Name::Text(method),
        }
    }

    /// Tells the span of an HTTP request what its operation does not say, but for where it goes to.
    #[inline(always)]
    pub(super) fn tell(&self, span: &mut dyn Span) {
        if self.operation().is_none() {
            self.tell_common(span);
        }
        // As it was sent.
        if self.method() == Method::Other {
            span.set_tags_mut(&[Tag::new(keys::HTTP_METHOD_ORIGINAL, self.request.method())]);
        }
    }

    #[inline(never)]
    fn tell_common(&self, span: &mut dyn Span) {
        let (method, route) = (self.method(), self.route());
        let settings = self.settings;
        let common = settings
            .operations
            .common(method, route, &settings.component);
        for (key, text) in common.into_iter().flatten() {
            span.set_tags_mut(&[Tag::new(key, text)]);
        }
    }

    /// True for a gRPC method that the layer was told of.
    #[inline]
    pub(super) fn is_known(&self) -> bool {
        self.rpc().is_some_and(|rpc| rpc.settings.knows(rpc.full))
    }

    /// What is known of the body; `None` for that of an HTTP request, of which that is nothing.
    #[inline(always)]
    pub(super) fn payload(&self) -> Option<Payload> {
        let rpc = self.rpc()?;
        Some(rpc.payload(self.request, self.candidate.get()))
    }
}

impl<'a> Rpc<'a> {
    #[inline(never)]
    fn payload(&self, request: &dyn RequestView, candidate: Option<Candidate>) -> Payload {
        let asked = request.headers().get("grpc-timeout");
        let asked = asked.and_then(rpc::parse_timeout);
        Payload::Rpc {
            asked: asked.and_then(Deadline::after),
            told: self.settings.timeout.and_then(Deadline::after),
            messages: MessageCounter::new(),
            candidate,
        }
    }

    /// The tags of a gRPC span; the component only if it has a name.
    pub(super) fn tags(&self, component: &'a str) -> TagList<'a, 4> {
        let mut list = TagList::default();
        for (key, text) in methods::common(self.full, component).into_iter().flatten() {
            list.push(Tag::new(key, text));
        }
        list
    }
}
