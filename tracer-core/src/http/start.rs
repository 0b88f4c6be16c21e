//! What a request is about, found out once and only if somebody wants to know.

use std::cell::OnceCell;

use super::method::Method;
use super::operations::common;
use super::payload::Payload;
use super::settings::{RpcSettings, Settings};
use super::tag_list::TagList;
use super::view::RequestView;
use crate::conventions::{self as tags, keys};
use crate::operation::Operation;
use crate::rpc::{self, Deadline, MessageCounter, MethodPath};
use crate::span::Span;
use crate::tag::{Name, Tag};

/// Method, route and, for gRPC, the method that is called.
pub(super) struct Subject<'a> {
    pub(super) method: Method,
    pub(super) route: Option<&'a str>,
    pub(super) rpc: Option<Rpc<'a>>,
    /// None of gRPC requests: anybody can make up the names of methods.
    pub(super) operation: Option<&'static Operation>,
}

/// A gRPC request.
pub(super) struct Rpc<'a> {
    settings: &'a RpcSettings,
    path: MethodPath<'a>,
}

/// What a request is about, found out by the first who asks.
pub(super) struct Asked<'a> {
    settings: &'a Settings,
    pub(super) request: &'a dyn RequestView,
    subject: OnceCell<Subject<'a>>,
}

impl<'a> Asked<'a> {
    #[inline]
    pub(super) const fn new(settings: &'a Settings, request: &'a dyn RequestView) -> Self {
        Self {
            settings,
            request,
            subject: OnceCell::new(),
        }
    }

    #[inline]
    pub(super) fn subject(&self) -> &Subject<'a> {
        self.subject
            .get_or_init(|| Subject::of(self.settings, self.request))
    }
}

impl<'a> Subject<'a> {
    #[inline]
    pub(super) fn of(settings: &'a Settings, request: &'a dyn RequestView) -> Self {
        let rpc = settings.rpc.as_ref();
        let rpc = rpc.filter(|_| rpc::is_grpc(request.content_type()));
        let method = Method::parse(request.method());
        match rpc {
            None => {
                let route = request.route();
                let component = &*settings.component;
                Self {
                    method,
                    route,
                    rpc: None,
                    operation: settings.operations.get(method, route, component),
                }
            }
            Some(settings) => Self {
                method,
                route: None,
                rpc: Some(Rpc {
                    settings,
                    path: rpc::split_path(request.path()),
                }),
                operation: None,
            },
        }
    }

    pub(super) fn name(&self) -> Name<'a> {
        if let Some(operation) = self.operation {
            return Name::Text(operation.name());
        }
        let method = self.method.name();
        match (&self.rpc, self.route) {
            (Some(rpc), _) if rpc.path.full.is_empty() => Name::Text(rpc::UNKNOWN_METHOD_NAME),
            (Some(rpc), _) => Name::Text(rpc.path.full),
            (None, Some(route)) => Name::Route { method, route },
            (None, None) => Name::Text(method),
        }
    }

    /// Tells a span what its operation would, if it has none.
    #[inline]
    pub(super) fn tell_common(&self, component: &str, span: &mut dyn Span) {
        if self.operation.is_none() {
            for (key, text) in common(self.method, self.route, component)
                .into_iter()
                .flatten()
            {
                span.set_tags_mut(&[Tag::new(key, text)]);
            }
        }
    }

    /// The method as it was sent, if that is not its tag.
    pub(super) fn tell_original(&self, request: &dyn RequestView, span: &mut dyn Span) {
        if self.method == Method::Other {
            span.set_tags_mut(&[Tag::new(keys::HTTP_METHOD_ORIGINAL, request.method())]);
        }
    }

    /// True for a gRPC method that the layer was told of.
    pub(super) fn is_known(&self) -> bool {
        let rpc = self.rpc.as_ref();
        rpc.is_some_and(|rpc| rpc.settings.knows(rpc.path.full))
    }

    pub(super) fn payload(&self, request: &dyn RequestView) -> Payload {
        let Some(rpc) = &self.rpc else {
            return Payload::NONE;
        };
        let asked = request.headers().get("grpc-timeout");
        let asked = asked.and_then(rpc::parse_timeout);
        let timeout = match (asked, rpc.settings.timeout) {
            (Some(asked), Some(told)) => Some(asked.min(told)),
            (asked, told) => asked.or(told),
        };
        Payload::Rpc {
            deadline: timeout.and_then(Deadline::after),
            messages: MessageCounter::new(),
        }
    }
}

impl<'a> Rpc<'a> {
    /// The tags of a gRPC span; the component only if it has a name.
    pub(super) fn tags(&self, component: &'a str) -> TagList<'a, 4> {
        let mut list = TagList::default();
        list.push(Tag::new(keys::RPC_SYSTEM, tags::GRPC));
        if let Some(service) = self.path.service {
            list.push(Tag::new(keys::RPC_SERVICE, service));
        }
        if let Some(method) = self.path.method {
            list.push(Tag::new(keys::RPC_METHOD, method));
        }
        if !component.is_empty() {
            list.push(Tag::new(keys::COMPONENT, component));
        }
        list
    }
}
