//! How text becomes values: sections of a configuration with their places, durations, and the text of a dump.
//! Knows no file and no prober.

/// A mapping of the configuration.
pub struct Section<'doc>(std::marker::PhantomData<&'doc ()>);
/// Collected problems.
#[derive(Default)]
pub struct Errors;
/// The text of a dump.
#[derive(Default)]
pub struct Dump;
