//! The series of probers whose answers are matched.

use crate::model::{Flag, Gauge};

/// Whether a regular expression decided against what the endpoint said.
pub static FAILED_DUE_TO_REGEX: Gauge<Flag> =
    Gauge::new("probe_failed_due_to_regex", "Indicates if probe failed due to regex", &[]);
