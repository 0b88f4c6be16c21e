//! The variables, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::problems::Problems;

/// The path of a file of authorities in PEM form, as OpenSSL, curl and others read it.
pub(crate) const CERTIFICATE_FILE: &str = "SSL_CERT_FILE";
/// The paths of folders with such files, as of commands in `PATH`; beside the file.
pub(crate) const CERTIFICATE_FOLDERS: &str = "SSL_CERT_DIR";

/// The variables whose names begin with `OTEL_`, `SSL_CERT_FILE` and `SSL_CERT_DIR`. Keeps no reference to the
/// environment.
#[derive(Clone, Default)]
pub(crate) struct Vars(BTreeMap<String, String>);

impl Vars {
    /// Those of the process. What is not Unicode gets replacement characters, so that the message
    /// about it can show where.
    pub(crate) fn from_env() -> Self {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    /// A value without surrounding white space. Empty means unset.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The value of a variable that holds a list with commas. Without items it is empty.
    pub(crate) fn list(&self, name: &str) -> Option<&str> {
        let value = self.get(name)?;
        let mut items = value.split(',').map(str::trim);
        items.any(|item| !item.is_empty()).then_some(value)
    }

    /// The first of these variables that is set, with its name.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "OTLP has variants"))]
    pub(crate) fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, &str)> {
        names
            .into_iter()
            .find_map(|name| Some((name, self.get(name)?)))
    }

    /// True for `true` in any case. Anything else is false, and warned about unless it says so.
    /// `None` if unset.
    pub(crate) fn switch(&self, name: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.get(name)?;
        let on = value.eq_ignore_ascii_case("true");
        if !on && !value.eq_ignore_ascii_case("false") {
            problems.ignored(name, value, "neither true nor false, taken as false");
        }
        Some(on)
    }

    /// A [`switch`](Self::switch) that is off if unset.
    pub(crate) fn flag(&self, name: &str, problems: &mut Problems) -> bool {
        self.switch(name, problems).unwrap_or(false)
    }

    /// A number of at least `min`; a wrong one is warned about and ignored.
    pub(crate) fn number<N>(&self, name: &str, min: N, problems: &mut Problems) -> Option<N>
    where
        N: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let value = self.get(name)?;
        let number = value.parse().ok().filter(|number| *number >= min);
        if number.is_none() {
            let why = format!("not a whole number of at least {min}; ignored");
            problems.ignored(name, value, &why);
        }
        number
    }

    /// A time of at least 1 ms, in milliseconds.
    pub(crate) fn millis(&self, name: &str, problems: &mut Problems) -> Option<Duration> {
        self.number(name, 1, problems).map(Duration::from_millis)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Vars {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(vars: I) -> Self {
        Self(
            vars.into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .filter(|(name, _)| {
                    name.starts_with("OTEL_")
                        || [CERTIFICATE_FILE, CERTIFICATE_FOLDERS].contains(&name.as_str())
                })
                .collect(),
        )
    }
}

impl fmt::Debug for Vars {
    /// The names: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
