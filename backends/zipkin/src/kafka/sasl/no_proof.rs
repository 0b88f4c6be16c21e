//! No SCRAM is compiled in, and no URL asks for it.

use super::{Authenticated, Digest, Problem, Socket, User, refused};

pub(super) fn prove(_: &mut Socket, _: &User, _: Digest) -> Result<Authenticated, Problem> {
    Err(refused("SCRAM needs the feature `tls` of tracer-zipkin"))
}
