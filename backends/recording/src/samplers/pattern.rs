//! Names of spans against patterns, without joining the parts of a name.

use tracer_core::Name;

/// A text with `*` for any number of characters.
#[derive(Clone, Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        matches(self.0.as_bytes(), text.len(), |at| text.get(at).copied())
    }

    /// As if the name were printed.
    pub(super) fn matches_name(&self, name: Name<'_>) -> bool {
        match name {
            Name::Text(text) => self.matches(text),
            Name::Route { method, route } => {
                let len = method.len() + 1 + route.len();
                matches(self.0.as_bytes(), len, |at| byte_of(method, route, at))
            }
        }
    }
}

fn byte_of(method: &str, route: &str, at: usize) -> Option<u8> {
    match at.checked_sub(method.len()) {
        None => method.as_bytes().get(at).copied(),
        Some(0) => Some(b' '),
        Some(at) => route.as_bytes().get(at - 1).copied(),
    }
}

/// Goes back to the last star only, so it takes at most `pattern * len` steps.
fn matches(pattern: &[u8], len: usize, text: impl Fn(usize) -> Option<u8>) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < len {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if text(t) == Some(*byte) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

/// The method and the rest of a name.
pub(super) fn split(name: Name<'_>) -> (Option<&str>, &str) {
    match name {
        Name::Route { method, route } => (Some(method), route),
        Name::Text(text) => {
            let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
            let is_method = !first.is_empty() && first.bytes().all(|b| b.is_ascii_uppercase());
            if is_method {
                (Some(first), rest)
            } else {
                (None, text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("/health*", "/healthz", true),
            ("/health*", "/health", true),
            ("/health*", "/v1/health", false),
            ("*/health", "/v1/health", true),
            ("/a/*/c", "/a/b/b/c", true),
            ("/a/*/c", "/a/b/d", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXc", false),
            ("ä*", "äö", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn a_name_has_a_method_and_a_rest() {
        assert_eq!(split(Name::Text("GET")), (Some("GET"), ""));
        assert_eq!(split(Name::Text("GET /a")), (Some("GET"), "/a"));
        assert_eq!(split(Name::Text("load cart")), (None, "load cart"));
        assert_eq!(split(Name::Text("")), (None, ""));
    }

    proptest! {
        #[test]
        fn a_name_in_two_parts_matches_as_if_printed(
            method in "[A-Z]{0,3}",
            route in "[/ab ]{0,5}",
            pattern in "[A-C/ab *]{0,6}",
        ) {
            let name = Name::Route { method: &method, route: &route };
            let pattern = Pattern::new(pattern);
            prop_assert_eq!(pattern.matches_name(name), pattern.matches(&name.to_string()));
        }

        #[test]
        fn text_matches_itself_and_around_a_star(a in "[^*]{0,9}", b in "[^*]{0,9}") {
            prop_assert!(Pattern::new(a.as_str()).matches(&a));
            let pattern = Pattern::new(format!("{a}*{b}"));
            let middle = format!("{a} x {b}");
            prop_assert!(pattern.matches(&middle));
        }
    }
}
