//! Optional sugar for `main`: one tracer for the process. Nothing inside this project reads it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::noop::NoopTracer;
use crate::tracer::Tracer;

static GLOBAL: OnceLock<Arc<dyn Tracer>> = OnceLock::new();

/// The process's tracer: a [`NoopTracer`] until [`set_global`] was called, and whoever has taken that keeps
/// it. So ask when it is needed, or build layers after it was set.
pub fn global() -> Arc<dyn Tracer> {
    GLOBAL
        .get()
        .cloned()
        .unwrap_or_else(|| Arc::new(NoopTracer))
}

/// Sets the process's tracer, once.
///
/// # Errors
///
/// [`AlreadySet`] when it was set before; the earlier one stays.
pub fn set_global(tracer: Arc<dyn Tracer>) -> Result<(), AlreadySet> {
    GLOBAL.set(tracer).map_err(|_| AlreadySet(()))
}

/// The process's tracer was set before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlreadySet(());

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the global tracer was set before")
    }
}

impl std::error::Error for AlreadySet {}
