//! Header maps as carriers. actix-web and awc share one type of header map.
//!
//! ```
//! use actix_web::http::header::HeaderMap;
//! use tracer_actix::carrier::{Headers, HeadersMut};
//! use tracer_core::testing::MockTracer;
//! use tracer_core::{Tracer, TracerExt};
//!
//! let tracer = MockTracer::new();
//! let span = tracer.span("plan").start();
//! let mut headers = HeaderMap::new();
//! tracer.inject(&span, &mut HeadersMut(&mut headers));
//! let received = tracer.extract(&Headers(&headers));
//! assert_eq!(received.span_context().map(|context| context.trace_id()), span.trace_id());
//! ```

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use tracer_core::carrier::{Found, Names};
use tracer_core::{Extract, Inject};

/// Headers that a context is read from.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a>(pub &'a HeaderMap);

impl Extract for Headers<'_> {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        for (name, value) in self.0 {
            f(name.as_str(), value.as_bytes());
        }
    }

    fn get<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        self.0.get(name).map(HeaderValue::as_bytes)
    }

    // Names alone are walked faster than names with values, and few of them are wanted.
    fn collect<'a>(&'a self, names: &Names, found: &mut Found<'a>) {
        let wanted = self.0.keys().filter(|name| names.may_want(name.as_str()));
        for name in wanted {
            for value in self.0.get_all(name) {
                found.offer(names, name.as_str(), value.as_bytes());
            }
        }
    }
}

/// Headers that a context is written to. What is no valid header is left out.
#[derive(Debug)]
pub struct HeadersMut<'a>(pub &'a mut HeaderMap);

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
        let Some(name) = header_name(name) else {
            return;
        };
        match HeaderValue::from_bytes(value) {
            Ok(value) => {
                self.0.insert(name, value);
            }
            // What stood there is stale all the same.
            Err(_) => {
                self.0.remove(name);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn may_hold(&self, names: &Names) -> bool {
        self.0.keys().any(|name| names.may_want(name.as_str()))
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.retain(|name, _| !name.as_str().starts_with(prefix));
    }
}

macro_rules! known {
    ($($name:literal)*) => {
        /// The usual names are not parsed and not allocated.
        fn header_name(name: &str) -> Option<HeaderName> {
            match name {
                $($name => {
                    static NAME: HeaderName = HeaderName::from_static($name);
                    Some(NAME.clone())
                })*
                _ => HeaderName::from_bytes(name.as_bytes()).ok(),
            }
        }
    };
}

known! {
    "traceparent" "tracestate" "baggage" "b3" "x-b3-traceid" "x-b3-spanid" "x-b3-parentspanid"
    "x-b3-sampled" "uber-trace-id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_and_look_ups_see_the_same_doubles_included() {
        let mut map = HeaderMap::new();
        for (name, value) in [("b3", "0"), ("tracestate", "a=1"), ("tracestate", "b=2")] {
            let value = HeaderValue::from_static(value);
            map.append(HeaderName::from_static(name), value);
        }
        let names = Names::new(["tracestate", "traceparent", "b3"]);
        let headers = Headers(&map);
        let mut found = Found::default();
        headers.collect(&names, &mut found);
        assert_eq!(found.all(0).collect::<Vec<_>>(), [&b"a=1"[..], b"b=2"]);
        assert_eq!(found.first(1), None);
        assert_eq!(found.first(2), headers.get("B3"));
        let mut seen = 0;
        headers.each(&mut |_, _| seen += 1);
        assert_eq!(seen, 3);
    }

    #[test]
    fn writing_replaces_and_what_is_invalid_leaves_nothing_stale() {
        let mut map = HeaderMap::new();
        map.append(HeaderName::from_static("b3"), HeaderValue::from_static("0"));
        map.append(HeaderName::from_static("b3"), HeaderValue::from_static("1"));
        let mut headers = HeadersMut(&mut map);
        headers.set("b3", "d");
        headers.set("uberctx-a", "1");
        headers.set("not a name", "1");
        headers.set("x", "1");
        headers.set("x", "not\na value");
        headers.set("tracestate", "a=1");
        headers.set("tracestate", "ä=1");
        headers.remove_prefix("uberctx-");
        assert!(headers.may_hold(&Names::new(["b3"])));
        assert!(!headers.may_hold(&Names::new(["baggage"])));
        assert_eq!(map.len(), 1);
        assert_eq!(map.get_all("b3").count(), 1);
        HeadersMut(&mut map).remove("B3");
        assert!(map.is_empty());
    }
}
