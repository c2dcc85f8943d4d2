//! Status codes of gRPC, and what becomes one (gRPC over HTTP/2, "HTTP2 Transport Mapping").

use std::fmt;

/// A status code: one of the seventeen that have a name, or what a server makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    /// All is well.
    pub const OK: Self = Self(0);
    /// The call was given up.
    pub const CANCELLED: Self = Self(1);
    /// Nobody knows what is wrong.
    pub const UNKNOWN: Self = Self(2);
    /// Time was up.
    pub const DEADLINE_EXCEEDED: Self = Self(4);
    /// The service is not known.
    pub const NOT_FOUND: Self = Self(5);
    /// The caller may not.
    pub const PERMISSION_DENIED: Self = Self(7);
    /// Something ran out.
    pub const RESOURCE_EXHAUSTED: Self = Self(8);
    /// The method is not there.
    pub const UNIMPLEMENTED: Self = Self(12);
    /// An invariant is broken.
    pub const INTERNAL: Self = Self(13);
    /// The server cannot be reached.
    pub const UNAVAILABLE: Self = Self(14);
    /// The caller is not known.
    pub const UNAUTHENTICATED: Self = Self(16);

    const NAMES: [&'static str; 17] = [
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

    /// What an answer that is not gRPC comes to, by its HTTP status ("HTTP to gRPC Status Code Mapping").
    pub fn from_http(status: u16) -> Self {
        match status {
            400 => Self::INTERNAL,
            401 => Self::UNAUTHENTICATED,
            403 => Self::PERMISSION_DENIED,
            404 => Self::UNIMPLEMENTED,
            429 | 502..=504 => Self::UNAVAILABLE,
            _ => Self::UNKNOWN,
        }
    }

    /// What a `grpc-status` says: a decimal number of 32 bits, be it below zero. Anything else, and none at all, is unknown.
    pub fn from_header(value: Option<&[u8]>) -> Self {
        let text = value.and_then(|value| str::from_utf8(value).ok());
        let number: Option<i32> = text.and_then(|text| text.parse().ok());
        number.map_or(Self::UNKNOWN, |number| Self(number.cast_unsigned()))
    }

    /// What a stream that was reset comes to, by the error code of HTTP/2 (RFC 9113 section 7; "HTTP2 Transport Mapping").
    pub fn from_reset(reason: u32) -> Self {
        match reason {
            7 => Self::UNAVAILABLE,
            8 => Self::CANCELLED,
            3 | 11 => Self::RESOURCE_EXHAUSTED,
            12 => Self::PERMISSION_DENIED,
            0..=13 => Self::INTERNAL,
            _ => Self::UNKNOWN,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match usize::try_from(self.0).ok().and_then(|number| Self::NAMES.get(number)) {
            Some(name) => f.pad(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What a `grpc-message` says: percent-encoded UTF-8 ("Responses").
pub fn message_text(value: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            bytes.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_statuses_have_codes() {
        for (status, code) in [
            (200, 2),
            (204, 2),
            (301, 2),
            (400, 13),
            (401, 16),
            (403, 7),
            (404, 12),
            (405, 2),
            (429, 14),
            (500, 2),
            (502, 14),
            (503, 14),
            (504, 14),
        ] {
            assert_eq!(Code::from_http(status), Code(code), "{status}");
        }
    }

    #[test]
    fn headers_have_codes() {
        for (value, code) in [
            (&b"0"[..], 0),
            (b"5", 5),
            (b"+5", 5),
            (b"99", 99),
            (b"-1", u32::MAX),
            (b"", 2),
            (b"abc", 2),
            (b" 5", 2),
            (b"99999999999", 2),
            (b"\xff", 2),
        ] {
            assert_eq!(Code::from_header(Some(value)), Code(code), "{value:?}");
        }
        assert_eq!(Code::from_header(None), Code::UNKNOWN);
    }

    #[test]
    fn codes_have_names_or_numbers() {
        assert_eq!(Code::NOT_FOUND.to_string(), "NOT_FOUND");
        assert_eq!(Code::UNAUTHENTICATED.to_string(), "UNAUTHENTICATED");
        assert_eq!(Code(17).to_string(), "17");
    }

    #[test]
    fn messages_are_decoded() {
        for (value, text) in [
            ("plain", "plain"),
            ("a%20b%C3%A4", "a bä"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(message_text(value.as_bytes()), text);
        }
    }
}
