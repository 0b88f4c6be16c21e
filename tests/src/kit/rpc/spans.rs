//! What spans of calls say.

use tracer_recording::OwnedSpan;

use crate::check_eq;
use crate::kit::Outcome;

/// The names of the codes, by number.
pub const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The codes by which a server is at fault. For a client everything but OK is an error.
pub const SERVER_ERRORS: [&str; 6] = [
    "UNKNOWN",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
];

/// HTTP statuses and the codes that they mean where there is no `grpc-status`.
pub const HTTP_STATUSES: [(u16, &str); 11] = [
    (400, "INTERNAL"),
    (401, "UNAUTHENTICATED"),
    (403, "PERMISSION_DENIED"),
    (404, "UNIMPLEMENTED"),
    (429, "UNAVAILABLE"),
    (502, "UNAVAILABLE"),
    (503, "UNAVAILABLE"),
    (504, "UNAVAILABLE"),
    (500, "UNKNOWN"),
    (418, "UNKNOWN"),
    (200, "UNKNOWN"),
];

/// The name of the code.
pub fn code(span: &OwnedSpan) -> Option<String> {
    span.tag("grpc.status_code")
}

/// `kind: message` of the error.
pub fn error(span: &OwnedSpan) -> Option<String> {
    let (kind, message) = span.error.as_ref()?;
    Some(match message {
        Some(message) => format!("{kind}: {message}"),
        None => kind.clone(),
    })
}

/// A call that was given up: no error.
///
/// # Errors
///
/// When the span says otherwise.
pub fn is_cancelled(span: &OwnedSpan) -> Outcome {
    check_eq!(code(span).as_deref(), Some("CANCELLED"), "code");
    check_eq!(span.tag("cancelled").as_deref(), Some("true"), "cancelled");
    check_eq!(error(span), None, "no error");
    Ok(())
}

/// A call whose time was up.
///
/// # Errors
///
/// When the span says otherwise.
pub fn is_late(span: &OwnedSpan) -> Outcome {
    check_eq!(code(span).as_deref(), Some("DEADLINE_EXCEEDED"), "code");
    let kind = span.error.as_ref().map(|(kind, _)| kind.as_str());
    check_eq!(kind, Some("DEADLINE_EXCEEDED"), "error");
    Ok(())
}

/// A call that came to its end with OK.
///
/// # Errors
///
/// When the span says otherwise.
pub fn is_ok(span: &OwnedSpan) -> Outcome {
    check_eq!(code(span).as_deref(), Some("OK"), "code");
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    check_eq!(error(span), None, "no error");
    Ok(())
}
