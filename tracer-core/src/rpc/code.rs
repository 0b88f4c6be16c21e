//! The status codes of gRPC.

use std::fmt;

use crate::http::Side;

/// A gRPC status code (gRPC "Status codes and their use").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Success.
    Ok,
    /// The caller gave the call up.
    Cancelled,
    /// An error that is nothing else, or a call that ended without a status.
    Unknown,
    /// The caller sent an argument that is never valid.
    InvalidArgument,
    /// The time was up.
    DeadlineExceeded,
    /// What was asked for is not there.
    NotFound,
    /// What was to be created is there.
    AlreadyExists,
    /// The caller is known and may not.
    PermissionDenied,
    /// A quota is used up.
    ResourceExhausted,
    /// The system is not in the state that the call needs.
    FailedPrecondition,
    /// A conflict; the caller may try again further up.
    Aborted,
    /// Past the valid range.
    OutOfRange,
    /// Nobody implements the method.
    Unimplemented,
    /// An invariant is broken.
    Internal,
    /// Nobody can be reached now; the caller may try again.
    Unavailable,
    /// Data is lost for good.
    DataLoss,
    /// The caller is not known.
    Unauthenticated,
}

const ALL: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

impl Code {
    /// The code with this number; `None` above 16.
    pub fn from_number(number: u32) -> Option<Self> {
        ALL.get(usize::try_from(number).ok()?)
            .map(|(code, _)| *code)
    }

    /// The number on the wire.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The value of a `grpc-status` header. What is no known code is `Unknown`.
    pub fn parse(value: &[u8]) -> Self {
        let number = match value {
            [] => None,
            digits if digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit) => Some(
                digits
                    .iter()
                    .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')),
            ),
            _ => None,
        };
        number.and_then(Self::from_number).unwrap_or(Self::Unknown)
    }

    /// What a response without `grpc-status` means by its HTTP status (gRPC "HTTP to gRPC status
    /// code mapping").
    pub const fn from_http_status(status: u16) -> Self {
        match status {
            400 => Self::Internal,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::Unimplemented,
            429 | 502 | 503 | 504 => Self::Unavailable,
            _ => Self::Unknown,
        }
    }

    /// The name: `NOT_FOUND`.
    pub fn as_str(self) -> &'static str {
        ALL.get(self as usize).map_or("UNKNOWN", |(_, name)| name)
    }

    /// True if a server is at fault. What the caller did wrong is not the server's error.
    pub const fn is_server_error(self) -> bool {
        matches!(
            self,
            Self::Unknown
                | Self::DeadlineExceeded
                | Self::Unimplemented
                | Self::Internal
                | Self::Unavailable
                | Self::DataLoss
        )
    }

    /// True if the call failed for its caller: anything but `Ok`. A caller that gives its own call
    /// up did not receive `Cancelled`; whoever received it failed.
    pub const fn is_client_error(self) -> bool {
        !matches!(self, Self::Ok)
    }

    /// The error rule of this side.
    pub const fn is_error(self, side: Side) -> bool {
        match side {
            Side::Server => self.is_server_error(),
            Side::Client => self.is_client_error(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_stand_in_the_same_order() {
        for (number, (code, name)) in ALL.iter().enumerate() {
            assert_eq!(code.number() as usize, number);
            assert_eq!(code.as_str(), *name);
            assert_eq!(Code::parse(number.to_string().as_bytes()), *code);
        }
        assert_eq!(Code::from_number(17), None);
    }

    #[test]
    fn what_is_no_code_is_unknown() {
        for value in [
            &b""[..],
            b"17",
            b"-1",
            b" 0",
            b"x",
            b"99999999999999999999",
            b"0\xff",
        ] {
            assert_eq!(Code::parse(value), Code::Unknown, "{value:?}");
        }
    }

    #[test]
    fn http_statuses_map_as_grpc_says() {
        let expected = [
            (400, Code::Internal),
            (401, Code::Unauthenticated),
            (403, Code::PermissionDenied),
            (404, Code::Unimplemented),
            (429, Code::Unavailable),
            (502, Code::Unavailable),
            (503, Code::Unavailable),
            (504, Code::Unavailable),
            (500, Code::Unknown),
            (302, Code::Unknown),
        ];
        for (status, code) in expected {
            assert_eq!(Code::from_http_status(status), code, "{status}");
        }
    }

    #[test]
    fn each_side_has_its_errors() {
        let server: Vec<_> = ALL
            .iter()
            .filter(|(code, _)| code.is_error(Side::Server))
            .map(|(_, name)| *name)
            .collect();
        assert_eq!(
            server,
            [
                "UNKNOWN",
                "DEADLINE_EXCEEDED",
                "UNIMPLEMENTED",
                "INTERNAL",
                "UNAVAILABLE",
                "DATA_LOSS"
            ]
        );
        for (code, _) in ALL {
            assert_eq!(code.is_error(Side::Client), code != Code::Ok);
        }
    }
}
