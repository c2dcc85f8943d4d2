//! The body of a response: where it ends, and its bytes without their framing (RFC 9112 section 6).

use thiserror::Error;

use super::Version;
use super::chunked::Chunked;

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// With the last chunk.
    Chunked,
    /// After so many bytes, possibly none.
    Length(u64),
    /// With the connection.
    UntilClose,
}

impl Framing {
    /// Reads the fields that frame the answer to a request; the length announced, too, if there is one.
    ///
    /// A transfer encoding counts more than a length, and counts nothing before HTTP/1.1.
    pub fn of(
        status: u16,
        version: Version,
        is_answer_to_head: bool,
        transfer_encodings: &[&[u8]],
        lengths: &[&[u8]],
    ) -> Result<(Self, Option<u64>), FramingError> {
        let is_chunked = match transfer_encodings {
            _ if version < Version::HTTP_11 => false,
            [] => false,
            [only] if only.eq_ignore_ascii_case(b"chunked") => true,
            _ => return Err(FramingError::TransferEncoding),
        };
        let announced = announced(lengths)?;
        let has_no_body = is_answer_to_head || matches!(status, 100..200 | 204 | 304);
        Ok(match (has_no_body, is_chunked, announced) {
            (true, _, _) if is_answer_to_head => (Self::Length(0), announced),
            (true, _, _) => (Self::Length(0), Some(0)),
            (false, true, _) => (Self::Chunked, None),
            (false, false, Some(length)) => (Self::Length(length), announced),
            (false, false, None) => (Self::UntilClose, None),
        })
    }
}

/// The length that all of the fields announce. An empty field announces none.
fn announced(lengths: &[&[u8]]) -> Result<Option<u64>, FramingError> {
    let Some(first) = lengths.first().map(|length| length.trim_ascii()) else { return Ok(None) };
    if lengths.iter().any(|length| length.trim_ascii() != first) {
        return Err(FramingError::Lengths);
    }
    if first.is_empty() {
        return Ok(None);
    }
    let is_number = first.iter().all(u8::is_ascii_digit);
    let number = str::from_utf8(first).ok().filter(|_| is_number).and_then(|text| text.parse().ok());
    match number {
        Some(number) if i64::try_from(number).is_ok() => Ok(Some(number)),
        _ => Err(FramingError::Length),
    }
}

/// Why it cannot be said where a body ends.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FramingError {
    /// The length is no number.
    #[error("bad Content-Length")]
    Length,
    /// Several lengths that differ.
    #[error("message cannot contain multiple Content-Length headers")]
    Lengths,
    /// A transfer encoding other than `chunked`, or several.
    #[error("unsupported transfer encoding")]
    TransferEncoding,
}

/// What to do next with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Skip so many bytes of the buffer: they are framing.
    Skip(usize),
    /// So many bytes at the beginning of the buffer are the body's.
    Take(usize),
    /// The body is over.
    End,
    /// More must be received.
    Receive,
}

/// Takes the framing off a body.
///
/// Ask it what the buffer begins with, do so, and ask again.
#[derive(Debug)]
pub struct BodyDecoder(State);

#[derive(Debug)]
enum State {
    Chunked(Chunked),
    Length(u64),
    UntilClose,
}

impl BodyDecoder {
    /// A decoder at the beginning of a body.
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::Chunked => State::Chunked(Chunked::default()),
            Framing::Length(length) => State::Length(length),
            Framing::UntilClose => State::UntilClose,
        })
    }

    /// What `buf`, the bytes received and neither taken nor skipped, begins with; `is_closed` if there will be no more.
    pub fn next(&mut self, buf: &[u8], is_closed: bool) -> Result<Piece, BodyError> {
        match &mut self.0 {
            State::Length(0) => Ok(Piece::End),
            State::Chunked(chunked) if chunked.is_over() => Ok(Piece::End),
            State::UntilClose if is_closed && buf.is_empty() => Ok(Piece::End),
            _ if buf.is_empty() && is_closed => Err(BodyError::Truncated),
            _ if buf.is_empty() => Ok(Piece::Receive),
            State::Length(left) => {
                let length = buf.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                Ok(Piece::Take(length))
            }
            State::UntilClose => Ok(Piece::Take(buf.len())),
            State::Chunked(chunked) => match chunked.next(buf)? {
                Piece::Receive if is_closed => Err(BodyError::Truncated),
                piece => Ok(piece),
            },
        }
    }
}

/// Why a body is no good.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BodyError {
    /// A chunk does not begin with its length, or does not end where it should.
    #[error("malformed chunked encoding")]
    Chunk,
    /// The lines in front of chunks outweigh the chunks.
    #[error("chunked encoding contains too much non-data")]
    Excess,
    /// The line in front of a chunk has no end.
    #[error("header line too long")]
    LineTooLong,
    /// The fields after the last chunk are none, or too many.
    #[error("malformed trailer after chunked body")]
    Trailer,
    /// The connection ended before the body did.
    #[error("unexpected EOF")]
    Truncated,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(
        status: u16,
        encodings: &[&str],
        lengths: &[&str],
    ) -> Result<(Framing, Option<u64>), FramingError> {
        let encodings: Vec<_> = encodings.iter().map(|text| text.as_bytes()).collect();
        let lengths: Vec<_> = lengths.iter().map(|text| text.as_bytes()).collect();
        Framing::of(status, Version::HTTP_11, false, &encodings, &lengths)
    }

    #[test]
    fn fields_say_where_a_body_ends() {
        let close = Framing::UntilClose;
        for (status, encodings, lengths, expected) in [
            (200, &[][..], &[][..], Ok((close, None))),
            (200, &[], &["3"], Ok((Framing::Length(3), Some(3)))),
            (200, &[], &["3", " 3"], Ok((Framing::Length(3), Some(3)))),
            (200, &["Chunked"], &["99"], Ok((Framing::Chunked, None))),
            (204, &["chunked"], &["99"], Ok((Framing::Length(0), Some(0)))),
            (304, &[], &[], Ok((Framing::Length(0), Some(0)))),
            (101, &[], &[], Ok((Framing::Length(0), Some(0)))),
            (200, &[], &["3", "4"], Err(FramingError::Lengths)),
            (200, &[], &["three"], Err(FramingError::Length)),
            (200, &[], &["+3"], Err(FramingError::Length)),
            (200, &[], &[""], Ok((close, None))),
            (200, &[], &["9223372036854775808"], Err(FramingError::Length)),
            (200, &["gzip, chunked"], &[], Err(FramingError::TransferEncoding)),
            (200, &["chunked", "chunked"], &[], Err(FramingError::TransferEncoding)),
        ] {
            assert_eq!(framing(status, encodings, lengths), expected, "{status} {encodings:?} {lengths:?}");
        }
    }

    #[test]
    fn no_transfer_encoding_before_http_11() {
        let version = Version { major: 1, minor: 0 };
        assert_eq!(Framing::of(200, version, false, &[b"chunked"], &[]), Ok((Framing::UntilClose, None)));
    }

    #[test]
    fn the_answer_to_head_announces_a_length_and_has_no_body() {
        assert_eq!(Framing::of(200, Version::HTTP_11, true, &[], &[b"7"]), Ok((Framing::Length(0), Some(7))));
        assert_eq!(Framing::of(200, Version::HTTP_11, true, &[], &[]), Ok((Framing::Length(0), None)));
    }

    #[test]
    fn a_length_bounds_the_body() {
        let mut decoder = BodyDecoder::new(Framing::Length(5));
        assert_eq!(decoder.next(b"abc", false), Ok(Piece::Take(3)));
        assert_eq!(decoder.next(b"", false), Ok(Piece::Receive));
        assert_eq!(decoder.next(b"defg", false), Ok(Piece::Take(2)));
        assert_eq!(decoder.next(b"fg", false), Ok(Piece::End));
    }

    #[test]
    fn an_early_end_is_noticed_where_there_is_a_length() {
        let mut bounded = BodyDecoder::new(Framing::Length(5));
        assert_eq!(bounded.next(b"", true), Err(BodyError::Truncated));
        let mut open = BodyDecoder::new(Framing::UntilClose);
        assert_eq!(open.next(b"abc", true), Ok(Piece::Take(3)));
        assert_eq!(open.next(b"", true), Ok(Piece::End));
    }
}
