//! Carriers: where a context is read from and written to.
//!
//! Reading a request's headers one name at a time costs a look-up each, sampled or not. So a tracer
//! says once which [`Names`] it wants, and a carrier collects them in one pass into a [`Found`].
//!
//! ```
//! use tracer_core::carrier::{Extract, Found, Names};
//!
//! let names = Names::new(["b3", "traceparent"]);
//! let message = vec![("B3", "0"), ("content-type", "text/plain")];
//! let mut found = Found::default();
//! message.collect(&names, &mut found);
//! assert_eq!(found.first(0), Some(&b"0"[..]));
//! assert_eq!(found.first(1), None);
//! ```

mod names;

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

pub use names::{Found, MAX_NAMES, Names};

/// Something that a context can be read from. Names are compared without case.
pub trait Extract {
    /// Calls `f` with every name and value, doubles included, values borrowed.
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8]));

    /// The first value of this name.
    fn get<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        let mut first = None;
        self.each(&mut |candidate, value| {
            if first.is_none() && candidate.eq_ignore_ascii_case(name) {
                first = Some(value);
            }
        });
        first
    }

    /// Collects all wanted names in one pass. Carriers whose names can be walked without a dynamic
    /// call override it with a loop of their own over [`Found::offer`].
    fn collect<'a>(&'a self, names: &Names, found: &mut Found<'a>) {
        self.each(&mut |name, value| found.offer(names, name, value));
    }
}

/// Something that a context can be written to.
pub trait Inject {
    /// Sets a value and replaces every earlier one of this name. Names are lower-case.
    fn set(&mut self, name: &str, value: &str);

    /// As [`set`](Self::set), for what is a header's value as it stands: ASCII, or UTF-8 beyond that which came
    /// in one. A carrier of bytes overrides it, so that nobody has to look whether they are text.
    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        match std::str::from_utf8(value) {
            Ok(value) => self.set(name, value),
            Err(_) => self.remove(name),
        }
    }

    /// Removes every value of this name.
    fn remove(&mut self, name: &str);

    /// Removes every name that starts with this prefix.
    fn remove_prefix(&mut self, prefix: &str);

    /// False if nothing with one of these names or prefixes stands here, so that nothing has to be
    /// removed. True wherever that is not known at a glance.
    fn may_hold(&self, names: &Names) -> bool {
        let _ = names;
        true
    }
}

/// The carrier of a request without headers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl Extract for Empty {
    fn each<'a>(&'a self, _: &mut dyn FnMut(&str, &'a [u8])) {}
}

/// Lists of pairs, as most message clients have them.
impl<K: AsRef<str>, V: AsRef<[u8]>> Extract for [(K, V)] {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        for (name, value) in self {
            f(name.as_ref(), value.as_ref());
        }
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Extract for Vec<(K, V)> {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        self.as_slice().each(f);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, const N: usize> Extract for [(K, V); N] {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        self.as_slice().each(f);
    }
}

/// So that a slice of pairs, which is not `Sized`, can be lent as a `&dyn Extract`: `&pairs`.
impl<T: Extract + ?Sized> Extract for &T {
    fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
        (**self).each(f);
    }

    fn get<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        (**self).get(name)
    }

    fn collect<'a>(&'a self, names: &Names, found: &mut Found<'a>) {
        (**self).collect(names, found);
    }
}

impl<V: for<'v> From<&'v str>> Inject for Vec<(String, V)> {
    fn set(&mut self, name: &str, value: &str) {
        Inject::remove(self, name);
        self.push((name.to_owned(), value.into()));
    }

    fn remove(&mut self, name: &str) {
        self.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.retain(|(key, _)| !starts_with(key, prefix));
    }
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

macro_rules! text_map {
    ($map:ty $(, $hasher:ident)?) => {
        impl<V: AsRef<[u8]>, $($hasher)?> Extract for $map {
            fn each<'a>(&'a self, f: &mut dyn FnMut(&str, &'a [u8])) {
                for (name, value) in self {
                    f(name, value.as_ref());
                }
            }
        }

        impl<V: for<'v> From<&'v str>, $($hasher: BuildHasher)?> Inject for $map {
            fn set(&mut self, name: &str, value: &str) {
                Inject::remove(self, name);
                self.insert(name.to_owned(), value.into());
            }

            fn remove(&mut self, name: &str) {
                self.retain(|key, _| !key.eq_ignore_ascii_case(name));
            }

            fn remove_prefix(&mut self, prefix: &str) {
                self.retain(|key, _| !starts_with(key, prefix));
            }
        }
    };
}

text_map!(HashMap<String, V, S>, S);
text_map!(BTreeMap<String, V>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_keeps_doubles_in_order_and_finds_prefixes() {
        let mut names = Names::new(["tracestate", "b3"]);
        names.add_prefix("uberctx-");
        let headers = vec![
            ("TraceState", "a=1"),
            ("host", "x"),
            ("Uberctx-User", "7"),
            ("tracestate", "b=2"),
        ];
        let mut found = Found::default();
        headers.collect(&names, &mut found);
        assert_eq!(found.all(0).collect::<Vec<_>>(), [&b"a=1"[..], b"b=2"]);
        assert!(found.is_doubled(0));
        assert_eq!(found.first(1), None);
        assert_eq!(found.seen(), 0b01);
        assert!(found.has_others());
        assert_eq!(
            found.others().collect::<Vec<_>>(),
            [("uberctx-user", &b"7"[..])]
        );
        assert_eq!(headers.get("TRACESTATE"), Some(&b"a=1"[..]));
    }

    #[test]
    fn names_of_one_length_and_in_any_case_find_their_own_slots() {
        let long = "x".repeat(40);
        let wanted = [
            "b3",
            "x-b3-traceid",
            "x-b3-sampled",
            "X-B3-SpanId",
            "x-b3-parentspanid",
            "baggage",
            "a",
            "",
            &long,
        ];
        let names = Names::new(wanted);
        assert!(names.iter().eq(wanted.map(str::to_ascii_lowercase)));
        for (slot, name) in wanted.iter().enumerate() {
            assert!(names.may_want(name) && names.position(name) == Some(slot));
            for name in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
                let headers = vec![(name, "v"), ("x-b3-traceie".into(), "")];
                let mut found = Found::default();
                headers.collect(&names, &mut found);
                assert_eq!(found.seen(), 1 << slot, "{headers:?}");
                assert!(!found.has_others());
            }
        }
    }

    #[test]
    fn the_usual_headers_of_a_request_are_passed_over_at_a_glance() {
        let mut names = Names::new([
            "b3",
            "x-b3-traceid",
            "x-b3-spanid",
            "x-b3-parentspanid",
            "x-b3-sampled",
            "x-b3-flags",
            "traceparent",
            "tracestate",
            "baggage",
            "uber-trace-id",
            "jaeger-baggage",
        ]);
        names.add_prefix("uberctx-");
        let usual = "accept accept-encoding accept-language authorization cache-control connection \
            content-length content-type cookie host if-none-match origin referer te user-agent \
            upgrade-insecure-requests x-api-key x-client-id x-correlation-id x-forwarded-for \
            x-forwarded-host x-forwarded-proto x-real-ip x-request-id x-tenant x-tenant-id \
            x-trace-id sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user";
        for name in usual.split(' ').filter(|name| !name.is_empty()) {
            assert!(!names.may_want(name), "{name}");
        }
        assert!(names.iter().all(|name| names.may_want(name)));
        assert!(names.may_want("Uberctx-") && names.may_want(&format!("uberctx-{:300}", "x")));
    }

    #[test]
    fn setting_replaces_and_removing_ignores_case() {
        fn check(mut map: impl Inject + Extract) {
            map.set("b3", "0");
            map.set("b3", "1");
            assert_eq!(map.get("B3"), Some(&b"1"[..]));
            map.set("uberctx-a", "1");
            map.remove_prefix("uberctx-");
            map.remove("B3");
            map.each(&mut |name, _| panic!("{name} is left"));
        }
        check(HashMap::<String, String>::from([(
            "B3".into(),
            "old".into(),
        )]));
        check(BTreeMap::<String, String>::from([(
            "B3".into(),
            "old".into(),
        )]));
        check(vec![
            ("B3".to_owned(), "old".to_owned()),
            ("b3".to_owned(), "older".to_owned()),
        ]);
    }
}
