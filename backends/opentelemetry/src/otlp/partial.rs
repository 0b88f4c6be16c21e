//! What a receiver says of spans that it left out of an export that it took.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use crate::http::short;
use crate::verdict::Refused;

/// OTLP specification, "Partial Success". No spans, but a message, is only a warning.
pub(super) fn refused(answer: &[u8]) -> Option<Refused> {
    let answer = ExportTraceServiceResponse::decode(answer).ok()?;
    let partial = answer.partial_success?;
    let spans = u64::try_from(partial.rejected_spans).ok()?;
    (spans > 0).then(|| Refused {
        spans,
        reason: short(partial.error_message.as_bytes()),
    })
}
