//! What must never reach a span: secrets in headers, URLs and messages.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::authority::without_user_info;
use crate::percent;
use crate::tag::Value;

/// Headers that are never recorded, whatever a layer was told. Names as in `http.request.header.*`.
const DENIED: [&str; 19] = [
    "authorization",
    "cookie",
    "cookie2",
    "set-cookie",
    "set-cookie2",
    "proxy-authorization",
    "proxy-authenticate",
    "www-authenticate",
    "authentication-info",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-xsrf-token",
    "x-amz-security-token",
    "x-goog-iam-authorization-token",
    "x-forwarded-access-token",
    "x-vault-token",
    "x-goog-api-key",
    "api-key",
];

/// Query parameters that sign or carry credentials; their values become [`REDACTED`]. Signatures of clouds, the
/// parameters of OAuth 2.0 (RFC 6749; RFC 6750, section 2.3; RFC 7521) and OpenID Connect, and names that mean
/// nothing else.
const SECRET_PARAMETERS: [&str; 15] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "client_assertion",
    "password",
    "api_key",
    "apikey",
];

/// Stands in the place of a secret.
pub const REDACTED: &str = "REDACTED";

/// True for a header that is never recorded, even when it is asked for by name.
pub fn is_denied_header(name: &str) -> bool {
    let name = name.trim();
    DENIED
        .iter()
        .any(|denied| denied.eq_ignore_ascii_case(name))
}

/// A query that prints without the values of its secret parameters.
#[derive(Clone, Copy, Debug)]
pub struct CleanQuery<'a> {
    query: &'a str,
    extra: &'a [Box<str>],
}

impl<'a> CleanQuery<'a> {
    /// The query without its question mark, and names of secret parameters beside the known ones.
    /// Names are compared without case, and decoded.
    pub const fn new(query: &'a str, extra: &'a [Box<str>]) -> Self {
        Self { query, extra }
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = &*percent::decode_query(name.as_bytes());
        let extra = self.extra.iter().map(|name| &**name);
        SECRET_PARAMETERS
            .into_iter()
            .chain(extra)
            .any(|secret| secret.eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for CleanQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.query.split('&').enumerate() {
            if index > 0 {
                f.write_char('&')?;
            }
            match pair.split_once('=') {
                Some((name, _)) if self.is_secret(name) => write!(f, "{name}={REDACTED}")?,
                _ => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

/// A URL that prints without user info, and without a query unless one is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct CleanUrl<'a> {
    /// `https`. Not printed without an authority.
    pub scheme: Option<&'a str>,
    /// `user:password@host:port`.
    pub authority: Option<&'a str>,
    /// The path. What stands behind a `?` or `#` in it is not printed.
    pub path: &'a str,
    /// The query to print; `None` unless somebody opted in.
    pub query: Option<CleanQuery<'a>>,
}

impl CleanUrl<'_> {
    /// As a tag's value: printed only if there is more to print than the path.
    pub(crate) fn value(&self) -> Value<'_> {
        let cut = holds(self.path, b"?#");
        if self.authority.is_none() && self.query.is_none() && !cut {
            Value::Str(self.path)
        } else {
            Value::Display(self)
        }
    }
}

/// True if one of these bytes stands in a text; looked for eight at a time.
#[inline]
pub(super) fn holds<const N: usize>(text: &str, marks: &[u8; N]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The highest bit of some byte is set if one was zero, and never otherwise.
    let has_zero = |word: u64| word.wrapping_sub(EACH) & !word & (EACH << 7) != 0;
    let (words, rest) = text.as_bytes().as_chunks();
    words.iter().any(|word| {
        let word = u64::from_ne_bytes(*word);
        let is_there = |mark: u8| has_zero(word ^ (EACH * u64::from(mark)));
        marks.iter().any(|mark| is_there(*mark))
    }) || rest.iter().any(|byte| marks.contains(byte))
}

impl fmt::Display for CleanUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(authority) = self.authority {
            // Few pieces: each is looked at for its length and its place.
            match self.scheme {
                Some("http") => f.write_str("http://")?,
                Some("https") => f.write_str("https://")?,
                Some(scheme) => write!(f, "{scheme}://")?,
                // As a CONNECT names its target (RFC 9112, section 3.2.3).
                None if self.path.is_empty() => {}
                None => f.write_str("//")?,
            }
            f.write_str(without_user_info(authority))?;
        }
        if holds(self.path, b"?#") {
            f.write_str(self.path.split(['?', '#']).next().unwrap_or(""))?;
        } else {
            f.write_str(self.path)?;
        }
        match self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// A message in which every URL has lost user info, query and fragment. Borrowed if there was
/// nothing to remove.
///
/// ```
/// use tracer_core::http::clean_message;
///
/// let text = "error sending request for url (https://me:pw@example.com/a?token=1): refused";
/// assert_eq!(
///     clean_message(text),
///     "error sending request for url (https://example.com/a): refused"
/// );
/// ```
pub fn clean_message(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    // Where the next URL is searched, and from where nothing has been copied yet.
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = part(text, at, text.len()).find("://") {
        let start = at + found + "://".len();
        let url = url_at(part(text, start, text.len()));
        let shown = url.split(['?', '#']).next().unwrap_or("");
        if shown.len() < url.len() || shown.contains('@') {
            clean.push_str(part(text, copied, start));
            push_without_user_info(shown, &mut clean);
            copied = start + url.len();
        }
        at = start + url.len();
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(part(text, copied, text.len()));
    Cow::Owned(clean)
}

/// The rest of a URL from its authority on. Its path may be a URL as well, as proxies have it.
fn push_without_user_info(url: &str, clean: &mut String) {
    for (index, url) in url.split("://").enumerate() {
        if index > 0 {
            clean.push_str("://");
        }
        let authority = url.split('/').next().unwrap_or("");
        clean.push_str(without_user_info(authority));
        clean.push_str(part(url, authority.len(), url.len()));
    }
}

fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or("")
}

/// The rest of the URL with which this text starts, without the brackets and marks of the sentence
/// round it. They may stand inside a URL too, so only the last ones count.
fn url_at(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'));
    part(text, 0, end.unwrap_or(text.len()))
        .trim_end_matches([')', ']', '}', '\'', '`', ',', ';', ':', '.', '!'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deny_list_ignores_case() {
        for name in [
            "Authorization",
            "cookie",
            "SET-COOKIE",
            "Proxy-Authorization",
            "x-api-key",
        ] {
            assert!(is_denied_header(name), "{name}");
        }
        assert!(!is_denied_header("x-request-id"));
    }

    #[test]
    fn only_the_values_of_secrets_go() {
        let extra = ["token".into()];
        let clean = |query: &str| CleanQuery::new(query, &extra).to_string();
        assert_eq!(
            clean("a=1&sig=abc&X-Amz-Signature=d=e&Token=9&signature&b"),
            "a=1&sig=REDACTED&X-Amz-Signature=REDACTED&Token=REDACTED&signature&b"
        );
        for name in SECRET_PARAMETERS {
            assert_eq!(clean(&format!("{name}=s3cret")), format!("{name}=REDACTED"));
        }
        assert_eq!(
            clean("X%2DAmz%2dSignature=a&%73ig=b&to%6Ben=c&%zz=d"),
            "X%2DAmz%2dSignature=REDACTED&%73ig=REDACTED&to%6Ben=REDACTED&%zz=d"
        );
        assert_eq!(clean(""), "");
    }

    #[test]
    fn urls_lose_user_info_and_query() {
        let mut url = CleanUrl {
            scheme: Some("https"),
            authority: Some("me:p@ss@example.com:8443"),
            path: "/a/b?x=1#f",
            query: None,
        };
        assert_eq!(url.to_string(), "https://example.com:8443/a/b");
        url.query = Some(CleanQuery::new("x=1", &[]));
        assert_eq!(url.to_string(), "https://example.com:8443/a/b?x=1");
        let target = CleanUrl {
            authority: Some("example.com:443"),
            ..CleanUrl::default()
        };
        assert_eq!(target.to_string(), "example.com:443");
        let relative = CleanUrl {
            scheme: Some("http"),
            path: "/a",
            ..CleanUrl::default()
        };
        assert_eq!(relative.to_string(), "/a");
    }

    #[test]
    fn messages_lose_them_too() {
        let cases = [
            ("plain", "plain"),
            ("GET http://a/b failed", "GET http://a/b failed"),
            ("http://u:p@a failed", "http://a failed"),
            (
                "one http://a/b two http://u@c/d?e=f#g three (https://h/?i) http://k/l end",
                "one http://a/b two http://c/d three (https://h/) http://k/l end",
            ),
            ("http://a?token=1", "http://a"),
            (
                "via http://u:p@a/b@c/http://d:e@f/g?h",
                "via http://a/b@c/http://f/g",
            ),
            ("(http://a/?b=(c)&token=d): e", "(http://a/): e"),
            ("http://u:p@[::1]:5/x?y, z", "http://[::1]:5/x, z"),
            ("`http://u:p`w@a/?b=`c`&d=e`: f", "`http://a/`: f"),
            (
                "\"amqp://u:p@h:1/v\": broken ://",
                "\"amqp://h:1/v\": broken ://",
            ),
            ("é http://ü:ö@ä/ß?ñ é", "é http://ä/ß é"),
        ];
        for (text, clean) in cases {
            assert_eq!(clean_message(text), clean);
        }
        assert!(matches!(clean_message("see http://a/b"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_mark_is_found_wherever_it_stands() {
        for len in 0..20 {
            let plain = "/äb>@\u{3e}".chars().cycle().take(len).collect::<String>();
            assert!(!holds(&plain, b"?#"), "{plain}");
            for at in (0..=plain.len()).filter(|at| plain.is_char_boundary(*at)) {
                for mark in ['?', '#'] {
                    let mut marked = plain.clone();
                    marked.insert(at, mark);
                    assert!(holds(&marked, b"?#"), "{marked}");
                }
            }
        }
    }
}
