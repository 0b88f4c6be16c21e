//! User and password in the URL of a collector.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tracer_core::percent;
use ureq::http::HeaderValue;

/// The URL without user and password, and what `Authorization` says in their place (RFC 7617).
///
/// Both are percent-decoded (RFC 3986, section 3.2.1) as curl does it: a `%` that begins no byte
/// stands for itself.
pub fn without_credentials(url: &str) -> (String, Option<HeaderValue>) {
    let nothing = || (url.to_owned(), None);
    let Some((scheme, behind)) = url.split_once("://") else {
        return nothing();
    };
    let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at(end);
    let Some((who, host)) = authority.rsplit_once('@') else {
        return nothing();
    };
    (format!("{scheme}://{host}{rest}"), authorization(who))
}

/// None if neither is said.
fn authorization(who: &str) -> Option<HeaderValue> {
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    if user.is_empty() && password.is_empty() {
        return None;
    }
    let decoded = |text: &'_ str| -> Vec<u8> {
        percent::bytes(text.as_bytes())
            .map(percent::Byte::get)
            .collect()
    };
    let both = [decoded(user), decoded(password)].join(&b':');
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(&both))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_become_a_header() {
        for (given, url, header) in [
            (
                "http://us%40er:p%3Ass@a:9411/x?y#z",
                "http://a:9411/x?y#z",
                Some("Basic dXNAZXI6cDpzcw=="),
            ),
            ("http://u@[::1]:1", "http://[::1]:1", Some("Basic dTo=")),
            ("http://:p@a", "http://a", Some("Basic OnA=")),
            // The last one stands before the host.
            ("http://u@b:p@a/", "http://a/", Some("Basic dUBiOnA=")),
            ("http://u:5%@a/", "http://a/", Some("Basic dTo1JQ==")),
            ("http://u:%ff@a/", "http://a/", Some("Basic dTr/")),
            ("http://@a/", "http://a/", None),
            ("http://:@a/", "http://a/", None),
            ("http://a/u:p@b", "http://a/u:p@b", None),
            ("http://a?u:p@b", "http://a?u:p@b", None),
            ("unix:u:p@a", "unix:u:p@a", None),
        ] {
            let (rest, authorization) = without_credentials(given);
            assert_eq!(rest, url);
            assert!(authorization.iter().all(HeaderValue::is_sensitive));
            let said = authorization.map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(said.as_deref(), header, "{given}");
        }
    }
}
