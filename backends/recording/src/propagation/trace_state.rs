//! The list in `tracestate` (W3C Trace Context, level 2, section 3.3).

const MAX_MEMBERS: usize = 32;
const MAX_PART: usize = 256;

/// The list breaks the grammar or is too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Combines the headers, in order; `None` without members.
pub(super) fn join<'a>(
    headers: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<Box<str>>, Malformed> {
    let mut joined = String::new();
    let mut members = 0;
    for header in headers {
        for member in header.split(|byte| *byte == b',') {
            let member = trim(member);
            if member.is_empty() {
                continue;
            }
            members += 1;
            if members > MAX_MEMBERS || !is_member(member) {
                return Err(Malformed);
            }
            if joined.is_empty() {
                joined.reserve_exact(header.len());
            } else {
                joined.push(',');
            }
            joined.push_str(std::str::from_utf8(member).map_err(|_| Malformed)?);
        }
    }
    Ok((members > 0).then(|| joined.into_boxed_str()))
}

/// Without surrounding spaces and tabs.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn is_member(member: &[u8]) -> bool {
    let mut parts = member.splitn(2, |byte| *byte == b'=');
    match (parts.next(), parts.next()) {
        (Some(key), Some(value)) => is_key(key) && is_value(value),
        _ => false,
    }
}

fn is_key(key: &[u8]) -> bool {
    let starts_well = matches!(key.first(), Some(b'a'..=b'z' | b'0'..=b'9'));
    starts_well
        && key.len() <= MAX_PART
        && key.iter().all(
            |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@'),
        )
}

/// The end is no space: the member was trimmed.
fn is_value(value: &[u8]) -> bool {
    (1..=MAX_PART).contains(&value.len())
        && value
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~') && *byte != b'=')
}
