//! The binary carrier: OpenCensus' layout, as in gRPC's `grpc-trace-bin` (before base64).
//!
//! ```
//! use tracer_core::{Extracted, Sampling, SpanContext, SpanId, TraceId};
//! use tracer_recording::propagation::binary;
//!
//! let ids = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
//! let context = SpanContext::new(ids.0, ids.1, Sampling::Record);
//! let read = binary::read(&binary::write(&context)).unwrap();
//! assert_eq!(read, context);
//! // What `SpanBuilder::continues` takes: that the caller is another process is known then.
//! let caller = Extracted::context(read, false);
//! # let _ = caller;
//! ```

use tracer_core::{Sampling, SpanContext, SpanId, TraceId};

/// The length of what is written.
pub const LEN: usize = 29;

const VERSION: u8 = 0;
const TRACE: u8 = 0;
const SPAN: u8 = 1;
const OPTIONS: u8 = 2;

/// Writes ids and decision. Debug becomes sampled and "deferred" not sampled: one bit cannot say
/// more.
pub fn write(context: &SpanContext) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let trace = context.trace_id().to_bytes();
    let span = context.span_id().to_bytes();
    let sampled = u8::from(context.sampling().is_sampled());
    let content = [VERSION, TRACE]
        .into_iter()
        .chain(trace)
        .chain([SPAN])
        .chain(span)
        .chain([OPTIONS, sampled]);
    for (place, byte) in bytes.iter_mut().zip(content) {
        *place = byte;
    }
    bytes
}

/// Reads what [`write()`] writes; options may be missing (not sampled), and fields that are not
/// known may follow. `None` if it is malformed or an id is zero.
pub fn read(bytes: &[u8]) -> Option<SpanContext> {
    let [VERSION, TRACE, rest @ ..] = bytes else {
        return None;
    };
    let (trace, rest) = rest.split_first_chunk::<16>()?;
    let [SPAN, rest @ ..] = rest else {
        return None;
    };
    let (span, rest) = rest.split_first_chunk::<8>()?;
    let trace = TraceId::new(u128::from_be_bytes(*trace))?;
    let span = SpanId::new(u64::from_be_bytes(*span))?;
    let sampling = match rest {
        [OPTIONS, options, ..] if options & 1 == 1 => Sampling::Record,
        [OPTIONS] => return None,
        _ => Sampling::Drop,
    };
    Some(SpanContext::new(trace, span, sampling))
}
