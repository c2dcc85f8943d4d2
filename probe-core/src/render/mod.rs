//! Reports to text, one output format a file; every renderer is a function of [`Report`](crate::model::Report)s.
//! Knows the model alone: no prober by name, no file, no socket, no terminal.

mod go_float;
#[cfg(feature = "json")]
pub mod json;
pub mod prometheus;
pub mod text;

#[cfg(test)]
mod samples;

pub use go_float::GoFloat;

pub use crate::model::Rfc3339;
