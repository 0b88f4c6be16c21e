//! The operations of gRPC methods. The path of a call comes from the network and anybody can make one
//! up, so an operation, which is kept for ever, is made only of a method that has answered OK or of
//! which the layer was told.

use std::fmt;
use std::num::NonZeroU16;
use std::sync::OnceLock;

use super::operations::{hash, same};
use crate::conventions::{self as tags, Known, keys};
use crate::operation::Operation;
use crate::rpc::{self, MethodPath};

/// Of one layer. A method that finds no place here has no operation, which is all the difference:
/// what nobody implements can take places, but no more than there are.
pub(crate) struct Methods {
    places: Box<[OnceLock<Method>]>,
}

struct Method {
    /// `pkg.Service/Method`.
    full: Box<str>,
    operation: OnceLock<&'static Operation>,
}

/// Where a method without an operation has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate(NonZeroU16);

const PLACES: usize = 512;
/// How many places are looked at for one method.
const LOOKS: usize = 8;

impl Methods {
    /// The operation of a method, or where one can be made of it later.
    #[inline]
    pub(super) fn get(&self, full: &str) -> (Option<&'static Operation>, Option<Candidate>) {
        let first = hash(full.as_bytes());
        for look in 0..LOOKS {
            let at = first.wrapping_add(look) % PLACES;
            let Some(place) = self.places.get(at) else {
                break;
            };
            match place.get() {
                Some(method) if same(method.full.as_bytes(), full.as_bytes()) => {
                    return match method.operation.get() {
                        Some(operation) => (Some(operation), None),
                        None => (None, Candidate::at(at)),
                    };
                }
                Some(_) => {}
                None => {
                    return (
                        None,
                        Self::take(place, full).then(|| Candidate::at(at)).flatten(),
                    );
                }
            }
        }
        (None, None)
    }

    #[cold]
    fn take(place: &OnceLock<Method>, full: &str) -> bool {
        // Asked here, because it may be so for every call that comes.
        let may = !full.is_empty() && full.len() <= Operation::MOST_BYTES && !Operation::is_full();
        // Another thread may have taken it: then the next call looks further.
        may && place
            .set(Method {
                full: full.into(),
                operation: OnceLock::new(),
            })
            .is_ok()
    }

    /// The name of a method without an operation.
    #[cold]
    pub(super) fn name(&self, candidate: Candidate) -> Option<&str> {
        Some(&self.places.get(candidate.place())?.get()?.full)
    }

    /// Makes the operation of a method.
    #[cold]
    pub(super) fn learn(
        &self,
        candidate: Candidate,
        component: &str,
    ) -> Option<&'static Operation> {
        // Asked first: to look for an operation takes a lock.
        if Operation::is_full() {
            return None;
        }
        let method = self.places.get(candidate.place())?.get()?;
        let tags = common(&method.full, component).into_iter().flatten();
        let operation = Operation::of(&method.full, &tags.collect::<Vec<_>>())?;
        Some(*method.operation.get_or_init(|| operation))
    }
}

impl Candidate {
    fn at(place: usize) -> Option<Self> {
        u16::try_from(place + 1)
            .ok()
            .and_then(NonZeroU16::new)
            .map(Self)
    }

    fn place(self) -> usize {
        usize::from(self.0.get() - 1)
    }
}

/// The tags that all calls of a method have; the component only if it has a name.
pub(super) fn common<'a>(full: &'a str, component: &'a str) -> [Option<(Known, &'a str)>; 4] {
    let MethodPath {
        service, method, ..
    } = rpc::split_full(full);
    [
        Some((keys::RPC_SYSTEM, tags::GRPC)),
        service.map(|service| (keys::RPC_SERVICE, service)),
        method.map(|method| (keys::RPC_METHOD, method)),
        (!component.is_empty()).then_some((keys::COMPONENT, component)),
    ]
}

impl Default for Methods {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| OnceLock::new()).collect(),
        }
    }
}

/// Whoever clones settings does so to change them.
impl Clone for Methods {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Methods")
    }
}
