//! Frames of HTTP/2, looked at from outside (RFC 9113 section 4.1).

/// Bytes of a frame's head.
const HEAD: usize = 9;
/// The frame that ends a connection (section 6.8).
const GOAWAY: u8 = 7;
/// Bytes of that frame up to its error code's end.
const GOAWAY_LENGTH: usize = 8;

/// Watches the frames that a server sends for the one that says why it is about to close: whoever waits for an answer need
/// not wait for the end of the connection, too.
#[derive(Debug, Default)]
pub struct GoawayWatch {
    /// The head of the frame under way, and what is kept of its payload.
    kept: Vec<u8>,
    /// Payload still to come that is not kept.
    skip: usize,
    error: Option<u32>,
}

impl GoawayWatch {
    /// Takes bytes as they arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let skipped = self.skip.min(rest.len());
            self.skip -= skipped;
            rest = &rest[skipped..];
            let wanted = if self.kept.len() < HEAD { HEAD } else { HEAD + GOAWAY_LENGTH };
            let taken = (wanted - self.kept.len()).min(rest.len());
            self.kept.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            self.look();
        }
    }

    /// The code with which the server ends the connection because of an error; `None` as long as it does not.
    pub fn error(&self) -> Option<u32> {
        self.error
    }

    fn look(&mut self) {
        let [a, b, c, kind, ..] = *self.kept.as_slice() else { return };
        if self.kept.len() < HEAD {
            return;
        }
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if kind != GOAWAY || length < GOAWAY_LENGTH {
            self.skip = length;
            self.kept.clear();
        } else if let Some(code) = self.kept.get(HEAD + 4..HEAD + GOAWAY_LENGTH) {
            let code = code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
            self.error = self.error.or(Some(code).filter(|code| *code != 0));
            self.skip = length - GOAWAY_LENGTH;
            self.kept.clear();
        }
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
            let mut watch = GoawayWatch::default();
            frames(2).chunks(step).for_each(|bytes| watch.feed(bytes));
            assert_eq!(watch.error(), Some(2), "{step}");
        }
    }

    #[test]
    fn a_friendly_goodbye_is_no_error() {
        let mut watch = GoawayWatch::default();
        watch.feed(&frames(0));
        assert_eq!(watch.error(), None);
    }
}
