//! Bodies in chunks (RFC 9112 section 7.1).

use super::body::{BodyError, Piece};
use super::head::Field;

/// Longest line in front of a chunk, its extensions included, and longest trailer; the reference exporter's.
const LONGEST_LINE: usize = 4096;
/// How much the lines in front of chunks may outweigh what they frame, at any time; the reference exporter's.
const LARGEST_EXCESS: u64 = 16 << 10;
/// What the line in front of a chunk costs without counting as excess.
const FREE: u64 = 16;

/// Where in a chunked body we are.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    state: State,
    excess: u64,
    /// Bytes of trailer so far.
    trailer: usize,
}

#[derive(Debug, Default)]
enum State {
    /// In front of a chunk.
    #[default]
    Size,
    /// In a chunk, with so many bytes of it to come.
    Data(u64),
    /// After a chunk's last byte.
    DataEnd,
    /// After the last chunk.
    Trailer,
    /// After everything.
    Over,
}

impl Chunked {
    /// Whether the trailer has been read.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// What `buf` begins with.
    pub(super) fn next(&mut self, buf: &[u8]) -> Result<Piece, BodyError> {
        match self.state {
            State::Size => self.size(buf),
            State::Data(left) => {
                let length = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - length as u64;
                self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                Ok(Piece::Take(length))
            }
            State::DataEnd => match buf {
                [b'\r', b'\n', ..] => {
                    self.state = State::Size;
                    Ok(Piece::Skip(2))
                }
                [b'\r'] => Ok(Piece::Receive),
                _ => Err(BodyError::Chunk),
            },
            State::Trailer => self.trailer(buf),
            State::Over => Ok(Piece::End),
        }
    }

    fn size(&mut self, buf: &[u8]) -> Result<Piece, BodyError> {
        let Some(end) = buf.iter().take(LONGEST_LINE).position(|&byte| byte == b'\n') else {
            return if buf.len() < LONGEST_LINE { Ok(Piece::Receive) } else { Err(BodyError::LineTooLong) };
        };
        // A bare line feed, or a carriage return elsewhere, is where readers disagree on what a chunk is.
        let line =
            buf[..end].strip_suffix(b"\r").filter(|line| !line.contains(&b'\r')).ok_or(BodyError::Chunk)?;
        let length = length(line).ok_or(BodyError::Chunk)?;
        let excess = self.excess + end as u64 + 1;
        self.excess = excess.saturating_sub(FREE.saturating_add(length.saturating_mul(2)));
        if self.excess > LARGEST_EXCESS {
            return Err(BodyError::Excess);
        }
        self.state = if length == 0 { State::Trailer } else { State::Data(length) };
        Ok(Piece::Skip(end + 1))
    }

    fn trailer(&mut self, buf: &[u8]) -> Result<Piece, BodyError> {
        let room = LONGEST_LINE - self.trailer;
        let Some(end) = buf.iter().take(room).position(|&byte| byte == b'\n') else {
            return if buf.len() < room { Ok(Piece::Receive) } else { Err(BodyError::Trailer) };
        };
        let line = &buf[..end];
        let field = Field::parse(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|_| BodyError::Trailer)?;
        if matches!(field, Field::Continued(_)) && self.trailer == 0 {
            return Err(BodyError::Trailer);
        }
        self.trailer += end + 1;
        if field == Field::End {
            self.state = State::Over;
        }
        Ok(Piece::Skip(end + 1))
    }
}

/// The length of a chunk, in up to sixteen hexadecimal digits; extensions do not count.
fn length(line: &[u8]) -> Option<u64> {
    const MOST_DIGITS: usize = 16;

    let digits = line.trim_ascii_end().split(|&byte| byte == b';').next()?;
    if digits.is_empty() || digits.len() > MOST_DIGITS {
        return None;
    }
    digits.iter().try_fold(0, |sum: u64, &digit| Some(sum << 4 | u64::from(char::from(digit).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::http1::{BodyDecoder, Framing};

    /// Decodes `bytes`, which arrive `step` at a time.
    fn decode(bytes: &[u8], step: usize) -> Result<Vec<u8>, BodyError> {
        let mut decoder = BodyDecoder::new(Framing::Chunked);
        let (mut buf, mut body) = (Vec::new(), Vec::new());
        let mut arriving = bytes.chunks(step);
        let mut is_closed = false;
        loop {
            match decoder.next(&buf, is_closed)? {
                Piece::Skip(length) => drop(buf.drain(..length)),
                Piece::Take(length) => body.extend(buf.drain(..length)),
                Piece::End => return Ok(body),
                Piece::Receive => match arriving.next() {
                    Some(bytes) => buf.extend_from_slice(bytes),
                    None => is_closed = true,
                },
            }
        }
    }

    #[test]
    fn joins_chunks_however_they_arrive() {
        let bytes = b"3;ext=1\r\nabc\r\n00A \r\n0123456789\r\n0\r\nX: y\r\n\r\n";
        for step in [1, 2, 3, 7, bytes.len()] {
            assert_eq!(decode(bytes, step).as_deref(), Ok(&b"abc0123456789"[..]), "{step}");
        }
        assert_eq!(decode(b"0\r\n\r\n", 9), Ok(Vec::new()));
    }

    #[test]
    fn refuses_what_is_no_chunk() {
        for (bytes, error) in [
            (&b"x\r\n"[..], BodyError::Chunk),
            (b"\r\n", BodyError::Chunk),
            (b"3\nabc\r\n", BodyError::Chunk),
            (b"3\rx\r\nabc", BodyError::Chunk),
            (b"3 ;x\r\nabc", BodyError::Chunk),
            (b"-3\r\nabc", BodyError::Chunk),
            (b"3\r\nabcd\r\n", BodyError::Chunk),
            (b"11111111111111111\r\n", BodyError::Chunk),
            (b"3\r\nab", BodyError::Truncated),
            (b"3\r\nabc\r\n", BodyError::Truncated),
            (b"0\r\n", BodyError::Truncated),
            (b"0\r\nbroken\r\n\r\n", BodyError::Trailer),
        ] {
            assert_eq!(decode(bytes, 2), Err(error), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn endless_lines_are_cut() {
        let line = [b"1;".as_slice(), &[b'x'; 5000]].concat();
        assert_eq!(decode(&line, 100), Err(BodyError::LineTooLong));
        let trailer = [b"0\r\n".as_slice(), &b"a: b\r\n".repeat(1000)].concat();
        assert_eq!(decode(&trailer, 100), Err(BodyError::Trailer));
    }

    #[test]
    fn extensions_may_not_outweigh_the_data() {
        let chunk = [b"1;".as_slice(), &[b'x'; 1000], b"\r\na\r\n"].concat();
        assert_eq!(decode(&chunk.repeat(20), 4000), Err(BodyError::Excess));
        let plain = [b"1\r\na\r\n".repeat(20_000).as_slice(), b"0\r\n\r\n"].concat();
        assert_eq!(decode(&plain, 4000).map(|body| body.len()), Ok(20_000));
    }
}
