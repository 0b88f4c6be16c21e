//! Paths in what is printed and logged.

use std::path::Path;

/// Files with longer names are shown only if they are there.
const LONGEST_PATH: usize = 255;
const LONGEST_NAME: usize = 60;

/// What a variable says that names a file, for an error: the path, or "…". Keys and certificates are often put
/// into the variable itself.
pub fn shown_path(said: &str) -> &str {
    if looks_like_a_path(said) { said } else { "…" }
}

/// What a key does not, in whichever form: framed or not, on lines of its own or with `\n` between them, as JSON
/// (which may have `\/`), or behind `base64:`.
fn looks_like_a_path(text: &str) -> bool {
    let rest = match text.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 && rest.starts_with(['/', '\\']) => rest,
        _ => text,
    };
    // Base64 has slashes, but no dot, and that of a key begins with an `M`.
    let has_slashes = rest.starts_with('/') || rest.contains('.');
    let says_so = has_slashes || rest.contains('\\');
    let is_short = text.len() <= LONGEST_PATH
        && rest
            .split(|sign| sign == '\\' || (has_slashes && sign == '/'))
            .all(|name| name.len() <= LONGEST_NAME);
    let is_plain = !rest.contains([':', '{', '"', '\n', '\r'])
        && !["-----BEGIN", "\\/"].iter().any(|sign| rest.contains(sign));
    (says_so && is_short && is_plain) || Path::new(text).exists()
}
