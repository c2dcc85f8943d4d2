//! Raw deflate (RFC 1951).

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

use super::decoder::{DecodeError, Progress, State};

/// One deflate stream.
pub(super) struct Inflate {
    inner: Decompress,
    is_over: bool,
}

impl Default for Inflate {
    fn default() -> Self {
        Self { inner: Decompress::new(false), is_over: false }
    }
}

impl Inflate {
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let (read, written) = (self.inner.total_in(), self.inner.total_out());
        let status = self.inner.decompress(input, output, FlushDecompress::None);
        let taken = (self.inner.total_in() - read) as usize;
        let given = (self.inner.total_out() - written) as usize;
        let state = match status {
            Err(_) => State::Broken(DecodeError::Deflate),
            Ok(Status::StreamEnd) => State::Over,
            Ok(_) if taken == input.len() && given < output.len() => State::Hungry,
            Ok(_) if taken == 0 && given == 0 && !output.is_empty() => State::Broken(DecodeError::Deflate),
            Ok(_) => State::Full,
        };
        self.is_over = state == State::Over;
        Progress { taken, given, state }
    }

    pub(super) fn end(&self) -> Result<(), DecodeError> {
        if self.is_over { Ok(()) } else { Err(DecodeError::Truncated) }
    }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}
