//! Frames of HTTP/2, looked at from outside (RFC 9113 section 4.1).

/// Bytes of a frame's head.
const HEAD: usize = 9;
/// The frame with bytes of a body (section 6.1), and the flag that says that it is padded.
const DATA: u8 = 0;
const PADDED: u8 = 8;
/// The frame that ends a connection (section 6.8).
const GOAWAY: u8 = 7;
/// Bytes of that frame up to its error code's end.
const GOAWAY_LENGTH: usize = 8;
/// Longest frame that is kept: no peer may send a longer one unasked (section 4.2).
const LONGEST_KEPT: usize = 1 << 14;

/// Watches the frames that a server sends. Whoever waits for an answer learns that the server is about to close, without waiting for that,
/// too; and can have the bytes of a body's last frame, should what understands the protocol refuse them.
#[derive(Debug, Default)]
pub struct FrameWatch {
    part: Part,
    /// What has arrived of a head, or of what matters in a GOAWAY.
    kept: Vec<u8>,
    error: Option<u32>,
    /// Bytes of bodies before the last frame with such.
    before: u64,
    /// Those of that frame.
    last: Vec<u8>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Part {
    #[default]
    Head,
    Skip(usize),
    Goaway {
        length: usize,
    },
    PadLength {
        length: usize,
    },
    Data {
        left: usize,
        padding: usize,
    },
}

impl FrameWatch {
    /// Takes bytes as they arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = self.take(rest);
        }
    }

    /// The code with which the server ends the connection because of an error; `None` as long as it does not.
    pub fn error(&self) -> Option<u32> {
        self.error
    }

    /// The last frame with bytes of a body, as far as it has arrived, and how many came before it.
    pub fn last_data(&self) -> (u64, &[u8]) {
        (self.before, &self.last)
    }

    /// Takes what is of one part; the rest.
    fn take<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        match self.part {
            Part::Head => self.gather(bytes, HEAD, Self::begin),
            Part::Goaway { length } => self.gather(bytes, GOAWAY_LENGTH, |watch| watch.end(length)),
            Part::Skip(left) => {
                let taken = left.min(bytes.len());
                self.skip(left - taken);
                &bytes[taken..]
            }
            Part::PadLength { length } => {
                let padding = usize::from(bytes[0]).min(length - 1);
                self.part = Part::Data { left: length - 1 - padding, padding };
                &bytes[1..]
            }
            Part::Data { left, padding } => {
                let taken = left.min(bytes.len());
                let room = LONGEST_KEPT.saturating_sub(self.last.len()).min(taken);
                self.last.extend_from_slice(&bytes[..room]);
                match left - taken {
                    0 => self.skip(padding),
                    left => self.part = Part::Data { left, padding },
                }
                &bytes[taken..]
            }
        }
    }

    fn gather<'b>(&mut self, bytes: &'b [u8], wanted: usize, done: impl FnOnce(&mut Self)) -> &'b [u8] {
        let taken = (wanted - self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..taken]);
        if self.kept.len() == wanted {
            done(self);
            self.kept.clear();
        }
        &bytes[taken..]
    }

    fn skip(&mut self, left: usize) {
        self.part = if left == 0 { Part::Head } else { Part::Skip(left) };
    }

    fn begin(&mut self) {
        let [a, b, c, kind, flags, ..] = *self.kept.as_slice() else { return };
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if kind == DATA && length > 0 {
            self.before += self.last.len() as u64;
            self.last.clear();
        }
        match kind {
            GOAWAY if length >= GOAWAY_LENGTH => self.part = Part::Goaway { length },
            DATA if flags & PADDED != 0 && length > 0 => self.part = Part::PadLength { length },
            DATA if length > 0 => self.part = Part::Data { left: length, padding: 0 },
            _ => self.skip(length),
        }
    }

    fn end(&mut self, length: usize) {
        let code = self.kept[4..].iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
        self.error = self.error.or(Some(code).filter(|code| *code != 0));
        self.skip(length - GOAWAY_LENGTH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SETTINGS, empty; PING; GOAWAY with the given code and the debug data "bye".
    fn frames(code: u8) -> Vec<u8> {
        let settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";
        let ping = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00\x07\x07\x07\x07\x07\x07\x07\x07";
        let goaway =
            [b"\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00".as_slice(), &[code], b"bye"];
        [settings.as_slice(), ping, &goaway.concat(), settings].concat()
    }

    #[test]
    fn an_error_is_seen_however_it_arrives() {
        for step in [1, 2, 8, 100] {
            let mut watch = FrameWatch::default();
            frames(2).chunks(step).for_each(|bytes| watch.feed(bytes));
            assert_eq!(watch.error(), Some(2), "{step}");
        }
    }

    #[test]
    fn a_friendly_goodbye_is_no_error() {
        let mut watch = FrameWatch::default();
        watch.feed(&frames(0));
        assert_eq!(watch.error(), None);
    }

    #[test]
    fn the_last_frame_of_a_body_is_kept_without_its_padding() {
        let plain = b"\x00\x00\x03\x00\x00\x00\x00\x00\x01abc";
        let empty = b"\x00\x00\x00\x00\x01\x00\x00\x00\x01";
        let padded = b"\x00\x00\x06\x00\x09\x00\x00\x00\x01\x03de\x00\x00\x00";
        let all = [plain.as_slice(), empty, padded, &frames(0)].concat();
        for step in [1, 3, 10, 100] {
            let mut watch = FrameWatch::default();
            all.chunks(step).for_each(|bytes| watch.feed(bytes));
            assert_eq!(watch.last_data(), (3, b"de".as_slice()), "{step}");
            assert_eq!(watch.error(), None);
        }
    }
}
