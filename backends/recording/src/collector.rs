//! The URL of a collector that is asked over HTTP, without user and password.

use ureq::http::Uri;

use crate::endpoint::{has_no_host, has_stray_credentials, has_wrong_port};

/// What is wrong with one. Its text does not repeat it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongUrl {
    /// It cannot be read.
    NoUrl,
    /// There is nobody to be asked.
    NoHost,
    /// What stands behind the host is no port.
    Port,
    /// An `@` where no user and password stand.
    Credentials,
    /// Neither `http` nor `https`.
    Scheme,
    /// `https` where no TLS is compiled in.
    NoTls,
}

impl WrongUrl {
    /// What is said of it. `like`: how such a URL looks; `library`: which one lacks its feature `tls`.
    pub fn told(self, like: &str, library: &str) -> String {
        let text = match self {
            Self::NoUrl => return format!("not a URL; expected something like {like}"),
            Self::NoHost => return format!("no host; expected something like {like}"),
            Self::NoTls => return format!("https needs the feature `tls` of {library}"),
            Self::Port => "what stands behind the host is no port",
            Self::Credentials => {
                "an @ in the path: user and password are percent-encoded, and so is an @ elsewhere"
            }
            Self::Scheme => "the scheme is neither http nor https",
        };
        text.to_owned()
    }
}

/// Reads such a URL.
///
/// # Errors
///
/// [`WrongUrl`], for `https` too unless there is TLS.
pub fn collector(url: &str, tls: bool) -> Result<Uri, WrongUrl> {
    if has_no_host(url) {
        return Err(WrongUrl::NoHost);
    }
    let uri: Uri = url.parse().map_err(|_| WrongUrl::NoUrl)?;
    if uri.host().is_none() {
        return Err(WrongUrl::NoHost);
    }
    if has_wrong_port(url) {
        return Err(WrongUrl::Port);
    }
    if has_stray_credentials(url) {
        return Err(WrongUrl::Credentials);
    }
    match uri.scheme_str() {
        Some("http") => Ok(uri),
        Some("https") if tls => Ok(uri),
        Some("https") => Err(WrongUrl::NoTls),
        _ => Err(WrongUrl::Scheme),
    }
}

/// The same for people: without its query, which may hold a key.
pub fn described(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.host().unwrap_or_default();
    let port = uri.port().map(|port| format!(":{port}"));
    format!(
        "{scheme}://{host}{}{}",
        port.unwrap_or_default(),
        uri.path()
    )
}
