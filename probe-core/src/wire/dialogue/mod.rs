//! A scripted conversation over a stream: expect a line or some bytes, answer, go on.
//! Knows no socket and no clock: bytes received go in, actions come out. Line ends and limits are those of the
//! reference exporter.

mod inbox;
mod machine;
mod script;

pub use inbox::LONGEST_LINE;
pub use machine::{Action, Dialogue, Failure, Seen};
pub use script::{Contents, Ending, Label, LinePattern, Step};

#[cfg(test)]
mod tests;
