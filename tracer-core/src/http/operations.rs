//! The operations of a layer: what all requests with one method and route have in common.

use std::fmt;
use std::sync::OnceLock;

use super::method::Method;
use crate::conventions::{Known, keys};
use crate::operation::Operation;

/// Of one layer. Those that found no place here, or none among all of the process, are none: their
/// spans are told of everything one by one.
pub(crate) struct Operations(Box<[OnceLock<&'static Operation>]>);

const PLACES: usize = 512;
/// How many places are looked at for one operation.
const LOOKS: usize = 8;

impl Operations {
    /// The operation of requests with this method and route.
    #[inline]
    pub(super) fn get(
        &self,
        method: Method,
        route: Option<&str>,
        component: &str,
    ) -> Option<&'static Operation> {
        let first = place(method, route.unwrap_or_default());
        for look in 0..LOOKS {
            let place = self.0.get((first + look) % PLACES)?;
            match place.get() {
                Some(operation) if is(operation, method, route) => return Some(operation),
                Some(_) => {}
                None => return make(place, method, route, component),
            }
        }
        None
    }
}

#[cold]
fn make(
    place: &OnceLock<&'static Operation>,
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
    let tags = common(method, route, component);
    let tags: Vec<_> = tags.into_iter().flatten().collect();
    let operation = Operation::of(name, &tags)?;
    // Another thread may have taken it: then the next request looks further.
    let _ = place.set(operation);
    Some(operation)
}

/// The tags that all requests with this method and route have.
#[inline]
pub(super) fn common<'a>(
    method: Method,
    route: Option<&'a str>,
    component: &'a str,
) -> [Option<(Known, &'a str)>; 3] {
    [
        Some((keys::HTTP_METHOD, method.tag())),
        route.map(|route| (keys::HTTP_ROUTE, route)),
        Some((keys::COMPONENT, component)),
    ]
}

/// The name says it all: no method has a space in it.
#[inline]
fn is(operation: &Operation, method: Method, route: Option<&str>) -> bool {
    let rest = operation
        .name()
        .as_bytes()
        .strip_prefix(method.name().as_bytes());
    match (rest, route) {
        (Some([b' ', rest @ ..]), Some(route)) => rest == route.as_bytes(),
        (Some([]), None) => true,
        _ => false,
    }
}

/// Where it is looked for first.
#[inline]
fn place(method: Method, route: &str) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = route.as_bytes().as_chunks();
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(FACTOR).rotate_left(23);
    let hash = words.iter().fold(method as u64, |hash, word| {
        mix(hash, u64::from_le_bytes(*word))
    });
    let rest = rest
        .iter()
        .fold(rest.len() as u64, |rest, byte| rest << 8 | u64::from(*byte));
    mix(hash, rest) as usize % PLACES
}

impl Default for Operations {
    fn default() -> Self {
        Self((0..PLACES).map(|_| OnceLock::new()).collect())
    }
}

/// Whoever clones settings does so to change them.
impl Clone for Operations {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operations")
    }
}
