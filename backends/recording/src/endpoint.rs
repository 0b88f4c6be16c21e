//! What a URL of a collector must not be.

use std::borrow::Cow;

/// True if something stands behind the host of this URL that is no port (RFC 3986, section 3.2.3):
/// `http://zipkin:94110/`. Parsers of URLs pass it over, and the port of the scheme would be called,
/// with whatever credentials the URL has.
///
/// ```
/// use tracer_recording::has_wrong_port;
///
/// assert!(has_wrong_port("http://zipkin:94110/api/v2/spans"));
/// assert!(!has_wrong_port("http://user:secret@[::1]:9411/api/v2/spans"));
/// ```
pub fn has_wrong_port(url: &str) -> bool {
    // The colons of an IPv6 address stand in brackets.
    let port = host_and_port(url).rsplit(']').next().unwrap_or_default();
    port.split_once(':').is_some_and(|(_, port)| {
        // A sign would be parsed.
        port.parse::<u16>().is_err() || !port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// True if this URL has a scheme and no host behind it: `http://`. Parsers do not say it like that.
pub(crate) fn has_no_host(url: &str) -> bool {
    let host = host_and_port(url);
    url.contains("://") && (host.is_empty() || host.starts_with(':'))
}

/// True if an `@` stands behind the host of this URL, but not in the query of a place: what stands before it is most
/// likely the rest of a password with a `/`, `?` or `#` in it, which would be shown or sent, and what stands before
/// that is no host. Elsewhere it can be written `%40`.
#[doc(hidden)]
pub fn has_stray_credentials(url: &str) -> bool {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let (behind, fragment) = behind.split_once('#').unwrap_or((behind, ""));
    let (place, query) = behind.split_once('?').unwrap_or((behind, ""));
    let path = match place.split_once('/') {
        Some((_, path)) => path,
        // A port that a query follows at once.
        None if place.contains(':') => query,
        None => "",
    };
    path.contains('@') || fragment.contains('@')
}

/// This URL, with this path if it names a server and no place there. So a server alone means the same to
/// whatever sends to it.
#[doc(hidden)]
pub fn at_path<'a>(url: &'a str, path: &str) -> Cow<'a, str> {
    let server = url.strip_suffix('/').unwrap_or(url);
    match server.split_once("://") {
        Some((_, host)) if !host.is_empty() && !host.contains(['/', '?', '#']) => {
            Cow::Owned(format!("{server}{path}"))
        }
        _ => Cow::Borrowed(url),
    }
}

/// This URL with this path behind its own, before its query. There is nothing to append to where it has no host, and
/// what is refused stays as it is.
#[doc(hidden)]
pub fn below(url: &str, path: &str) -> String {
    if has_no_host(url) || has_stray_credentials(url) {
        return url.to_owned();
    }
    let (place, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    format!("{}{path}{rest}", place.trim_end_matches('/'))
}

fn host_and_port(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_of_sixteen_bits() {
        for right in [
            "http://a",
            "http://a:1",
            "http://a:65535/x:y",
            "http://[::1]",
            "http://[::1]:80?a:b",
            "http://user:word@a/",
            "http://user:word@[fe80::1]:80#a:b ",
            " http://a:80 ",
            "a:80",
            "",
        ] {
            assert!(!has_wrong_port(right), "{right}");
        }
        for wrong in [
            "http://a:65536",
            "http://a:/",
            "http://a:abc/",
            "http://a:-1",
            "http://a:+1",
            "http://a:80:80/",
            "http://[::1]:577800/",
            "http://user:word@a:94110?x",
            "a:4318x",
        ] {
            assert!(has_wrong_port(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_server_alone_gets_a_path() {
        for alone in ["http://a", "http://a/", "http://u:p@[::1]:1"] {
            let server = alone.trim_end_matches('/');
            assert_eq!(at_path(alone, "/x"), format!("{server}/x"));
        }
        for place in [
            "http://a/y",
            "http://a//",
            "http://a?y",
            "http://a/?y",
            "http://",
            "a",
        ] {
            assert_eq!(at_path(place, "/x"), place);
        }
    }

    #[test]
    fn a_path_stands_before_the_query() {
        for (url, whole) in [
            ("http://a", "http://a/x"),
            ("http://a/", "http://a/x"),
            ("http://a/y//?k=v/#z", "http://a/y/x?k=v/#z"),
            ("http://u:p@a?k", "http://u:p@a/x?k"),
            ("a/#z", "a/x#z"),
            ("http://", "http://"),
            ("http://u:p?w@a", "http://u:p?w@a"),
            ("http://u:p#w@a", "http://u:p#w@a"),
        ] {
            assert_eq!(below(url, "/x"), whole);
        }
    }

    #[test]
    fn half_a_password_is_found() {
        for right in [
            "http://u:p@a/x?k=@#x",
            "http://a:1/?k=@",
            "http://a/%40",
            "http://a?@/@",
            "a",
        ] {
            assert!(!has_stray_credentials(right), "{right}");
        }
        for wrong in [
            "http://u:20/24@a:9411/x",
            "http://u:1/2@a",
            "http://a/@",
            "http://u:20?24@a:9411/x",
            "http://u:20#24@a:9411/x",
            "http://u:20/?#24@a",
        ] {
            assert!(has_stray_credentials(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_host_stands_behind_the_scheme() {
        for right in ["http://a", "http://[::1]:1", "http://u:p@a/", "a", ""] {
            assert!(!has_no_host(right), "{right}");
        }
        for wrong in [
            "http://",
            "http:///x",
            "http://?x",
            "http://:80/",
            "http://u:p@",
            "http://u:p@:80",
        ] {
            assert!(has_no_host(wrong), "{wrong}");
        }
    }
}
