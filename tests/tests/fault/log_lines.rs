//! What the reporter wrote to the log. The logger is the process's, so cases run one at a time.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};

struct Lines(Mutex<Vec<(Level, String)>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static SET: Once = Once::new();

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tracer_")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.level(), record.args().to_string());
            self.0.lock().unwrap().push(line);
        }
    }

    fn flush(&self) {}
}

/// Waits for the other cases, and forgets what they wrote.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    let alone = ONE_AT_A_TIME.lock();
    SET.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Info);
    });
    LINES.0.lock().unwrap().clear();
    alone.unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn lines() -> Vec<(Level, String)> {
    LINES.0.lock().unwrap().clone()
}
