//! The server side: what happens when a request's headers are there.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::call::Call;
use super::exchange::{DEBUG_REFUSED, KNOWN, PEERED, ROUTED, Role, UNTRUSTED, mark};
use super::payload::Payload;
use super::policy::{ErrorPolicy, Incoming, Rule, Side};
use super::redact::{CleanQuery, CleanUrl};
use super::settings::{RecordedHeader, Settings, common_setters};
use super::start::Subject;
use super::tag_list::TagList;
use super::trust::TrustList;
use super::view::{RequestView, ResponseView};
use crate::context::Extracted;
use crate::conventions::keys;
use crate::current;
use crate::guard::guarded;
use crate::in_flight::InFlight;
use crate::operation::Operation;
use crate::sampling::Sampling;
use crate::span::{OpenSpan, Span, SpanRef};
use crate::subject::Subject as About;
use crate::tag::{Endpoint, Kind, Name, Tag};
use crate::tracer::{Parent, Reference, ReferenceKind, SpanStart, Tracer, TracerExt};

/// The name of the header with the trace's id, unless another is given.
pub const TRACE_ID_HEADER: &str = "x-trace-id";

/// What every HTTP server layer does. Cheap to clone; see the [module](crate::http) for an example.
#[derive(Clone, Debug)]
pub struct HttpServer(pub(super) Arc<Server>);

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) common: Arc<Settings>,
    pub(super) incoming: Incoming,
    refuse_debug: bool,
    proxies: TrustList,
    scheme: Option<Box<str>>,
}

impl HttpServer {
    /// A handler that starts its spans with this tracer. `component` names the framework.
    pub fn new(tracer: Arc<dyn Tracer>, component: &str) -> Self {
        Self(Arc::new(Server {
            common: Arc::new(Settings::new(tracer, component, Side::Server)),
            incoming: Incoming::default(),
            refuse_debug: false,
            proxies: TrustList::default(),
            scheme: None,
        }))
    }

    fn server(&mut self) -> &mut Server {
        Arc::make_mut(&mut self.0)
    }

    fn common(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.server().common)
    }

    common_setters!();

    /// The proxies that may say who the client is. Nobody unless said, and nobody where the address of
    /// who sent the request is not known, as on a Unix socket: there [`on_request`](Self::on_request) can
    /// say who it is, or the adapter's `peer` if it has one.
    pub fn trusted_proxies(mut self, proxies: TrustList) -> Self {
        self.server().proxies = proxies;
        self
    }

    /// What to do with the context that comes with requests: a layer at the edge need not trust it.
    pub fn incoming(mut self, incoming: Incoming) -> Self {
        self.server().incoming = incoming;
        self
    }

    /// Takes the debug flag of requests as "sampled" only: anyone can send it. Also where a handler hands
    /// the request on within the process.
    pub fn refuse_debug(mut self, refused: bool) -> Self {
        self.server().refuse_debug = refused;
        self
    }

    /// What clients speak (`https`), whatever requests say: those of HTTP/1.1 say nothing, and behind
    /// a proxy that ends TLS they say `http`. Without it, what the request says is recorded.
    pub fn scheme(mut self, scheme: &str) -> Self {
        self.server().scheme = Some(scheme.into());
        self
    }

    /// Returns the trace's id in this response header ([`TRACE_ID_HEADER`] is the usual name), also
    /// of unsampled traces.
    pub fn trace_id_header(mut self, name: &str) -> Self {
        self.common().trace_header = Some(name.to_ascii_lowercase().into());
        self
    }

    /// As [`rpc`](Self::rpc); tells the layer of methods that exist (`pkg.Service/Method`). A span
    /// answered UNIMPLEMENTED without a message keeps its name only for these.
    pub fn rpc_methods<'m>(mut self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        let rpc = self.common().rpc.get_or_insert_default();
        rpc.learn(methods);
        self
    }

    /// The tracer.
    pub fn tracer(&self) -> &Arc<dyn Tracer> {
        &self.0.common.tracer
    }

    /// A span for what goes on after a connection was handed over (101, CONNECT): it follows from
    /// the request's span, which ended at the switch.
    pub fn upgraded(&self, request: &SpanRef, name: &str) -> OpenSpan {
        self.tracer().span(name).follows_from(request).start()
    }

    /// Starts the span of a request, unless an outer layer has done so or a rule says that there is
    /// to be none. Call it before the inner service's `call`.
    ///
    /// An outer layer has if its span is current. If that is recorded, its request must have had the same
    /// method and path, but for slashes at the path's ends: any other is one that a handler sends within the
    /// process. It has a span of its own: in the trace whose context it brings (only in its sender's if the
    /// sender's layer continues none), else a child of the current span, which that span's tracer records.
    /// What comes by a client, or in a task or a span of its own, is a request as any other, which begins a
    /// trace if it brings none.
    pub fn start(&self, request: &dyn RequestView) -> Call {
        match current::server_entry() {
            Some(outer) => self.start_within(outer, request),
            None => self.begin(request, None),
        }
    }

    /// `sender`: the span of another request, whose handler sends this one within the process.
    // In line: most have none.
    #[inline(always)]
    pub(super) fn begin(&self, request: &dyn RequestView, sender: Option<&SpanRef>) -> Call {
        let server = &*self.0;
        let settings = &*server.common;
        if !settings.tracer.is_enabled() {
            return Call::default();
        }
        let rule = settings.rule(request);
        let told = Told::new(server, request);
        let extracted = match server.incoming {
            Incoming::Ignore => Extracted::absent(),
            _ if sender.is_some() => self.extract_within(request),
            Incoming::Trust | Incoming::Follow => self.extract(request),
        };
        let sender = sender.filter(|sender| !self.brings_its_own(&extracted, sender));
        let span = if rule == Some(Rule::PropagateOnly) {
            match (sender.and_then(SpanRef::to_context), server.incoming) {
                (Some(context), _) => OpenSpan::pass_through(&Extracted::context(context, false)),
                (None, Incoming::Trust) => OpenSpan::pass_through(&extracted),
                (None, _) => OpenSpan::pass_through(&Extracted::absent()),
            }
        } else {
            self.open(&extracted, rule, &told, sender)
        };
        if !span.is_recording() {
            return self.unrecorded(InFlight::new(span), Role::Owner);
        }
        settings.tell(request, &span);
        let mut call = Call::new(InFlight::new(span), Side::Server, Role::Owner);
        self.know(&mut call, &told.subject);
        // A hook may have said who calls.
        if (told.has_peer.get() || settings.on_request.is_some())
            && let Some(exchange) = call.exchange_mut()
        {
            exchange.flags |= PEERED;
        }
        call
    }

    /// Where the request comes from.
    pub(super) fn caller(&self, request: &dyn RequestView) -> Option<Endpoint<'static>> {
        self.0.caller(request)
    }

    pub(super) fn extract(&self, request: &dyn RequestView) -> Extracted {
        let extracted = self.tracer().extract(request.headers());
        if self.0.refuse_debug {
            return without_debug(extracted);
        }
        extracted
    }

    #[inline(always)]
    fn open(
        &self,
        extracted: &Extracted,
        rule: Option<Rule>,
        told: &Told<'_>,
        sender: Option<&SpanRef>,
    ) -> OpenSpan {
        let tracer = self.tracer();
        let mut start = SpanStart::about(told)
            .kind(Kind::Server)
            .opinion(rule.and_then(Rule::opinion));
        if let Some(sender) = sender {
            return self.open_within(sender, extracted, start);
        }
        let (followed, nothing);
        match (self.0.incoming, extracted.span_context()) {
            (Incoming::Trust, _) => start.parent = Parent::Remote(extracted),
            (Incoming::Follow, Some(context)) => {
                followed = [Reference {
                    kind: ReferenceKind::FollowsFrom,
                    context: context.clone(),
                }];
                start.references = &followed;
            }
            _ => {}
        }
        if self.0.incoming != Incoming::Trust {
            nothing = Extracted::absent();
            start.parent = Parent::Remote(&nothing);
        }
        tracer.start_span(start)
    }

    /// Keeps what is known of a request that is recorded.
    #[inline(always)]
    pub(super) fn know(&self, call: &mut Call, subject: &Subject<'_>) {
        let Some(frame) = call.frame_mut() else {
            return;
        };
        frame.mark = mark(subject.method(), subject.path());
        let exchange = &mut frame.exchange;
        let flag = |flag: u8, on: bool| if on { flag } else { 0 };
        let settings = &self.0.common;
        let payload = subject.payload();
        let teaches = payload.as_ref().is_some_and(Payload::teaches);
        if teaches || settings.trace_header.is_some() || settings.is_needed_later() {
            exchange.later = Some(Arc::clone(settings));
        }
        if let Some(payload) = payload {
            exchange.payload = payload;
        }
        exchange.method = subject.method();
        exchange.flags = flag(ROUTED, subject.route().is_some())
            | flag(KNOWN, subject.is_known())
            | flag(UNTRUSTED, self.0.incoming != Incoming::Trust)
            | flag(DEBUG_REFUSED, self.0.refuse_debug);
    }

    #[inline(always)]
    pub(super) fn unrecorded(&self, flight: InFlight, role: Role) -> Call {
        let mut call = Call::new(flight, Side::Server, role);
        if self.0.common.trace_header.is_some()
            && let Some(exchange) = call.exchange_mut()
        {
            exchange.later = Some(Arc::clone(&self.0.common));
        }
        call
    }
}

impl Server {
    #[inline]
    fn caller(&self, request: &dyn RequestView) -> Option<Endpoint<'static>> {
        let peer = request.peer()?;
        let (ip, port) = self.proxies.client(peer, request.headers());
        Some(Endpoint {
            ip: Some(ip),
            port,
            ..Endpoint::default()
        })
    }
}

/// The debug flag taken as "sampled" only.
pub(super) fn without_debug(extracted: Extracted) -> Extracted {
    if extracted.sampling() == Sampling::Debug {
        return extracted.with_sampling(Sampling::Record);
    }
    extracted
}

/// A request, for a tracer that wants to know what its span is about.
struct Told<'a> {
    server: &'a Server,
    subject: Subject<'a>,
    has_peer: Cell<bool>,
}

impl<'a> Told<'a> {
    #[inline]
    fn new(server: &'a Server, request: &'a dyn RequestView) -> Self {
        Self {
            server,
            subject: Subject::new(&server.common, request),
            has_peer: Cell::new(false),
        }
    }
}

impl About for Told<'_> {
    fn name(&self) -> Name<'_> {
        self.subject.name()
    }

    fn operation(&self) -> Option<&'static Operation> {
        self.subject.operation()
    }

    fn describe(&self, span: &mut dyn Span) {
        let settings = &*self.server.common;
        let (subject, request) = (&self.subject, self.subject.request());
        match subject.rpc() {
            Some(_) if subject.operation().is_some() => {}
            Some(rpc) => span.set_tags_mut(rpc.tags(&settings.component).as_slice()),
            None => {
                let query = if settings.query {
                    request.query()
                } else {
                    None
                };
                let target = CleanUrl {
                    path: subject.path(),
                    query: query.map(|query| CleanQuery::new(query, &settings.secret_parameters)),
                    ..CleanUrl::default()
                };
                subject.tell(span);
                let mut list = TagList::<2>::default();
                // CONNECT has none.
                if !target.path.is_empty() {
                    list.push(Tag::new(keys::HTTP_PATH, target.value()));
                }
                // Anybody can write another one into an absolute target.
                let said = request
                    .scheme()
                    .filter(|said| matches!(*said, "http" | "https"));
                if let Some(scheme) = self.server.scheme.as_deref().or(said) {
                    list.push(Tag::new(keys::HTTP_SCHEME, scheme));
                }
                span.set_tags_mut(list.as_slice());
            }
        }
        if let Some(caller) = self.server.caller(request) {
            self.has_peer.set(true);
            span.set_remote_mut(caller);
        }
    }
}
