//! An exporter: one open list, and the sender that delivers it.

use std::fmt;
use std::time::Duration;

use tracer_core::conventions::Conventions;
use tracer_recording::{Delivery, Exporter, FinishedSpan};

use crate::encoding::Encoding;
use crate::list::List;
use crate::sender::Sender;

/// Exports spans to Zipkin.
///
/// Runs on the thread of a batching reporter and blocks there; it needs no async runtime. Takes
/// SERVER spans that share their CLIENT's id, unless [`join`](Self::join) says otherwise.
pub struct ZipkinExporter {
    list: List,
    join: bool,
    sender: Box<dyn Sender>,
}

impl ZipkinExporter {
    /// An exporter that hands its lists to `sender`.
    pub fn over(sender: impl Sender + 'static) -> Self {
        Self {
            list: List::new(Encoding::default(), Conventions::default()),
            join: true,
            sender: Box::new(sender),
        }
    }

    /// How spans are written; as JSON unless set. Set before the first span is added: an open list
    /// is emptied.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.list = List::new(encoding, self.list.conventions());
        self
    }

    /// Under which names tags are written; OpenTracing's unless set. Set before the first span is
    /// added: an open list is emptied.
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.list = List::new(self.list.encoding(), conventions);
        self
    }

    /// Whether servers may share the span ids of their clients. On unless set; to be switched off
    /// where something else than Zipkin takes Zipkin's format. Tracers ask once, when they are built.
    pub fn join(mut self, join: bool) -> Self {
        self.join = join;
        self
    }
}

impl Exporter for ZipkinExporter {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        self.list.add(span)
    }

    fn remove_last(&mut self) {
        self.list.remove_last();
    }

    fn send(&mut self, timeout: Duration) -> Delivery {
        if self.list.spans() == 0 {
            return Delivery::Sent { bytes: 0 };
        }
        let media_type = self.list.encoding().media_type();
        let sender = &mut self.sender;
        self.list
            .whole(|list| sender.send(list, media_type, timeout))
    }

    fn clear(&mut self) {
        self.list.clear();
    }

    fn supports_join(&self) -> bool {
        self.join
    }

    fn describe(&self) -> String {
        self.sender.describe()
    }
}

impl fmt::Debug for ZipkinExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZipkinExporter")
            .field("to", &self.sender.describe())
            .field("encoding", &self.list.encoding())
            .field("spans", &self.list.spans())
            .finish_non_exhaustive()
    }
}
