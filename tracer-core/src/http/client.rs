//! The client side: what happens when a request is about to be sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::authority::Authority;
use super::call::Call;
use super::exchange::Role;
use super::metadata::Metadata;
use super::policy::{ErrorPolicy, Rule, Side};
use super::redact::{CleanQuery, CleanUrl};
use super::settings::{RecordedHeader, Settings, common_setters};
use super::start::Subject;
use super::view::{RequestView, ResponseView};
use crate::carrier::Inject;
use crate::conventions::keys;
use crate::guard::guarded;
use crate::in_flight::InFlight;
use crate::operation::Operation;
use crate::rpc;
use crate::span::{OpenSpan, Span, SpanRef};
use crate::subject::Subject as About;
use crate::tag::{Endpoint, Kind, Name, Tag};
use crate::tracer::{Parent, SpanStart, Tracer};

type HostPredicate = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What every HTTP client layer does. Cheap to clone; see the [module](crate::http) for an example.
#[derive(Clone, Debug)]
pub struct HttpClient(Arc<Client>);

#[derive(Clone)]
struct Client {
    common: Arc<Settings>,
    peer_service: Option<Box<str>>,
    peer_address: Option<Box<str>>,
    inject_to: Option<HostPredicate>,
}

impl HttpClient {
    /// A handler that starts its spans with this tracer. `component` names the client library.
    pub fn new(tracer: Arc<dyn Tracer>, component: &str) -> Self {
        Self(Arc::new(Client {
            common: Arc::new(Settings::new(tracer, component, Side::Client)),
            peer_service: None,
            peer_address: None,
            inject_to: None,
        }))
    }

    fn client(&mut self) -> &mut Client {
        Arc::make_mut(&mut self.0)
    }

    fn common(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.client().common)
    }

    common_setters!();

    /// The name of the service that is called (`peer.service`): it draws the edge to a server that
    /// is not traced.
    pub fn peer_service(mut self, name: &str) -> Self {
        self.client().peer_service = Some(name.into());
        self
    }

    /// The `host:port` that is called, in the place of the URL's. The only source for clients that
    /// see a path alone.
    pub fn peer_address(mut self, authority: &str) -> Self {
        self.client().peer_address = Some(authority.into());
        self
    }

    /// To which hosts (without port, in lower case) contexts may be sent. Others get no trace header and no
    /// baggage. Everybody unless said; an unknown host is none, and none is one for which this
    /// panics. The host is the URL's, else that of [`peer_address`](Self::peer_address), else what a `host`
    /// header says. A client that follows redirects within itself takes headers along unseen: reqwest
    /// (see its layer).
    pub fn inject_to(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        let allowed = move |host: &str| guarded(|| allowed(host)).unwrap_or(false);
        self.client().inject_to = Some(Arc::new(allowed));
        self
    }

    /// The tracer.
    pub fn tracer(&self) -> &Arc<dyn Tracer> {
        &self.0.common.tracer
    }

    /// Starts the span of a request below the current one, unless a rule says that there is to be
    /// none. [`inject`](Self::inject) next.
    pub fn start(&self, request: &dyn RequestView) -> Call {
        let settings = &*self.0.common;
        let current = SpanRef::current();
        let rule = settings.rule(request);
        let mut call = if rule == Some(Rule::PropagateOnly) {
            Call::new(InFlight::borrowed(current), Side::Client, Role::Idle)
        } else {
            self.open(request, &current, rule)
        };
        call.let_inject(self.may_inject(request));
        if settings.rpc.is_some() && rpc::is_grpc(request.content_type()) {
            call.let_inject_metadata();
        }
        call
    }

    fn open(&self, request: &dyn RequestView, current: &SpanRef, rule: Option<Rule>) -> Call {
        let settings = &*self.0.common;
        let told = Told {
            client: &self.0,
            subject: Subject::new(settings, request),
        };
        let start = SpanStart::about(&told)
            .kind(Kind::Client)
            .parent(Parent::Local(current))
            .opinion(rule.and_then(Rule::opinion));
        // Who serves the request within the process does so for itself.
        let span = if settings.tracer.is_enabled() {
            settings.tracer.start_span(start)
        } else {
            OpenSpan::none()
        };
        if span.is_recording() {
            settings.tell(request, &span);
        }
        let mut call = Call::new(InFlight::new(span), Side::Client, Role::Owner);
        if call.is_recording()
            && let Some(exchange) = call.exchange_mut()
        {
            let mut later = settings.is_needed_later();
            if let Some(payload) = told.subject.payload() {
                later |= payload.teaches();
                exchange.payload = payload;
            }
            exchange.later = later.then(|| Arc::clone(&self.0.common));
            exchange.method = told.subject.method();
        }
        call
    }

    fn may_inject(&self, request: &dyn RequestView) -> bool {
        let Some(allowed) = &self.0.inject_to else {
            return true;
        };
        let (host, told) = (request.host(), self.0.peer_address.as_deref());
        // Without a scheme the host is a header, which somebody else may have written.
        let authority = match request.scheme() {
            Some(_) => host.or(told),
            None => told.or(host),
        };
        authority.is_some_and(|authority| {
            let host = Authority::parse(authority).host;
            // Hosts have no case (RFC 3986, section 3.2.2); hardly anybody writes capitals.
            if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
                allowed(&host.to_ascii_lowercase())
            } else {
                allowed(host)
            }
        })
    }

    /// Writes the context of the call into its request's headers, in the place of whatever trace
    /// headers stand there; to a host that may not have it: only takes those away.
    pub fn inject(&self, call: &Call, headers: &mut dyn Inject) {
        if !call.may_inject() {
            self.tracer().clear(headers);
        } else if call.injects_metadata() {
            self.tracer().inject(call.span(), &mut Metadata(headers));
        } else {
            self.tracer().inject(call.span(), headers);
        }
    }
}

/// A request, for a tracer that wants to know what its span is about.
struct Told<'a> {
    client: &'a Client,
    subject: Subject<'a>,
}

impl About for Told<'_> {
    fn name(&self) -> Name<'_> {
        self.subject.name()
    }

    fn operation(&self) -> Option<&'static Operation> {
        self.subject.operation()
    }

    fn describe(&self, span: &mut dyn Span) {
        let (client, settings) = (self.client, &*self.client.common);
        let (subject, request) = (&self.subject, self.subject.request());
        let scheme = request.scheme();
        match subject.rpc() {
            Some(_) if subject.operation().is_some() => {}
            Some(rpc) => span.set_tags_mut(rpc.tags(&settings.component).as_slice()),
            None => {
                let query = request.query().filter(|_| settings.query);
                let url = CleanUrl {
                    scheme,
                    authority: request.host(),
                    path: request.path(),
                    query: query.map(|query| CleanQuery::new(query, &settings.secret_parameters)),
                };
                subject.tell(span);
                span.set_tags_mut(&[Tag::new(keys::HTTP_URL, url.value())]);
            }
        }
        if let Some(count) = request.resend_count() {
            span.set_tags_mut(&[Tag::new(keys::HTTP_RESEND_COUNT, count)]);
        }
        let authority = client.peer_address.as_deref().or(request.host());
        let peer = authority.map_or(Endpoint::default(), |authority| {
            Authority::parse(authority).endpoint(scheme)
        });
        let peer = Endpoint {
            service: client.peer_service.as_deref(),
            ..peer
        };
        if !peer.is_empty() {
            span.set_remote_mut(peer);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("common", &self.common)
            .field("peer_service", &self.peer_service)
            .field("peer_address", &self.peer_address)
            .finish_non_exhaustive()
    }
}
