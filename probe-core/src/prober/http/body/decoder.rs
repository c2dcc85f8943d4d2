//! Undoes the compression of a body, piece by piece.

use thiserror::Error;

use super::brotli::Brotli;
use super::gzip::Gzip;
use super::inflate::Inflate;

/// What undoes the compression that a module expects, whatever the answer says of itself.
pub(super) enum Decoder {
    /// Brotli (RFC 7932).
    Brotli(Brotli),
    /// Raw deflate (RFC 1951), as the reference exporter reads `deflate`.
    Deflate(Inflate),
    /// Gzip (RFC 1952), any number of members.
    Gzip(Gzip),
    /// Nothing to undo.
    Identity,
}

/// How far a step came.
#[derive(Debug)]
pub(super) struct Progress {
    /// Bytes of the input that were read.
    pub(super) taken: usize,
    /// Bytes of the output that were written.
    pub(super) given: usize,
    /// What is next.
    pub(super) state: State,
}

/// What a decoder needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing: this is no compressed body, or a broken one.
    Broken(DecodeError),
    /// Room: the output is full.
    Full,
    /// Input: all of it was read.
    Hungry,
    /// Nothing: the body is complete, whatever follows.
    Over,
}

/// Why a body cannot be decompressed. The words are close to those of the reference exporter.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum DecodeError {
    /// A name that is no compression.
    #[error("unsupported compression algorithm")]
    Algorithm,
    /// Broken brotli.
    #[error("brotli: corrupt input")]
    Brotli,
    /// A gzip member whose checksum or length is wrong.
    #[error("gzip: invalid checksum")]
    Checksum,
    /// Broken deflate.
    #[error("flate: corrupt input")]
    Deflate,
    /// Nothing at all where something compressed is expected.
    #[error("EOF")]
    Empty,
    /// Something behind the end of brotli.
    #[error("brotli: excessive input")]
    Excess,
    /// No gzip header where one is expected.
    #[error("gzip: invalid header")]
    Header,
    /// The end in the middle.
    #[error("unexpected EOF")]
    Truncated,
}

impl Decoder {
    /// A decoder by its name in configurations, in any case.
    pub(super) fn new(algorithm: &str) -> Result<Self, DecodeError> {
        match algorithm.to_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "br" => Ok(Self::Brotli(Brotli::default())),
            "deflate" => Ok(Self::Deflate(Inflate::default())),
            "gzip" => Ok(Self::Gzip(Gzip::default())),
            _ => Err(DecodeError::Algorithm),
        }
    }

    /// Reads from `input`, writes to `output`, as far as either goes.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        match self {
            Self::Brotli(brotli) => brotli.step(input, output),
            Self::Deflate(inflate) => inflate.step(input, output),
            Self::Gzip(gzip) => gzip.step(input, output),
            Self::Identity => {
                let length = input.len().min(output.len());
                output[..length].copy_from_slice(&input[..length]);
                let state = if length < input.len() { State::Full } else { State::Hungry };
                Progress { taken: length, given: length, state }
            }
        }
    }

    /// Whether the body may end here.
    pub(super) fn end(&self) -> Result<(), DecodeError> {
        match self {
            Self::Brotli(brotli) => brotli.end(),
            Self::Deflate(inflate) => inflate.end(),
            Self::Gzip(gzip) => gzip.end(),
            Self::Identity => Ok(()),
        }
    }

    /// Whether nothing was decompressed yet, since a header is missing. The reference exporter tells a body that is no gzip
    /// from one that is broken gzip.
    pub(super) fn is_opening(&self) -> bool {
        matches!(self, Self::Gzip(gzip) if gzip.is_opening())
    }

    /// Whether deflate has begun and is not at its end.
    pub(super) fn is_inflating(&self) -> bool {
        match self {
            Self::Deflate(inflate) => inflate.end().is_err(),
            Self::Gzip(gzip) => gzip.is_inflating(),
            Self::Brotli(_) | Self::Identity => false,
        }
    }
}
