//! The operations of a layer: what all requests with one method and route have in common.

use std::fmt;
use std::sync::OnceLock;

use super::method::Method;
use super::policy::Side;
use crate::conventions::{Known, keys};
use crate::operation::Operation;

/// Of one layer. Those that found no place here, or none among all of the process, are none: their
/// spans are told of everything one by one.
pub(crate) struct Operations {
    side: Side,
    places: Box<[OnceLock<Place>]>,
}

struct Place {
    method: Method,
    route: Option<&'static str>,
    operation: &'static Operation,
}

const PLACES: usize = 512;
/// How many places are looked at for one operation.
const LOOKS: usize = 8;

impl Operations {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            places: (0..PLACES).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The operation of requests with this method and route.
    #[inline]
    pub(super) fn get(
        &self,
        method: Method,
        route: Option<&str>,
        component: &str,
    ) -> Option<&'static Operation> {
        let first = hash(route.unwrap_or_default().as_bytes()) ^ (method as usize) << 5;
        for look in 0..LOOKS {
            let place = self.places.get(first.wrapping_add(look) % PLACES)?;
            match place.get() {
                Some(place) if place.is_of(method, route) => return Some(place.operation),
                Some(_) => {}
                None => return self.make(place, method, route, component),
            }
        }
        None
    }

    #[cold]
    fn make(
        &self,
        place: &OnceLock<Place>,
        method: Method,
        route: Option<&str>,
        component: &str,
    ) -> Option<&'static Operation> {
        let length = method.name().len() + 1 + route.map_or(0, str::len);
        // Asked here, because it may be so for every request that comes.
        if length.max(component.len()) > Operation::MOST_BYTES || Operation::is_full() {
            return None;
        }
        let name = match route {
            Some(route) => &format!("{} {route}", method.name()),
            None => method.name(),
        };
        let tags = self.common(method, route, component).into_iter().flatten();
        let operation = Operation::of(name, &tags.collect::<Vec<_>>())?;
        // Another thread may have taken it: then the next request looks further.
        let _ = place.set(Place {
            method,
            route: operation.name().get(method.name().len() + 1..),
            operation,
        });
        Some(operation)
    }

    /// The tags that all requests with this method and route have. The template of a client is no
    /// route: it only names the span.
    #[inline]
    pub(super) fn common<'a>(
        &self,
        method: Method,
        route: Option<&'a str>,
        component: &'a str,
    ) -> [Option<(Known, &'a str)>; 3] {
        let route = route.filter(|_| self.side == Side::Server);
        [
            Some((keys::HTTP_METHOD, method.tag())),
            route.map(|route| (keys::HTTP_ROUTE, route)),
            Some((keys::COMPONENT, component)),
        ]
    }
}

impl Place {
    #[inline]
    fn is_of(&self, method: Method, route: Option<&str>) -> bool {
        self.method == method
            && match (self.route, route) {
                (Some(own), Some(route)) => same(own.as_bytes(), route.as_bytes()),
                (None, None) => true,
                _ => false,
            }
    }
}

/// The two ends of a text of eight bytes and more.
#[inline]
fn ends(text: &[u8]) -> Option<[u64; 2]> {
    let ends = [text.first_chunk()?, text.last_chunk()?];
    Some(ends.map(|bytes| u64::from_ne_bytes(*bytes)))
}

/// Where it is looked for first: by its ends, its middle and its length.
#[inline]
pub(super) fn hash(text: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let [first, last] = ends(text).unwrap_or_else(|| {
        let bytes = text.iter();
        [bytes.fold(0, |word, byte| word << 8 | u64::from(*byte)), 0]
    });
    let middle = text.get(text.len() / 2..).and_then(<[u8]>::first_chunk);
    let middle = middle.map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    let sum = (first ^ last.rotate_left(21) ^ middle.rotate_left(42)).wrapping_mul(FACTOR);
    (sum >> 48) as usize ^ text.len()
}

/// As `==`, without a call for what is short.
#[inline]
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && match (one.len(), ends(one), ends(other)) {
            (8..=16, Some(one), Some(other)) => one == other,
            _ => one == other,
        }
}

/// Whoever clones settings does so to change them.
impl Clone for Operations {
    fn clone(&self) -> Self {
        Self::new(self.side)
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operations")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_and_route_has_an_operation_of_its_own() {
        let operations = Operations::new(Side::Server);
        let routes = [
            "",
            "/",
            "/a",
            "/users",
            "/users/{id}",
            "/users/{id}/orders/{order}",
        ];
        let routes = routes.map(Some).into_iter().chain([None]);
        let all: Vec<_> = routes
            .flat_map(|route| [Method::Get, Method::Put, Method::Other].map(|it| (it, route)))
            .collect();
        let get = |(method, route)| operations.get(method, route, "axum").unwrap();
        let first: Vec<_> = all.iter().copied().map(get).collect();
        for ((method, route), operation) in all.iter().zip(&first) {
            let name = route.map_or(method.name().to_owned(), |it| {
                format!("{} {it}", method.name())
            });
            assert_eq!(operation.name(), name);
            let tags = operations
                .common(*method, *route, "axum")
                .into_iter()
                .flatten();
            assert_eq!(operation.tags(), tags.collect::<Vec<_>>());
        }
        let numbers: std::collections::HashSet<_> = first.iter().map(|it| it.number()).collect();
        assert_eq!(numbers.len(), all.len());
        // Found again, whatever came in between.
        assert!(all.iter().map(|it| get(*it)).eq(first.iter().copied()));
    }

    #[test]
    fn the_template_of_a_client_only_names_its_span() {
        let (client, server) = (Operations::new(Side::Client), Operations::new(Side::Server));
        let of = |side: &Operations| side.get(Method::Get, Some("/users/{id}"), "both").unwrap();
        for _ in 0..2 {
            let (client, server) = (of(&client), of(&server));
            assert_eq!(
                (client.name(), server.name()),
                ("GET /users/{id}", client.name())
            );
            assert_eq!((client.tags().len(), server.tags().len()), (2, 3));
        }
    }

    #[test]
    fn a_long_route_has_none() {
        let operations = Operations::new(Side::Server);
        let route = "/x".repeat(200);
        assert!(operations.get(Method::Get, Some(&route), "axum").is_none());
    }

    #[test]
    fn texts_are_compared_whole() {
        let text: String = ('a'..='z').collect();
        for len in 0..text.len() {
            for changed in 0..len {
                let mut other = text.as_bytes()[..len].to_vec();
                assert!(same(&other, &text.as_bytes()[..len]));
                other[changed] = b'_';
                assert!(!same(&other, &text.as_bytes()[..len]));
            }
            assert!(!same(&text.as_bytes()[..len], &text.as_bytes()[..=len]));
        }
    }
}
