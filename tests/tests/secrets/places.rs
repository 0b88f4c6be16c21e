//! Where credentials stand.

/// Stands in every credential.
pub(crate) const SECRET: &str = "hunter2";
/// `user:hunter2` in base64.
const ENCODED: &str = "dXNlcjpodW50ZXIy";

/// What must be found nowhere.
pub(crate) const NEVER: [&str; 2] = [SECRET, ENCODED];

/// An innocent header, which is found if headers are recorded at all.
pub(crate) const SEEN: (&str, &str) = ("x-request-id", "innocent-7");

/// Headers that carry credentials, in requests or in answers.
pub(crate) const HEADERS: [(&str, &str); 21] = [
    ("authorization", "Bearer hunter2"),
    ("authorization", "Basic dXNlcjpodW50ZXIy"),
    ("cookie", "theme=dark; session=hunter2"),
    ("cookie2", "session=hunter2"),
    ("set-cookie", "session=hunter2; HttpOnly"),
    ("set-cookie2", "session=hunter2"),
    ("proxy-authorization", "Basic dXNlcjpodW50ZXIy"),
    ("proxy-authenticate", "Digest nonce=\"hunter2\""),
    ("www-authenticate", "Digest nonce=\"hunter2\""),
    ("authentication-info", "nextnonce=\"hunter2\""),
    ("x-api-key", "hunter2"),
    ("api-key", "hunter2"),
    ("x-auth-token", "hunter2"),
    ("x-csrf-token", "hunter2"),
    ("x-xsrf-token", "hunter2"),
    ("x-amz-security-token", "hunter2"),
    ("x-goog-iam-authorization-token", "hunter2"),
    ("x-forwarded-access-token", "hunter2"),
    ("x-vault-token", "hunter2"),
    ("X-API-Key", "hunter2"),
    ("Cookie", "a=hunter2"),
];

/// Headers that nobody denies, but that are recorded only if they are asked for, and are not.
pub(crate) const UNASKED: [(&str, &str); 6] = [
    ("referer", "https://user:hunter2@example.com/?token=hunter2"),
    (
        "location",
        "https://user:hunter2@example.com/?token=hunter2",
    ),
    ("x-original-url", "/?token=hunter2"),
    ("baggage", "session=hunter2"),
    ("tracestate", "vendor=hunter2"),
    ("uberctx-session", "hunter2"),
];

/// Every header that may be asked for by name.
pub(crate) fn asked() -> impl Iterator<Item = &'static str> {
    let secret = HEADERS.iter().map(|(name, _)| *name);
    secret.chain([SEEN.0])
}

/// Query parameters that are known to be secret; `token` only because the layer was told.
pub(crate) const QUERY: &str = "page=2&token=hunter2&X-Amz-Signature=hunter2&sig=hunter2\
                                &AWSAccessKeyId=hunter2&X-Goog-Signature=hunter2&Signature=hunter2";

/// What an error may say.
pub(crate) const MESSAGE: &str = "no answer from https://user:hunter2@db.example/a?token=hunter2";
