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

/// The method, and what a request is about.
pub(super) struct Subject<'a> {
    pub(super) method: Method,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    /// Requests like many others.
    Operation {
        operation: &'static Operation,
        has_route: bool,
    },
    /// Others, of HTTP.
    Http { route: Option<&'a str> },
    /// Of gRPC: no operations, because anybody can make up the names of methods.
    Rpc(Rpc<'a>),
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
        let method = Method::parse(request.method());
        let rpc = settings.rpc.as_ref();
        if let Some(settings) = rpc.filter(|_| rpc::is_grpc(request.content_type())) {
            let path = rpc::split_path(request.path());
            let what = What::Rpc(Rpc { settings, path });
            return Self { method, what };
        }
        let route = request.route();
        let operation = settings.operations.get(method, route, &settings.component);
        let has_route = route.is_some();
        let what = match operation {
            Some(operation) => What::Operation {
                operation,
                has_route,
            },
            None => What::Http { route },
        };
        Self { method, what }
    }

    pub(super) const fn operation(&self) -> Option<&'static Operation> {
        match self.what {
            What::Operation { operation, .. } => Some(operation),
            _ => None,
        }
    }

    pub(super) fn has_route(&self) -> bool {
        match self.what {
            What::Operation { has_route, .. } => has_route,
            What::Http { route } => route.is_some(),
            What::Rpc(_) => false,
        }
    }

    pub(super) fn name(&self) -> Name<'a> {
        let method = self.method.name();
        match &self.what {
            What::Operation { operation, .. } => Name::Text(operation.name()),
            What::Http { route: None } => Name::Text(method),
            What::Http { route: Some(route) } => Name::Route { method, route },
            What::Rpc(rpc) if rpc.path.full.is_empty() => Name::Text(rpc::UNKNOWN_METHOD_NAME),
            What::Rpc(rpc) => Name::Text(rpc.path.full),
        }
    }

    /// Tells the span of an HTTP request what its operation does not say, but for where it goes to.
    #[inline]
    pub(super) fn tell(&self, component: &str, request: &dyn RequestView, span: &mut dyn Span) {
        if let What::Http { route } = self.what {
            for (key, text) in common(self.method, route, component).into_iter().flatten() {
                span.set_tags_mut(&[Tag::new(key, text)]);
            }
        }
        // As it was sent.
        if self.method == Method::Other {
            span.set_tags_mut(&[Tag::new(keys::HTTP_METHOD_ORIGINAL, request.method())]);
        }
    }

    /// True for a gRPC method that the layer was told of.
    pub(super) fn is_known(&self) -> bool {
        match &self.what {
            What::Rpc(rpc) => rpc.settings.knows(rpc.path.full),
            _ => false,
        }
    }

    #[inline]
    pub(super) fn payload(&self, request: &dyn RequestView) -> Payload {
        match &self.what {
            What::Rpc(rpc) => rpc.payload(request),
            _ => Payload::NONE,
        }
    }
}

impl<'a> Rpc<'a> {
    fn payload(&self, request: &dyn RequestView) -> Payload {
        let asked = request.headers().get("grpc-timeout");
        let asked = asked.and_then(rpc::parse_timeout);
        let timeout = match (asked, self.settings.timeout) {
            (Some(asked), Some(told)) => Some(asked.min(told)),
            (asked, told) => asked.or(told),
        };
        Payload::Rpc {
            deadline: timeout.and_then(Deadline::after),
            messages: MessageCounter::new(),
        }
    }

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
