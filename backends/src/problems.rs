//! What becomes of a wrong value: an error, or a warning.

use crate::error::ConfigError;

const LONGEST_NUMBER: usize = 16;

/// The warnings so far, and how strict to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    lenient: bool,
    warnings: Vec<String>,
}

impl Problems {
    /// Wrong values of variables that choose are errors.
    pub(crate) fn strict() -> Self {
        Self::default()
    }

    /// Wrong values of variables that choose are warned about and ignored.
    pub(crate) fn lenient() -> Self {
        Self {
            lenient: true,
            warnings: Vec::new(),
        }
    }

    /// Logs and keeps a warning.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        log::warn!("tracing: {warning}");
        self.warnings.push(warning);
    }

    /// Warns about a value that is not used.
    pub(crate) fn ignored(&mut self, variable: &str, value: &str, why: &str) {
        self.warn(format!("{variable}={value:?}: {why}"));
    }

    /// The same where a number is expected: what is no such word may have been meant for something else, and be
    /// secret.
    pub(crate) fn no_number(&mut self, variable: &str, value: &str, why: &str) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.,%_ ".contains(&byte);
        let is_word = value.len() <= LONGEST_NUMBER && value.bytes().all(plain);
        self.ignored(variable, if is_word { value } else { "…" }, why);
    }

    /// A choice. If leniency turns its error into a warning, it counts as not made.
    pub(crate) fn choice<T>(
        &mut self,
        choice: Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        match choice {
            Err(error) if self.lenient => {
                self.warn(format!("{error}; ignored"));
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
