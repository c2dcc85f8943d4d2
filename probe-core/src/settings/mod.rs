//! How text becomes values: sections of a configuration with their places, durations, and the text of a dump.
//! Knows no file, no file format's grammar and no prober.

mod dump;
pub mod duration;
mod errors;
mod natural_order;
#[cfg(feature = "pattern")]
mod pattern;
mod quoting;
mod scalar;
mod secret;
mod section;
pub mod size;
mod suggest;
mod tree;

pub use dump::Dump;
pub use errors::{Errors, SettingsError};
#[cfg(feature = "pattern")]
pub use pattern::{Captures, Pattern, PatternError, Problem};
pub use scalar::{Resolved, Scalar, ScalarTag};
pub use secret::Secret;
pub use section::Section;
pub use tree::{Content, Entry, Node, Place};
