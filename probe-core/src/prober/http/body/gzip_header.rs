//! The header of a gzip member (RFC 1952 section 2.3), judged as the reference exporter's library does.

use flate2::Crc;

use super::decoder::{DecodeError, State};

/// Bytes every header has.
const FIXED: usize = 10;
/// Longest name and comment, the closing zero included.
const LONGEST_TEXT: usize = 512;

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const FLAG_CHECKSUM: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;

/// A header that is being read.
#[derive(Default)]
pub(super) struct Header {
    field: Field,
    /// What was read of the current field.
    bytes: Vec<u8>,
    flags: u8,
    checksum: Crc,
}

/// The fields, in their order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Field {
    #[default]
    Fixed,
    ExtraLength,
    Extra {
        left: usize,
    },
    Name,
    Comment,
    Checksum,
    End,
}

impl Header {
    /// Whether there was a byte of it.
    pub(super) fn has_begun(&self) -> bool {
        self.field != Field::Fixed || !self.bytes.is_empty()
    }

    /// Reads from `input`: how far, and whether it is hungry, broken or over.
    pub(super) fn step(&mut self, input: &[u8]) -> (usize, State) {
        let mut taken = 0;
        loop {
            self.skip_absent();
            if self.field == Field::End {
                return (taken, State::Over);
            }
            let Some(byte) = input.get(taken).copied() else { return (taken, State::Hungry) };
            taken += 1;
            if let Err(error) = self.take(byte) {
                return (taken, State::Broken(error));
            }
        }
    }

    /// Goes on to the next field that is there.
    fn skip_absent(&mut self) {
        let has = |flag| self.flags & flag != 0;
        self.field = match self.field {
            Field::ExtraLength if !has(FLAG_EXTRA) => Field::Name,
            Field::Extra { left: 0 } => Field::Name,
            Field::Name if !has(FLAG_NAME) => Field::Comment,
            Field::Comment if !has(FLAG_COMMENT) => Field::Checksum,
            Field::Checksum if !has(FLAG_CHECKSUM) => Field::End,
            _ => return,
        };
        self.skip_absent();
    }

    fn take(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.field != Field::Checksum {
            self.checksum.update(&[byte]);
        }
        if let Field::Extra { left } = self.field {
            self.field = Field::Extra { left: left - 1 };
            return Ok(());
        }
        self.bytes.push(byte);
        let next = match (self.field, self.bytes.as_slice()) {
            (Field::Fixed, bytes) if bytes.len() == FIXED => {
                if bytes[..MAGIC.len()] != MAGIC {
                    return Err(DecodeError::Header);
                }
                self.flags = bytes[MAGIC.len()];
                Field::ExtraLength
            }
            (Field::ExtraLength, [low, high]) => {
                Field::Extra { left: u16::from_le_bytes([*low, *high]).into() }
            }
            (Field::Name, [.., 0]) => Field::Comment,
            (Field::Comment, [.., 0]) => Field::Checksum,
            (Field::Name | Field::Comment, text) if text.len() >= LONGEST_TEXT => {
                return Err(DecodeError::Header);
            }
            (Field::Checksum, [low, high]) => {
                // The lower half of the sum over everything before.
                if u16::from_le_bytes([*low, *high]) != self.checksum.sum() as u16 {
                    return Err(DecodeError::Header);
                }
                Field::End
            }
            _ => return Ok(()),
        };
        self.field = next;
        self.bytes.clear();
        Ok(())
    }
}
