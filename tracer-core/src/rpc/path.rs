//! Which method a request calls, and whether it is gRPC at all.

/// The name of a SERVER span for a method that nobody implements: the path came from the network.
pub const UNKNOWN_METHOD_NAME: &str = "grpc";

/// The parts of the path of a gRPC request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodPath<'a> {
    /// `pkg.Service/Method`: the span's name.
    pub full: &'a str,
    /// `pkg.Service`, unless the path has no slash.
    pub service: Option<&'a str>,
    /// `Method` alone, unless the path has no slash.
    pub method: Option<&'a str>,
}

/// Splits a path at its last slash. A leading slash is no part of it; without a further slash only
/// the whole is known.
pub fn split_path(path: &str) -> MethodPath<'_> {
    split_full(full_method(path))
}

/// A path without its leading slash.
pub(crate) fn full_method(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// Splits what is left of a path without its leading slash.
pub(crate) fn split_full(full: &str) -> MethodPath<'_> {
    // By bytes: a search for a `char` costs ten times as much.
    let slash = full.bytes().rposition(|byte| byte == b'/');
    MethodPath {
        full,
        service: slash.and_then(|slash| full.get(..slash)),
        method: slash.and_then(|slash| full.get(slash + 1..)),
    }
}

const GRPC: &[u8] = b"application/grpc";

/// True for gRPC-Web's content type too, which tonic's client leaves on answers that it has made gRPC of.
pub(crate) fn begins_as_grpc(content_type: Option<&[u8]>) -> bool {
    let start = content_type.and_then(|value| value.get(..GRPC.len()));
    start.is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
}

/// True if this is the value of metadata: printable ASCII (gRPC over HTTP/2, "ASCII-Value"), or empty, as everybody
/// takes it. All else is for metadata whose names end in `-bin`.
pub fn is_ascii_value(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// True if a content type is gRPC's: `application/grpc`, alone, with `+suffix` or with parameters.
/// `application/grpc-web` is another protocol.
pub fn is_grpc(content_type: Option<&[u8]>) -> bool {
    let Some(value) = content_type else {
        return false;
    };
    match value.split_at_checked(GRPC.len()) {
        Some((start, rest)) => {
            // Nearly everybody writes it like this.
            (start == GRPC || start.eq_ignore_ascii_case(GRPC))
                && matches!(rest.first(), None | Some(b'+' | b';' | b' ' | b'\t'))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_slash_splits() {
        let cases = [
            (
                "/pkg.Service/Method",
                "pkg.Service/Method",
                Some(("pkg.Service", "Method")),
            ),
            ("/a/b/C", "a/b/C", Some(("a/b", "C"))),
            ("//b/C", "/b/C", Some(("/b", "C"))),
            (
                "Service/Method",
                "Service/Method",
                Some(("Service", "Method")),
            ),
            ("/alone", "alone", None),
            ("/", "", None),
            ("", "", None),
        ];
        for (path, full, parts) in cases {
            let split = split_path(path);
            assert_eq!(split.full, full);
            assert_eq!(split.service.zip(split.method), parts, "{path}");
        }
    }

    #[test]
    fn grpc_web_and_others_are_not_grpc() {
        for yes in [
            "application/grpc",
            "application/grpc+proto",
            "Application/gRPC;v=1",
        ] {
            assert!(is_grpc(Some(yes.as_bytes())), "{yes}");
        }
        for no in [
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpcx",
            "application/json",
            "application/grp",
            "",
        ] {
            assert!(!is_grpc(Some(no.as_bytes())), "{no}");
        }
        assert!(!is_grpc(None));
    }
}
