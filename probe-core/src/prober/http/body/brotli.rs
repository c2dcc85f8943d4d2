//! Brotli (RFC 7932).

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::decoder::{DecodeError, Progress, State};

/// One brotli stream, with a window of at most 16 MiB.
pub(super) struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    is_over: bool,
}

impl Default for Brotli {
    fn default() -> Self {
        let allocator = StandardAlloc::default;
        // Strict: a window beyond the standard would take up to a gigabyte.
        let state = BrotliState::new_strict(allocator(), allocator(), allocator());
        Self { state: Box::new(state), is_over: false }
    }
}

impl Brotli {
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        if self.is_over {
            let state = if input.is_empty() { State::Hungry } else { State::Broken(DecodeError::Excess) };
            return Progress { taken: 0, given: 0, state };
        }
        let (mut left, mut taken, mut room, mut given, mut total) = (input.len(), 0, output.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut given,
            output,
            &mut total,
            &mut self.state,
        );
        let state = match result {
            BrotliResult::NeedsMoreInput => State::Hungry,
            BrotliResult::NeedsMoreOutput => State::Full,
            BrotliResult::ResultFailure => State::Broken(DecodeError::Brotli),
            BrotliResult::ResultSuccess => {
                self.is_over = true;
                if taken < input.len() { State::Broken(DecodeError::Excess) } else { State::Hungry }
            }
        };
        Progress { taken, given, state }
    }

    pub(super) fn end(&self) -> Result<(), DecodeError> {
        if self.is_over { Ok(()) } else { Err(DecodeError::Truncated) }
    }
}
