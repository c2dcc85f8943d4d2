//! A case that needs an exporter of its own, or several requests.

use super::exporter::Side;

/// Steps that either side must go through alike.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it shows.
    pub name: &'static str,
    /// Panics if it does not hold.
    pub run: fn(Side),
    /// Whether the reference exporter must do the same; else it says why not.
    pub ours_alone: Option<&'static str>,
}

/// A scenario that both sides go through.
pub const fn scenario(name: &'static str, run: fn(Side)) -> Scenario {
    Scenario { name, run, ours_alone: None }
}

impl Scenario {
    /// The reference exporter does otherwise.
    #[must_use]
    pub const fn ours_alone(self, why: &'static str) -> Self {
        Self { ours_alone: Some(why), ..self }
    }
}
