//! What stands for expressions in a build without them.

use std::convert::Infallible;

use super::{ExpressionError, Finding, Stop};

/// There is none.
#[derive(Debug)]
pub(super) struct Program(Infallible);

impl Program {
    pub(super) fn compile(_: &str) -> Result<Self, ExpressionError> {
        Err(ExpressionError::Unsupported)
    }

    pub(super) fn evaluate(&self, _: &Document, _: &Stop) -> Result<bool, Finding> {
        match self.0 {}
    }
}

/// Not looked at.
#[derive(Debug)]
pub(super) struct Document;

impl Document {
    #[expect(clippy::unnecessary_wraps, reason = "the shape of the real one")]
    pub(super) fn parse(_: &[u8], _: usize) -> Result<Self, Finding> {
        Ok(Self)
    }
}

/// Never happens.
#[allow(dead_code, reason = "the shape of the real one")]
#[derive(Debug)]
pub(super) enum NoResult {
    NoThread,
    Panicked,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of the real one")]
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoResult> {
    Ok(work())
}
