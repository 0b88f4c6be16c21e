//! What an exporter has written before and will write again.

use tracer_core::{Endpoint, Kind, Operation};
use tracer_recording::{FinishedSpan, OwnedEndpoint};

use crate::buffer::Buffer;

/// Pieces of spans, kept as they are written for as long as encoding and names of tags stay the
/// same.
#[derive(Default)]
pub(crate) struct Kept {
    services: Vec<Service>,
}

/// Mostly there is one. Spans of more services than these find nothing kept.
const MOST_SERVICES: usize = 4;

/// Pieces of the spans of one service.
struct Service {
    endpoint: OwnedEndpoint,
    local: Vec<u8>,
    /// By number: never more than a process may have.
    operations: Vec<Option<Ready>>,
}

/// Pieces of the spans of one operation.
struct Ready {
    kind: Kind,
    /// Role and name, and all that stands before the time.
    start: Vec<u8>,
    /// The local end and the tags; nothing if how these are written depends on the rest of the span.
    end: Option<Vec<u8>>,
}

/// How pieces are written.
pub(crate) trait Pieces {
    /// Role and name of a span, and all that stands before its time.
    fn start(&self, out: &mut Buffer, kind: Kind, name: &str);

    /// The local end.
    fn local(&self, out: &mut Buffer, span: &FinishedSpan<'_>);

    /// The local end and the tags of an operation, open for more; nothing if there are none, or how
    /// they are written depends on the rest of the span.
    fn end(&self, out: &mut Buffer, span: &FinishedSpan<'_>, operation: &Operation);
}

/// What a span has in common with others, as far as it was written before.
#[derive(Clone, Copy, Default)]
pub(crate) struct Common<'a> {
    service: Option<&'a Service>,
    ready: Option<&'a Ready>,
}

impl Kept {
    /// What a span has in common with those that came before it. The first one of a service or of an
    /// operation pays for the others.
    #[inline]
    pub(crate) fn common(
        &mut self,
        span: &FinishedSpan<'_>,
        operation: Option<&'static Operation>,
        pieces: &impl Pieces,
    ) -> Common<'_> {
        let known = |service: &Service| is(&service.endpoint, &span.local);
        let Some(at) = self.services.iter().position(known) else {
            self.add(span, pieces);
            return Common::default();
        };
        if let Some(service) = self.services.get_mut(at)
            && let Some(operation) = operation
        {
            let number = usize::from(operation.number());
            if !matches!(service.operations.get(number), Some(Some(_))) {
                service.add(span, operation, pieces);
            }
        }
        let service = self.services.get(at);
        Common {
            service,
            ready: service.zip(operation).and_then(|(service, operation)| {
                let place = service.operations.get(usize::from(operation.number()));
                place?.as_ref()
            }),
        }
    }

    #[cold]
    fn add(&mut self, span: &FinishedSpan<'_>, pieces: &impl Pieces) {
        if self.services.len() < MOST_SERVICES {
            self.services.push(Service {
                endpoint: OwnedEndpoint::of(span.local),
                local: written(|out| pieces.local(out, span)),
                operations: Vec::new(),
            });
        }
    }
}

impl Service {
    #[cold]
    fn add(
        &mut self,
        span: &FinishedSpan<'_>,
        operation: &'static Operation,
        pieces: &impl Pieces,
    ) {
        let number = usize::from(operation.number());
        if self.operations.len() <= number {
            self.operations.resize_with(number + 1, || None);
        }
        if let Some(place) = self.operations.get_mut(number) {
            let end = written(|out| pieces.end(out, span, operation));
            *place = Some(Ready {
                kind: span.kind,
                start: written(|out| pieces.start(out, span.kind, operation.name())),
                end: Some(end).filter(|end| !end.is_empty()),
            });
        }
    }
}

/// The texts last: comparing them is a call.
#[inline]
fn is(one: &OwnedEndpoint, other: &Endpoint<'_>) -> bool {
    one.ip == other.ip
        && one.port == other.port
        && one.host.as_deref() == other.host
        && one.service.as_deref() == other.service
}

/// What `write` appends, alone.
fn written(write: impl FnMut(&mut Buffer)) -> Vec<u8> {
    let mut out = Vec::new();
    Buffer::append(&mut out, write);
    out.shrink_to_fit();
    out
}

impl<'a> Common<'a> {
    /// Role and name, and all that stands before the time; nothing if the span has been renamed.
    #[inline]
    pub(crate) fn start(
        self,
        span: &FinishedSpan<'_>,
        operation: Option<&'static Operation>,
    ) -> Option<&'a [u8]> {
        let ready = self.ready?;
        let named = std::ptr::eq(operation?.name(), span.name);
        (named && ready.kind == span.kind).then_some(&ready.start)
    }

    /// The local end.
    #[inline]
    pub(crate) fn local(self) -> Option<&'a [u8]> {
        Some(&self.service?.local)
    }

    /// The local end and the tags, open for more.
    #[inline]
    pub(crate) fn end(self) -> Option<&'a [u8]> {
        self.ready?.end.as_deref()
    }

    /// The tags alone.
    #[inline]
    pub(crate) fn tags(self) -> Option<&'a [u8]> {
        self.end()?.get(self.local()?.len()..)
    }
}
