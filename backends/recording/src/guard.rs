//! Foreign code at arm's length.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracer_core::panic_text;

/// Runs foreign code; a panic becomes what it said.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let said = panic_text(&*panic).unwrap_or("without a message");
        format!("panic: {said}")
    })
}

/// Logs; loggers may panic, as `eprintln!` does where nobody reads.
pub(crate) fn say(line: impl FnOnce()) {
    let _ = guarded(line);
}

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

/// On this thread foreign code is called because there is a span. Spans of its own must not call it again:
/// that would have no end.
pub(crate) struct Watching(());

impl Watching {
    /// `None` if it runs already.
    pub(crate) fn begin() -> Option<Self> {
        // Not `then_some`, whose value goes, and with it the mark, where it is not taken.
        (!WATCHED.replace(true)).then(|| Self(()))
    }

    /// Whether it runs on this thread, as it always does on that of a reporter.
    pub(crate) fn is_on() -> bool {
        WATCHED.get()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHED.set(false);
    }
}
