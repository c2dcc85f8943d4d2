//! Behaviour across crates; every test is a file of its own beside this one.
//!
//! What several of them need is here: [`compat`] runs a table of cases against the exporter as a program, and against
//! the reference exporter where that is installed.

pub mod compat;
