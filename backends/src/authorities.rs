//! Whom the clients of `https` endpoints trust.

use tracer_recording::{Authorities, shown_path};

use crate::error::ConfigError;
use crate::vars::{CERTIFICATE_FILE, CERTIFICATE_FOLDERS, Vars};

/// The authorities in the file that one of these variables names, else those of `SSL_CERT_FILE` and
/// `SSL_CERT_DIR`. None, so that the public ones are trusted, if none is set, and where nobody asks: the
/// endpoint is not `https`.
pub(crate) fn read(
    vars: &Vars,
    names: &[&'static str],
    endpoint: &str,
) -> Result<Option<Authorities>, ConfigError> {
    if !Authorities::count_for(endpoint) {
        return Ok(None);
    }
    for name in names {
        if let Some(trusted) = file(vars, name)? {
            return Ok(Some(trusted));
        }
    }
    match file(vars, CERTIFICATE_FILE)? {
        None => folders(vars, false),
        Some(file) => Ok(Some(match folders(vars, true)? {
            Some(folders) => file.and(&folders),
            None => file,
        })),
    }
}

/// An error if the scheme of this endpoint is one of these, which have TLS, and that is not compiled in.
pub(crate) fn compiled_in(
    variable: &'static str,
    endpoint: &str,
    secure: &[&str],
) -> Result<(), ConfigError> {
    let scheme = endpoint.split_once("://").map(|(scheme, _)| scheme);
    let is_it = |known: &&&str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(known));
    match secure.iter().find(is_it) {
        Some(scheme) if !cfg!(feature = "tls") => {
            let said = format!("{scheme}://…");
            Err(ConfigError::needs(variable, &said, "tls"))
        }
        _ => Ok(()),
    }
}

fn file(vars: &Vars, name: &'static str) -> Result<Option<Authorities>, ConfigError> {
    let Some(path) = vars.get(name) else {
        return Ok(None);
    };
    let wrong = |error| ConfigError::wrong(name, shown_path(path), &format!("{error}"));
    Authorities::from_file(path).map(Some).map_err(wrong)
}

/// Folders without a certificate are an error, unless a file stands beside them: nobody means that
/// nobody is trusted.
fn folders(vars: &Vars, may_be_empty: bool) -> Result<Option<Authorities>, ConfigError> {
    let Some(paths) = vars.get(CERTIFICATE_FOLDERS) else {
        return Ok(None);
    };
    let folders = std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty());
    let folders: Vec<_> = folders.collect();
    if folders.is_empty() {
        return Ok(None);
    }
    match Authorities::from_folders(folders) {
        Err(error) if may_be_empty && error.is_none() => Ok(None),
        read => read.map(Some).map_err(|error| {
            let mut all = std::env::split_paths(paths);
            let shown = all.all(|path| path.to_str().is_some_and(|path| shown_path(path) == path));
            let paths = if shown { paths } else { "…" };
            ConfigError::wrong(CERTIFICATE_FOLDERS, paths, &format!("{error}"))
        }),
    }
}
