//! What both sides of HTTP can be told, and what of it a call has to take along.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::methods::{Candidate, Methods};
use super::operations::Operations;
use super::policy::{ErrorPolicy, Rule, RuleFn, Side};
use super::redact::is_denied_header;
use super::view::{RequestView, ResponseView};
use crate::carrier::Extract;
use crate::operation::Operation;
use crate::rpc::full_method;
use crate::span::SpanRef;
use crate::tag::Tag;
use crate::tracer::Tracer;

/// Called with a request and the span that stands for it.
pub type RequestHook = Arc<dyn Fn(&dyn RequestView, &SpanRef) + Send + Sync>;
/// Called with a response and the span that stands for its request.
pub type ResponseHook = Arc<dyn Fn(&ResponseView<'_>, &SpanRef) + Send + Sync>;

/// The settings of a layer, shared by its requests.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) tracer: Arc<dyn Tracer>,
    pub(crate) component: Box<str>,
    pub(crate) rules: Vec<RuleFn>,
    pub(crate) on_request: Option<RequestHook>,
    pub(crate) on_response: Option<ResponseHook>,
    pub(crate) errors: ErrorPolicy,
    pub(crate) query: bool,
    pub(crate) secret_parameters: Vec<Box<str>>,
    pub(crate) request_headers: Vec<RecordedHeader>,
    pub(crate) response_headers: Vec<RecordedHeader>,
    pub(crate) end_at_headers: bool,
    pub(crate) trace_header: Option<Box<str>>,
    pub(crate) rpc: Option<RpcSettings>,
    pub(crate) operations: Operations,
}

/// The setters that both sides have. Each changes the shared settings, or a copy of them if another
/// layer holds them already.
macro_rules! common_setters {
    () => {
        /// Names the framework or client library (`component`).
        pub fn component(mut self, component: &str) -> Self {
            let settings = self.common();
            settings.component = component.into();
            settings.operations = settings.operations.clone();
            if let Some(rpc) = &mut settings.rpc {
                rpc.methods = rpc.methods.clone();
            }
            self
        }

        /// Adds a rule: what is traced, skipped or only propagated. The first rule with an opinion
        /// counts. Captures are fine; it runs for every request. One that panics has no opinion.
        ///
        /// Health checks are better propagated only than skipped: a mesh sends `sampled=1` with its
        /// probes, and a caller's decision beats `Skip`.
        pub fn rule(
            mut self,
            rule: impl Fn(&dyn RequestView) -> Option<Rule> + Send + Sync + 'static,
        ) -> Self {
            let rule = move |request: &dyn RequestView| guarded(|| rule(request)).flatten();
            self.common().rules.push(Arc::new(rule));
            self
        }

        /// Called when a recorded span has started, after the layer's own tags are set. A panic
        /// of it is caught.
        pub fn on_request(
            mut self,
            hook: impl Fn(&dyn RequestView, &SpanRef) + Send + Sync + 'static,
        ) -> Self {
            let hook = move |request: &dyn RequestView, span: &SpanRef| {
                let _ = guarded(|| hook(request, span));
            };
            self.common().on_request = Some(Arc::new(hook));
            self
        }

        /// Called when a recorded span gets its response's headers. A panic of it is caught.
        pub fn on_response(
            mut self,
            hook: impl Fn(&ResponseView<'_>, &SpanRef) + Send + Sync + 'static,
        ) -> Self {
            let hook = move |response: &ResponseView<'_>, span: &SpanRef| {
                let _ = guarded(|| hook(response, span));
            };
            self.common().on_response = Some(Arc::new(hook));
            self
        }

        /// Which statuses are errors. gRPC has a rule of its own.
        pub fn errors(mut self, policy: ErrorPolicy) -> Self {
            self.common().errors = policy;
            self
        }

        /// Records the query too. Off unless said. `REDACTED` are the values of `X-Amz-Signature`,
        /// `X-Amz-Credential`, `X-Amz-Security-Token`, `AWSAccessKeyId`, `Signature`, `sig`,
        /// `X-Goog-Signature`, `access_token`, `refresh_token`, `id_token`, `client_secret`,
        /// `client_assertion`, `password`, `api_key` and `apikey`, in any case: what else is secret in
        /// yours, [`secret_parameters`](Self::secret_parameters) must be told.
        pub fn query(mut self, recorded: bool) -> Self {
            self.common().query = recorded;
            self
        }

        /// Adds names of query parameters whose values are never recorded.
        pub fn secret_parameters<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            let names = names.into_iter().map(Into::into);
            self.common().secret_parameters.extend(names);
            self
        }

        /// Records these request headers as `http.request.header.NAME`. Those of which
        /// [`is_denied_header`](crate::http::is_denied_header) says that they carry secrets
        /// (`authorization`, `cookie`, `x-api-key` and their like) are left out, even if they are named
        /// here.
        pub fn request_headers<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            let list = RecordedHeader::list(crate::conventions::HTTP_REQUEST_HEADER, names);
            self.common().request_headers.extend(list);
            self
        }

        /// Records these response headers as `http.response.header.NAME`, under the same rule.
        pub fn response_headers<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            let list = RecordedHeader::list(crate::conventions::HTTP_RESPONSE_HEADER, names);
            self.common().response_headers.extend(list);
            self
        }

        /// Ends spans when the response's headers are there: for endless streams. A layer inside of
        /// another one, round the routes that stream, says so for those alone; `false` takes
        /// nothing back.
        pub fn end_at_headers(mut self, at_headers: bool) -> Self {
            self.common().end_at_headers = at_headers;
            self
        }

        /// Treats requests with gRPC's content type by the rules of [`rpc`](crate::rpc), the others
        /// by those of HTTP.
        pub fn rpc(mut self) -> Self {
            self.common().rpc.get_or_insert_default();
            self
        }

        /// As [`rpc`](Self::rpc); the time after which a call is over whose response has not begun, where
        /// the request does not say less. Told here because the timer itself cannot be seen: tonic's stand
        /// outside of all layers, and end with the headers of the response.
        pub fn rpc_timeout(mut self, timeout: Duration) -> Self {
            self.common().rpc.get_or_insert_default().timeout = Some(timeout);
            self
        }
    };
}
pub(crate) use common_setters;

/// How gRPC requests are treated.
#[derive(Clone, Debug, Default)]
pub(crate) struct RpcSettings {
    /// `pkg.Service/Method`, sorted.
    pub(crate) known: Vec<Box<str>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) methods: Methods,
}

impl RpcSettings {
    pub(crate) fn knows(&self, full: &str) -> bool {
        self.known
            .binary_search_by(|known| (**known).cmp(full))
            .is_ok()
    }

    /// The operation of a method, or where one can be made when it has answered.
    #[inline]
    pub(super) fn operation(
        &self,
        full: &str,
        component: &str,
    ) -> (Option<&'static Operation>, Option<Candidate>) {
        match self.methods.get(full) {
            (None, Some(candidate)) if self.knows(full) => {
                (self.methods.learn(candidate, component), None)
            }
            known => known,
        }
    }

    pub(crate) fn learn<'m>(&mut self, methods: impl IntoIterator<Item = &'m str>) {
        let methods = methods.into_iter();
        self.known
            .extend(methods.map(|path| full_method(path).into()));
        self.known.sort_unstable();
        self.known.dedup();
    }
}

impl Settings {
    pub(crate) fn new(tracer: Arc<dyn Tracer>, component: &str, side: Side) -> Self {
        Self {
            tracer,
            component: component.into(),
            rules: Vec::new(),
            on_request: None,
            on_response: None,
            errors: ErrorPolicy::default(),
            query: false,
            secret_parameters: Vec::new(),
            request_headers: Vec::new(),
            response_headers: Vec::new(),
            end_at_headers: false,
            trace_header: None,
            rpc: None,
            operations: Operations::new(side),
        }
    }

    /// What is known of gRPC methods.
    pub(super) fn methods(&self) -> Option<&Methods> {
        self.rpc.as_ref().map(|rpc| &rpc.methods)
    }

    /// What the first rule with an opinion says.
    #[inline]
    pub(crate) fn rule(&self, request: &dyn RequestView) -> Option<Rule> {
        self.rules.iter().find_map(|rule| rule(request))
    }

    /// Tells a recorded span of the headers that somebody asked for, and calls the hook.
    #[inline]
    pub(crate) fn tell(&self, request: &dyn RequestView, span: &SpanRef) {
        if !self.request_headers.is_empty() || self.on_request.is_some() {
            self.tell_more(request, span);
        }
    }

    fn tell_more(&self, request: &dyn RequestView, span: &SpanRef) {
        RecordedHeader::record(&self.request_headers, request.headers(), span);
        if let Some(hook) = &self.on_request {
            hook(request, span);
        }
    }

    /// True if a call needs the settings again after it has started. Most do not, and then no
    /// counter that all threads share is touched.
    pub(crate) fn is_needed_later(&self) -> bool {
        self.on_response.is_some()
            || !self.errors.is_default()
            || !self.response_headers.is_empty()
            || self.end_at_headers
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("component", &self.component)
            .field("rules", &self.rules.len())
            .field("errors", &self.errors)
            .field("query", &self.query)
            .field("request_headers", &self.request_headers)
            .field("response_headers", &self.response_headers)
            .field("end_at_headers", &self.end_at_headers)
            .field("rpc", &self.rpc)
            .finish_non_exhaustive()
    }
}

/// A header that is recorded because somebody asked for it by name.
#[derive(Clone, Debug)]
pub(crate) struct RecordedHeader {
    name: Box<str>,
    tag: Box<str>,
}

impl RecordedHeader {
    /// The names that may be recorded, with the tag's prefix in front.
    pub(crate) fn list<'n>(prefix: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<Self> {
        names
            .into_iter()
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && !is_denied_header(name))
            .map(|name| Self {
                tag: format!("{prefix}{name}").into(),
                name: name.into(),
            })
            .collect()
    }

    pub(crate) fn record(list: &[Self], headers: &dyn Extract, span: &SpanRef) {
        for header in list {
            if headers.get(&header.name).is_some() {
                let values = HeaderValues {
                    headers,
                    name: &header.name,
                };
                span.set_tags(&[Tag::new(&*header.tag, &values as &dyn fmt::Display)]);
            }
        }
    }
}

/// All values of a header as text, joined as RFC 9110, section 5.3, joins them.
struct HeaderValues<'a> {
    headers: &'a dyn Extract,
    name: &'a str,
}

impl fmt::Display for HeaderValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut result = Ok(());
        self.headers.each(&mut |name, value| {
            if result.is_ok() && name.eq_ignore_ascii_case(self.name) {
                let comma = if std::mem::take(&mut first) { "" } else { ", " };
                result = f.write_str(comma).and_then(|()| write_lossy(f, value));
            }
        });
        result
    }
}

pub(crate) fn write_lossy(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        f.write_str(chunk.valid())?;
        if !chunk.invalid().is_empty() {
            f.write_str("\u{fffd}")?;
        }
    }
    Ok(())
}
