//! What a request brings along, and the decision about it.

use axum::extract::MatchedPath;
use axum::routing::get;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::Empty;
use tower::ServiceExt;

/// The body of every request.
pub type RequestBody = Empty<bytes::Bytes>;

/// The route that every request has matched.
pub const ROUTE: &str = "/users/{id}";

/// One column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Nobody called with a trace; the trace is sampled here.
    NewRoot,
    /// The caller samples its trace.
    SampledParent,
    /// The caller does not.
    UnsampledParent,
    /// Nobody called with a trace, and the sampler says no.
    Off,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::NewRoot,
        Self::SampledParent,
        Self::UnsampledParent,
        Self::Off,
    ];

    /// The head of the column.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NewRoot => "new root",
            Self::SampledParent => "sampled parent",
            Self::UnsampledParent => "unsampled parent",
            Self::Off => "switched off",
        }
    }

    /// True if spans are recorded.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::NewRoot | Self::SampledParent)
    }
}

/// The headers in which a library looks for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `x-b3-traceid` and three more.
    B3,
    /// `traceparent`.
    W3c,
}

const PLAIN: [(&str, &str); 8] = [
    ("host", "localhost:8080"),
    ("user-agent", "curl/8.5.0"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, br"),
    ("accept-language", "en"),
    ("cache-control", "no-cache"),
    ("x-request-id", "7d1f4b1c"),
    ("x-tenant", "blue"),
];

/// Eight headers, those of the caller's trace among them.
pub fn headers(case: Case, wire: Wire) -> HeaderMap {
    let sampled = case == Case::SampledParent;
    let of_caller: &[(&str, &str)] = match (case, wire) {
        (Case::NewRoot | Case::Off, _) => &[],
        (_, Wire::B3) => &[
            ("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("x-b3-spanid", "00f067aa0ba902b7"),
            ("x-b3-parentspanid", "05e3ac9a4f6e3b90"),
            ("x-b3-sampled", if sampled { "1" } else { "0" }),
        ],
        (_, Wire::W3c) if sampled => &[(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )],
        (_, Wire::W3c) => &[(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        )],
    };
    let others = PLAIN.iter().take(PLAIN.len() - of_caller.len());
    others
        .chain(of_caller)
        .map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        })
        .collect()
}

/// A request as it comes out of axum's router: with the route that it matched.
pub fn request(case: Case, wire: Wire) -> Request<RequestBody> {
    let mut request = Request::get("/users/7")
        .body(Empty::new())
        .unwrap_or_default();
    *request.headers_mut() = headers(case, wire);
    if let Some(route) = matched_path() {
        request.extensions_mut().insert(route);
    }
    request
}

/// Only a router can make one.
fn matched_path() -> Option<MatchedPath> {
    use std::sync::{Arc, Mutex, PoisonError};
    let seen = Arc::new(Mutex::new(None));
    let there = Arc::clone(&seen);
    let handler = move |path: MatchedPath| {
        *there.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
        std::future::ready(())
    };
    let router: axum::Router = axum::Router::new().route(ROUTE, get(handler));
    let request = Request::get("/users/7").body(axum::body::Body::empty());
    router.oneshot(request.ok()?).now_or_never()?.ok()?;
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.take()
}
