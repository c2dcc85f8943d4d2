//! The head of a response, line by line.

use std::fmt;

use thiserror::Error;

/// The version a message claims to be of: any two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The digit before the dot.
    pub major: u8,
    /// The digit after it.
    pub minor: u8,
}

impl Version {
    /// HTTP/1.1.
    pub const HTTP_11: Self = Self { major: 1, minor: 1 };
    /// HTTP/2.
    pub const HTTP_2: Self = Self { major: 2, minor: 0 };
    /// HTTP/3.
    pub const HTTP_3: Self = Self { major: 3, minor: 0 };

    /// As a number: 1.1, 2.
    pub fn number(self) -> f64 {
        f64::from(u16::from(self.major) * 10 + u16::from(self.minor)) / 10.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}

/// The first line of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusLine<'a> {
    /// The version of the response.
    pub version: Version,
    /// The status, three digits.
    pub status: u16,
    /// The words after it.
    pub reason: &'a [u8],
}

impl<'a> StatusLine<'a> {
    /// Reads the line, its end removed.
    pub fn parse(line: &'a [u8]) -> Result<Self, HeadError> {
        let malformed = || HeadError::NotHttp(shown(line));
        let at = line.iter().position(|&byte| byte == b' ').ok_or_else(malformed)?;
        let rest = &line[at..];
        let rest = &rest[rest.iter().position(|&byte| byte != b' ').unwrap_or(rest.len())..];
        let (digits, reason) = match rest.iter().position(|&byte| byte == b' ') {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, &[][..]),
        };
        let status = match *digits {
            [b'0'..=b'9' | b'+', b'0'..=b'9', b'0'..=b'9'] => digits
                .iter()
                .filter(|digit| digit.is_ascii_digit())
                .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')),
            _ => return Err(HeadError::Status(shown(digits))),
        };
        let version = match line[..at] {
            [b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
                Version { major: major - b'0', minor: minor - b'0' }
            }
            _ => return Err(malformed()),
        };
        Ok(Self { version, status, reason })
    }
}

/// One line of the fields of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// The line goes on with the value before it (RFC 9112 section 5.2).
    Continued(&'a [u8]),
    /// The empty line after the last field.
    End,
    /// A name and its value, blanks around it removed.
    Named(&'a [u8], &'a [u8]),
}

impl<'a> Field<'a> {
    /// Reads a line, its end removed.
    pub fn parse(line: &'a [u8]) -> Result<Self, HeadError> {
        let malformed = || HeadError::Field(shown(line));
        if line.first().is_some_and(|byte| b" \t".contains(byte)) {
            let value = line.trim_ascii();
            return if is_value(value) { Ok(Self::Continued(value)) } else { Err(malformed()) };
        }
        if line.is_empty() {
            return Ok(Self::End);
        }
        let colon = line.iter().position(|&byte| byte == b':').ok_or_else(malformed)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        // Blanks in a name are read over, as the reference exporter does; such a name is none that anybody asks for.
        let is_name = !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte) || byte == b' ');
        if is_name && is_value(value) { Ok(Self::Named(name, value)) } else { Err(malformed()) }
    }
}

/// Whether `text` may be a field's name or a method (RFC 9110 section 5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

/// Whether `text` may be a field's value: no control characters but tabs.
pub fn is_value(text: &[u8]) -> bool {
    text.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control())
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Why something is no head of a response. The text is that of the line, shortened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeadError {
    /// A line that is no field.
    #[error("malformed header line \"{0}\"")]
    Field(String),
    /// The first line is not that of a response.
    #[error("malformed HTTP response \"{0}\"")]
    NotHttp(String),
    /// The status is not made of three digits.
    #[error("malformed HTTP status code \"{0}\"")]
    Status(String),
}

/// The beginning of a line, for people.
fn shown(line: &[u8]) -> String {
    const LONGEST: usize = 64;

    let beginning = line[..line.len().min(LONGEST)].escape_ascii();
    format!("{beginning}{}", if line.len() > LONGEST { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_status_lines() {
        for (line, version, status, reason) in [
            ("HTTP/1.1 200 OK", "HTTP/1.1", 200, "OK"),
            ("HTTP/1.0 404 Not Found", "HTTP/1.0", 404, "Not Found"),
            ("HTTP/1.7   299", "HTTP/1.7", 299, ""),
            ("HTTP/2.0 200 ", "HTTP/2.0", 200, ""),
            ("HTTP/1.1 099 x", "HTTP/1.1", 99, "x"),
        ] {
            let read = StatusLine::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!((read.version.to_string().as_str(), read.status), (version, status), "{line}");
            assert_eq!(read.reason, reason.as_bytes(), "{line}");
        }
    }

    #[test]
    fn refuses_what_is_no_status_line() {
        for line in [
            "",
            "HTTP/1.1",
            "<html>",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 2x0 OK",
            "HTTP/1.1 -20 OK",
            "HTTP/11 200 OK",
            "http/1.1 200 OK",
            "HTTP/1.10 200 OK",
            "ICY 200 OK",
        ] {
            assert!(StatusLine::parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn reads_fields() {
        for (line, field) in [
            (&b"A: b"[..], Field::Named(b"A", b"b")),
            (b"A:b\t ", Field::Named(b"A", b"b")),
            (b"A:", Field::Named(b"A", b"")),
            (b"A:  \xe9:\xff", Field::Named(b"A", b"\xe9:\xff")),
            (b"A : b", Field::Named(b"A ", b"b")),
            (b" \tmore ", Field::Continued(b"more")),
            (b"", Field::End),
        ] {
            assert_eq!(Field::parse(line), Ok(field), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn refuses_what_is_no_field() {
        for line in [&b"A"[..], b": b", b"A(: b", b"A: b\x01", b"A: b\rc", b"\xe9: b", b" \x01"] {
            assert!(Field::parse(line).is_err(), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn versions_are_numbers() {
        for (version, number) in
            [(Version::HTTP_11, 1.1), (Version::HTTP_2, 2.0), (Version { major: 1, minor: 7 }, 1.7)]
        {
            assert!((version.number() - number).abs() < f64::EPSILON, "{version}");
        }
    }
}
