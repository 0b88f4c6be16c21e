//! The end of a call where the spans come from.

use tracer_recording::{FinishedSpan, OwnedEndpoint};

use crate::buffer::Buffer;
use crate::model::Side;

/// The endpoint that was written last, and what it looks like: mostly that of every span.
#[derive(Default)]
pub(crate) struct Local {
    endpoint: OwnedEndpoint,
    written: Vec<u8>,
}

impl Local {
    /// Appends the local endpoint of a span, as `write` writes it.
    #[inline]
    pub(crate) fn write(
        kept: Option<&mut Self>,
        out: &mut Buffer,
        span: &FinishedSpan<'_>,
        write: impl FnOnce(&mut Buffer, &Side<'_>),
    ) {
        match kept {
            Some(kept) if kept.endpoint.as_endpoint() == span.local && !kept.written.is_empty() => {
                out.push(&kept.written);
            }
            kept => {
                let start = out.len();
                write(out, &Side::local(span));
                if let (Some(kept), Some(written)) = (kept, out.since(start)) {
                    kept.written = written.to_vec();
                    kept.endpoint = OwnedEndpoint::of(span.local);
                }
            }
        }
    }
}
