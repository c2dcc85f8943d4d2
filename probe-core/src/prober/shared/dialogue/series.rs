//! The series of a dialogue.

use crate::model::{Family, Flag, Gauge, InfoGauge};
use crate::prober::shared::regex_series::FAILED_DUE_TO_REGEX;

/// Whether other bytes came than those expected; present once connected.
pub static FAILED_DUE_TO_BYTES: Gauge<Flag> =
    Gauge::new("probe_failed_due_to_bytes", "Indicates if probe failed due to bytes", &[]);
/// What matched, in the labels that the entry asks for.
pub static EXPECT_INFO: InfoGauge = InfoGauge::new("probe_expect_info", "Explicit content matched");

/// What a dialogue records, for a prober's [`Spec`](crate::prober::Spec).
pub const DIALOGUE_FAMILIES: [&Family; 3] =
    [FAILED_DUE_TO_REGEX.family(), FAILED_DUE_TO_BYTES.family(), EXPECT_INFO.family()];
