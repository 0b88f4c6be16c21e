//! What users hook in and hand over, at arm's length.

use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a user's closure. A panic, which the panic hook has shown already, is no answer: what only
/// watches a request must not break it.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

/// More of a text nobody keeps, in bytes.
const MOST: usize = 64 * 1024;

/// What a user's value prints: of endless ones the beginning, of failing ones what came before. `None` if it
/// panics.
pub(crate) fn printed(value: &dyn Display) -> Option<String> {
    let mut text = Beginning::default();
    guarded(|| {
        // It may say that it failed, which `to_string` makes a panic of.
        let _ = write!(text, "{value}");
    })?;
    Some(text.0)
}

#[derive(Default)]
struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end));
        self.0.push_str(&text[..end.unwrap_or(0)]);
        Err(fmt::Error)
    }
}
