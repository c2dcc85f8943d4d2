//! Reads the head of an answer over HTTP/1 out of a buffer that fills.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{HttpError, LONGEST_HEAD};
use crate::wire::http1::{Field, StatusLine, Version};

/// Most fields of a head: each costs a good deal more than its bytes.
const MOST_FIELDS: usize = 10_000;

/// The head of an answer.
pub(super) struct Head {
    pub(super) version: Version,
    pub(super) status: u16,
    /// The words after the status.
    pub(super) reason: String,
    pub(super) headers: HeaderMap,
}

/// Reads heads line by line, so that nonsense is noticed at once and nothing is read twice.
#[derive(Default)]
pub(super) struct HeadReader {
    head: Option<Head>,
    last: Last,
    /// How much of the buffer is known to hold no line feed.
    searched: usize,
    /// Bytes of all lines so far, those of interim heads included.
    length: usize,
}

/// The field read last, which the next line may continue.
#[derive(Default)]
enum Last {
    Field(HeaderName, Bytes),
    #[default]
    None,
    /// One whose name cannot be asked for.
    Unnamed,
}

impl HeadReader {
    /// Takes the lines of a head from `buf`. `None` if it is not complete.
    pub(super) fn read(&mut self, buf: &mut BytesMut) -> Result<Option<Head>, HttpError> {
        loop {
            let found = buf[self.searched..].iter().position(|&byte| byte == b'\n');
            let Some(end) = found.map(|at| self.searched + at) else {
                self.searched = buf.len();
                self.within_limit(buf.len())?;
                return Ok(None);
            };
            self.searched = 0;
            let mut line = buf.split_to(end + 1).freeze();
            self.length += line.len();
            self.within_limit(0)?;
            let has_return = line.get(end.wrapping_sub(1)) == Some(&b'\r');
            line.truncate(end - usize::from(has_return));
            if self.line(&line)? {
                return Ok(self.head.take());
            }
        }
    }

    fn within_limit(&self, more: usize) -> Result<(), HttpError> {
        if self.length + more > LONGEST_HEAD { Err(HttpError::HeadTooLarge) } else { Ok(()) }
    }

    /// Takes one line. Whether it was the last.
    fn line(&mut self, line: &Bytes) -> Result<bool, HttpError> {
        let Some(head) = &mut self.head else {
            let StatusLine { version, status, reason } = StatusLine::parse(line).map_err(HttpError::Head)?;
            let reason = String::from_utf8_lossy(reason).into_owned();
            self.head = Some(Head { version, status, reason, headers: HeaderMap::with_capacity(16) });
            return Ok(false);
        };
        match (Field::parse(line).map_err(HttpError::Head)?, &mut self.last) {
            (Field::Continued(more), Last::Field(_, value)) => {
                *value = [value, b" ".as_slice(), more].concat().into();
            }
            (Field::Continued(_), Last::Unnamed) => {}
            (Field::Continued(more), Last::None) => {
                let shown = String::from_utf8_lossy(&more[..more.len().min(64)]).into_owned();
                return Err(HttpError::Head(crate::wire::http1::HeadError::Field(shown)));
            }
            (Field::End, last) => {
                keep(std::mem::take(last), head)?;
                return Ok(true);
            }
            (Field::Named(name, value), last) => {
                let next = match HeaderName::from_bytes(name) {
                    Ok(name) => Last::Field(name, line.slice_ref(value)),
                    Err(_) => Last::Unnamed,
                };
                keep(std::mem::replace(last, next), head)?;
            }
        }
        Ok(false)
    }
}

fn keep(last: Last, head: &mut Head) -> Result<(), HttpError> {
    if let Last::Field(name, value) = last {
        if head.headers.len() >= MOST_FIELDS {
            return Err(HttpError::HeadTooLarge);
        }
        let value = HeaderValue::from_maybe_shared(value).map_err(|_| HttpError::HeadTooLarge)?;
        head.headers.try_append(name, value).map_err(|_| HttpError::HeadTooLarge)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `bytes`, which arrive `step` at a time; the heads, and what follows them.
    fn read(bytes: &[u8], step: usize) -> Result<(Vec<Head>, Vec<u8>), HttpError> {
        let (mut reader, mut buf, mut heads) = (HeadReader::default(), BytesMut::new(), Vec::new());
        for piece in bytes.chunks(step) {
            buf.extend_from_slice(piece);
            while heads.last().is_none_or(|head: &Head| head.status < 200) {
                match reader.read(&mut buf)? {
                    Some(head) => heads.push(head),
                    None => break,
                }
            }
        }
        Ok((heads, buf.to_vec()))
    }

    #[test]
    fn reads_a_head_however_it_arrives() {
        let bytes = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 All is well\r\nA: 1\nX Y: 2\r\n\t3\r\na: 4\r\n more\r\n\r\nbody";
        for step in [1, 2, 5, bytes.len()] {
            let (heads, rest) = read(bytes, step).expect("heads");
            let [early, head] = heads.as_slice() else { panic!("two heads: {}", heads.len()) };
            assert_eq!((early.status, head.status, head.reason.as_str()), (103, 200, "All is well"));
            let values: Vec<_> = head.headers.get_all("a").iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [&b"1"[..], b"4 more"], "{step}");
            assert_eq!((head.headers.len(), rest.as_slice()), (2, &b"body"[..]), "{step}");
        }
    }

    #[test]
    fn nonsense_is_noticed_at_its_line() {
        for bytes in [&b"<html>\n"[..], b"HTTP/1.1 200 OK\r\nbroken\r\n", b"HTTP/1.1 200 OK\r\n folded\r\n"] {
            assert!(matches!(read(bytes, 3), Err(HttpError::Head(_))), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn endless_heads_are_cut() {
        let line = vec![b'x'; LONGEST_HEAD + 1];
        assert!(matches!(read(&line, 4096), Err(HttpError::HeadTooLarge)));
        let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(LONGEST_HEAD / 24);
        assert!(matches!(read(&interim, 4096), Err(HttpError::HeadTooLarge)));
        let fields = [b"HTTP/1.1 200 OK\r\n".as_slice(), &b"a:\r\n".repeat(LONGEST_HEAD / 4)].concat();
        assert!(matches!(read(&fields, 4096), Err(HttpError::HeadTooLarge)));
    }
}
