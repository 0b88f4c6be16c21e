//! Header maps as carriers.
//!
//! For what the layers do not see, such as a context that goes with a job:
//!
//! ```
//! use http::HeaderMap;
//! use tracer_core::testing::MockTracer;
//! use tracer_core::{Tracer, TracerExt};
//! use tracer_tower::carrier::{Headers, HeadersMut};
//!
//! let tracer = MockTracer::new();
//! let span = tracer.span("plan").start();
//! let mut headers = HeaderMap::new();
//! tracer.inject(&span, &mut HeadersMut(&mut headers));
//! let received = tracer.extract(&Headers(&headers));
//! assert_eq!(received.span_context().map(|context| context.trace_id()), span.trace_id());
//! ```

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use tracer_core::carrier::{Extract, Found, Inject, Names};

/// Headers that a context is read from. One pass finds all of them.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'h>(pub &'h HeaderMap);

impl Headers<'_> {
    /// The content type.
    pub fn content_type(&self) -> Option<&[u8]> {
        self.0.get(CONTENT_TYPE).map(HeaderValue::as_bytes)
    }
}

impl Extract for Headers<'_> {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        for (name, value) in self.0 {
            f(name.as_str(), value.as_bytes());
        }
    }

    fn get<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        let value = if self.0.keys_len() <= FEW {
            of_few(self.0, name)
        } else {
            match known(name) {
                Some(name) => self.0.get(name),
                None => self.0.get(name),
            }
        };
        value.map(HeaderValue::as_bytes)
    }

    fn collect<'a>(&'a self, names: &Names, found: &mut Found<'a>) {
        // Names alone are walked faster than names with values, and in most requests none is wanted.
        let mut names_alone = self.0.keys();
        if names_alone.any(|name| names.may_want(name.as_str())) {
            collect_last(names_alone.len() + 1, self.0, names, found);
        }
    }
}

/// So many names are compared faster than one is hashed: trailers.
const FEW: usize = 4;

/// The first value of this name.
#[inline]
fn of_few<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut headers = headers.iter();
    let found = headers.find(|(other, _)| {
        let other = other.as_str();
        // Nearly everybody asks in lower case.
        other == name || other.eq_ignore_ascii_case(name)
    });
    found.map(|(_, value)| value)
}

/// From the last `count` names.
#[inline]
fn collect_last<'a>(count: usize, headers: &'a HeaderMap, names: &Names, found: &mut Found<'a>) {
    // Each name has a value or more, so that none of these is passed over.
    let before = headers.keys_len() - count;
    let mut headers = headers.iter();
    headers.by_ref().take(before).for_each(drop);
    for (name, value) in headers {
        found.offer(names, name.as_str(), value.as_bytes());
    }
}

/// Headers that a context is written to. What is no valid header is left out.
#[derive(Debug)]
pub struct HeadersMut<'h>(pub &'h mut HeaderMap);

impl Inject for HeadersMut<'_> {
    fn set(&mut self, name: &str, value: &str) {
        if value.is_ascii() {
            self.set_bytes(name, value.as_bytes());
        } else {
            // What stood there is stale all the same.
            Inject::remove(self, name);
        }
    }

    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        match (known(name), header_value(value)) {
            (Some(name), Ok(value)) => {
                self.0.insert(name, value);
            }
            (None, Ok(value)) => {
                if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                    self.0.insert(name, value);
                }
            }
            (_, Err(_)) => Inject::remove(self, name),
        }
    }

    fn remove(&mut self, name: &str) {
        match known(name) {
            Some(name) => self.0.remove(name),
            None => self.0.remove(name),
        };
    }

    fn may_hold(&self, names: &Names) -> bool {
        self.0.keys().any(|name| names.may_want(name.as_str()))
    }

    fn remove_prefix(&mut self, prefix: &str) {
        let starts = |name: &HeaderName| {
            let start = name.as_str().get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        while let Some(name) = self.0.keys().find(|name| starts(name)).cloned() {
            self.0.remove(name);
        }
    }
}

/// A decision is not copied.
fn header_value(value: &[u8]) -> Result<HeaderValue, InvalidHeaderValue> {
    match value {
        b"0" => Ok(HeaderValue::from_static("0")),
        b"1" => Ok(HeaderValue::from_static("1")),
        _ => HeaderValue::from_bytes(value),
    }
}

macro_rules! known {
    ($($name:literal)*) => {
        /// The usual names are not parsed and not allocated.
        fn known(name: &str) -> Option<&'static HeaderName> {
            match name {
                $($name => {
                    static NAME: HeaderName = HeaderName::from_static($name);
                    Some(&NAME)
                })*
                _ => None,
            }
        }
    };
}

known! {
    "traceparent" "tracestate" "baggage" "b3" "x-b3-traceid" "x-b3-spanid" "x-b3-parentspanid"
    "x-b3-sampled" "x-b3-flags" "uber-trace-id" "jaeger-baggage" "content-length" "content-type"
    "grpc-message" "grpc-status" "grpc-timeout"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> HeaderMap {
        let mut map = HeaderMap::new();
        map.append("b3", HeaderValue::from_static("1"));
        map.append("uberctx-a", HeaderValue::from_static("x"));
        map.append("uberctx-b", HeaderValue::from_static("y"));
        map.append("tracestate", HeaderValue::from_static("a=1"));
        map.append("tracestate", HeaderValue::from_static("b=2"));
        map
    }

    #[test]
    fn one_pass_finds_names_doubles_and_prefixes() {
        let map = map();
        let mut names = Names::new(["tracestate", "b3"]);
        names.add_prefix("uberctx-");
        let headers = Headers(&map);
        let mut found = Found::default();
        headers.collect(&names, &mut found);
        assert_eq!(found.all(0).collect::<Vec<_>>(), [&b"a=1"[..], b"b=2"]);
        assert_eq!(found.first(1), Some(&b"1"[..]));
        assert_eq!(found.others().count(), 2);
        assert_eq!(headers.get("B3"), Some(&b"1"[..]));
    }

    #[test]
    fn a_header_is_found_among_few_and_among_many() {
        let mut map = map();
        map.append("grpc-status", HeaderValue::from_static("5"));
        map.remove("b3");
        map.remove("uberctx-a");
        assert!(map.keys_len() < FEW);
        for more in ["accept", "host", "te", "user-agent"] {
            for (name, value) in [
                ("Tracestate", Some("a=1")),
                ("tracestate", Some("a=1")),
                ("GRPC-Status", Some("5")),
                ("uberctx-b", Some("y")),
                ("uberctx-c", None),
                ("grpc-timeout", None),
                ("no name", None),
                ("", None),
            ] {
                let value = value.map(str::as_bytes);
                assert_eq!(Headers(&map).get(name), value, "{name}: {map:?}");
            }
            map.append(more, HeaderValue::from_static("z"));
        }
        assert!(map.keys_len() > FEW);
        assert_eq!(Headers(&HeaderMap::new()).get("b3"), None);
    }

    #[test]
    fn setting_replaces_and_what_is_invalid_leaves_nothing_stale() {
        let mut map = map();
        let mut headers = HeadersMut(&mut map);
        headers.set("tracestate", "ä=1");
        assert_eq!(
            headers.0.get("tracestate"),
            None,
            "no header of ours is more than ASCII"
        );
        headers.set("tracestate", "c=3");
        headers.set("b3", "new\nline");
        headers.set("no name", "x");
        headers.remove_prefix("UberCtx-");
        let held = Names::new(["tracestate"]);
        assert!(HeadersMut(&mut map).may_hold(&held));
        assert!(!HeadersMut(&mut map).may_hold(&Names::new(["b3", "x"])));
        let left: Vec<_> = map
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_bytes()))
            .collect();
        assert_eq!(left, [("tracestate", &b"c=3"[..])]);
    }
}
