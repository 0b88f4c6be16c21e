//! The key of a tag.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::conventions::Known;

/// The key of a tag: a text, or one of the [names that layers write](crate::conventions::keys),
/// which travels as a number and is not copied. Both forms of one name are equal.
///
/// ```
/// use tracer_core::{Key, Tag, conventions::keys};
///
/// let tag = Tag::new(keys::HTTP_METHOD, "GET");
/// assert!(tag.key == "http.method" && tag.key == Key::from("http.method"));
/// assert_eq!(tag.key.known(), Some(keys::HTTP_METHOD));
/// ```
#[derive(Clone, Copy)]
pub struct Key<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    Known(Known),
    Text(&'a str),
}

impl<'a> Key<'a> {
    /// A key given as text: the text of a name that layers write is not looked up.
    #[inline]
    pub const fn text(text: &'a str) -> Self {
        Self(Form::Text(text))
    }

    /// The key with this text: a name that layers write becomes its number.
    #[inline]
    pub fn of(text: &'a str) -> Self {
        Self(match Known::of(text) {
            Some(known) => Form::Known(known),
            None => Form::Text(text),
        })
    }

    /// The name that was given as a number. `None` for every text, even that of such a name; see
    /// [`looked_up`](Self::looked_up).
    #[inline]
    pub const fn known(self) -> Option<Known> {
        match self.0 {
            Form::Known(known) => Some(known),
            Form::Text(_) => None,
        }
    }

    /// The name that it is, in whichever form it was given; `None` for a user's own key.
    #[inline]
    pub fn looked_up(self) -> Option<Known> {
        match self.0 {
            Form::Known(known) => Some(known),
            Form::Text(text) => Known::of(text),
        }
    }

    /// The key as text.
    #[inline]
    pub fn as_str(self) -> &'a str {
        match self.0 {
            Form::Known(known) => known.name(),
            Form::Text(text) => text,
        }
    }
}

impl Deref for Key<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Key<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<Known> for Key<'_> {
    #[inline]
    fn from(known: Known) -> Self {
        Self(Form::Known(known))
    }
}

impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for Key<'a> {
    #[inline]
    fn from(text: &'a T) -> Self {
        Self::text(text.as_ref())
    }
}

impl PartialEq for Key<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Form::Known(one), Form::Known(other)) => one == other,
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Key<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Key<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<Key<'_>> for str {
    fn eq(&self, other: &Key<'_>) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Key<'_>> for &str {
    fn eq(&self, other: &Key<'_>) -> bool {
        *self == other.as_str()
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::conventions::{TABLE, keys};

    #[test]
    fn both_forms_of_a_name_are_equal() {
        for row in TABLE {
            let (text, known) = (Key::text(row.key), Key::of(row.key));
            assert!(known.known().is_some() && text.known().is_none());
            assert_eq!(text.looked_up(), known.known());
            for (one, other) in [(text, known), (known, text), (known, known), (text, text)] {
                assert_eq!(one, other);
                assert_eq!(one, row.key);
                assert_eq!(one, *row.key);
                assert_eq!(row.key, one);
                assert_eq!(*row.key, one);
            }
            assert_eq!(known.as_str(), row.key);
            assert_eq!(HashSet::from([text, known]).len(), 1);
        }
    }

    #[test]
    fn other_keys_differ() {
        let method = Key::from(keys::HTTP_METHOD);
        let own = Key::of("user.id");
        assert!(own.known().is_none() && own.looked_up().is_none());
        assert_eq!((own, own), (Key::text("user.id"), "user.id".into()));
        for other in [keys::HTTP_PATH.into(), Key::text("http.path"), own] {
            assert_ne!(method, other);
            assert_ne!(other, method);
            assert_ne!(method, other.as_str());
            assert_ne!(other.as_str(), method);
        }
    }

    #[test]
    fn whatever_is_a_text_can_be_a_key() {
        let (owned, boxed) = (String::from("a"), Box::<str>::from("a"));
        let keys: [Key<'_>; 4] = ["a".into(), (&"a").into(), (&owned).into(), (&boxed).into()];
        assert!(keys.iter().all(|key| *key == "a"));
    }

    #[test]
    fn a_key_is_used_and_printed_as_text() {
        let keys = [Key::from(keys::HTTP_METHOD), Key::text("http.method")];
        for key in keys {
            assert!(key.starts_with("http."));
            assert_eq!(
                format!("{key} {key:?} {key:>12}"),
                "http.method \"http.method\"  http.method"
            );
        }
    }
}
