//! What was received and not read yet. Bounded, as long as nobody adds more than a piece at a time unasked.

use std::ops::Range;

/// Longest line in bytes, its end included: what the reference exporter's reader holds (Go's `MaxScanTokenSize`).
pub const LONGEST_LINE: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    /// How many bytes were read already.
    read: usize,
    /// Before this there is no line end that was not read.
    searched: usize,
    ended: bool,
}

/// A line is longer than [`LONGEST_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Inbox {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.searched -= self.read;
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// How many bytes wait to be read.
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len() - self.read
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.read..]
    }

    /// Forgets what was received.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Reads a line, without its line feed and one carriage return before it. The last line needs no end.
    pub(super) fn line(&mut self) -> Result<Option<Range<usize>>, TooLong> {
        let start = self.read;
        let feed = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
        let end = feed.map_or(self.bytes.len(), |offset| self.searched + offset);
        if end - start >= LONGEST_LINE {
            return Err(TooLong);
        }
        if feed.is_none() && (!self.ended || end == start) {
            self.searched = end;
            return Ok(None);
        }
        self.read = end + usize::from(feed.is_some());
        self.searched = self.read;
        let line = self.get(start..end);
        Ok(Some(start..start + line.strip_suffix(b"\r").unwrap_or(line).len()))
    }

    /// Reads so many bytes, if they are there.
    pub(super) fn take(&mut self, count: usize) -> Option<Range<usize>> {
        let range = self.read..self.read.checked_add(count)?;
        if range.end > self.bytes.len() {
            return None;
        }
        self.read = range.end;
        self.searched = range.end;
        Some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(inbox: &mut Inbox) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(Some(range)) = inbox.line() {
            lines.push(String::from_utf8_lossy(inbox.get(range)).into_owned());
        }
        lines
    }

    #[test]
    fn lines_end_at_line_feeds_and_lose_one_carriage_return() {
        let mut inbox = Inbox::default();
        inbox.add(b"a\r\n\r\nb\r\r\n\nc\rd\npartial");
        assert_eq!(lines(&mut inbox), ["a", "", "b\r", "", "c\rd"]);
        inbox.end();
        assert_eq!(lines(&mut inbox), ["partial"]);
        assert_eq!(inbox.line(), Ok(None), "the end is no line");
    }

    #[test]
    fn the_last_line_loses_its_carriage_return_too() {
        let mut inbox = Inbox::default();
        inbox.add(b"partial\r");
        inbox.end();
        assert_eq!(lines(&mut inbox), ["partial"]);
    }

    #[test]
    fn the_longest_line_ends_with_the_last_byte_allowed() {
        let mut inbox = Inbox::default();
        inbox.add(&vec![b'x'; LONGEST_LINE - 1]);
        assert_eq!(inbox.line(), Ok(None));
        inbox.add(b"\n");
        assert_eq!(inbox.line(), Ok(Some(0..LONGEST_LINE - 1)));
        inbox.add(&vec![b'x'; LONGEST_LINE]);
        assert_eq!(inbox.line(), Err(TooLong), "without an end");
        inbox.add(b"\n");
        assert_eq!(inbox.line(), Err(TooLong), "with an end that comes too late");
    }

    #[test]
    fn bytes_and_lines_are_read_from_one_stream() {
        let mut inbox = Inbox::default();
        inbox.add(b"line\n\x01\x02\n\x03next\n");
        assert_eq!(lines(&mut inbox).first().map(String::as_str), Some("line"));
        inbox.clear();
        inbox.add(b"line\n\x01\n\x03next\n");
        assert_eq!(inbox.line(), Ok(Some(0..4)));
        assert_eq!(inbox.take(9), None);
        let bytes = inbox.take(3).expect("three bytes wait");
        assert_eq!(inbox.get(bytes), b"\x01\n\x03");
        assert_eq!(lines(&mut inbox), ["next"]);
    }

    #[test]
    fn what_was_read_is_not_kept() {
        let mut inbox = Inbox::default();
        for _ in 0..1000 {
            inbox.add(&[b'\n'; 4096]);
            while inbox.line() != Ok(None) {}
        }
        assert!(inbox.bytes.capacity() <= 16 * 1024, "{}", inbox.bytes.capacity());
    }
}
