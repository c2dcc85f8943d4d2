//! Gzip (RFC 1952): members one after the other, each with its header and checksum.

use flate2::Crc;

use super::decoder::{DecodeError, Progress, State};
use super::gzip_header::Header;
use super::inflate::Inflate;

/// Bytes behind the data of a member: checksum and length.
const TRAILER: usize = 8;

/// A gzip body.
pub(super) struct Gzip {
    is_first: bool,
    part: Part,
}

/// What comes next of a member.
enum Part {
    Header(Header),
    Data { inflate: Inflate, checksum: Crc, length: u32 },
    Trailer { bytes: Vec<u8>, checksum: u32, length: u32 },
}

impl Default for Gzip {
    fn default() -> Self {
        Self { is_first: true, part: Part::Header(Header::default()) }
    }
}

impl Gzip {
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let (mut taken, mut given) = (0, 0);
        loop {
            let progress = self.step_in_part(&input[taken..], &mut output[given..]);
            taken += progress.taken;
            given += progress.given;
            if progress.state != State::Over {
                return Progress { taken, given, state: progress.state };
            }
        }
    }

    /// `Over` at the end of a part, with the next one begun.
    fn step_in_part(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        match &mut self.part {
            Part::Header(header) => {
                let (taken, state) = header.step(input);
                if state == State::Over {
                    self.is_first = false;
                    self.part = Part::Data { inflate: Inflate::default(), checksum: Crc::new(), length: 0 };
                }
                Progress { taken, given: 0, state }
            }
            Part::Data { inflate, checksum, length } => {
                let progress = inflate.step(input, output);
                checksum.update(&output[..progress.given]);
                *length = length.wrapping_add(progress.given as u32);
                if progress.state == State::Over {
                    let (checksum, length) = (checksum.sum(), *length);
                    self.part = Part::Trailer { bytes: Vec::with_capacity(TRAILER), checksum, length };
                }
                progress
            }
            Part::Trailer { bytes, checksum, length } => {
                let taken = input.len().min(TRAILER - bytes.len());
                bytes.extend_from_slice(&input[..taken]);
                if bytes.len() < TRAILER {
                    return Progress { taken, given: 0, state: State::Hungry };
                }
                let expected = [checksum.to_le_bytes(), length.to_le_bytes()].concat();
                if *bytes != expected {
                    return Progress { taken, given: 0, state: State::Broken(DecodeError::Checksum) };
                }
                self.part = Part::Header(Header::default());
                Progress { taken, given: 0, state: State::Over }
            }
        }
    }

    pub(super) fn end(&self) -> Result<(), DecodeError> {
        match &self.part {
            Part::Header(header) if !header.has_begun() && !self.is_first => Ok(()),
            Part::Header(header) if !header.has_begun() => Err(DecodeError::Empty),
            _ => Err(DecodeError::Truncated),
        }
    }

    pub(super) fn is_opening(&self) -> bool {
        self.is_first
    }

    pub(super) fn is_inflating(&self) -> bool {
        matches!(self.part, Part::Data { .. })
    }
}
