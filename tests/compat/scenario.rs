//! A case that needs an exporter of its own, or several requests.

use std::sync::Arc;

use super::exporter::Side;

/// Steps that either side must go through alike.
#[derive(Clone)]
pub struct Scenario {
    /// What it shows.
    pub(crate) name: String,
    /// Panics if it does not hold.
    pub(crate) run: Arc<dyn Fn(Side) + Send + Sync>,
    pub(crate) ours_alone: bool,
}

/// A scenario that both sides go through.
pub fn scenario(name: impl Into<String>, run: impl Fn(Side) + Send + Sync + 'static) -> Scenario {
    Scenario { name: name.into(), run: Arc::new(run), ours_alone: false }
}

impl Scenario {
    /// The reference exporter does otherwise. The reason is for people.
    #[must_use]
    pub fn ours_alone(self, _why: &'static str) -> Self {
        Self { ours_alone: true, ..self }
    }
}
