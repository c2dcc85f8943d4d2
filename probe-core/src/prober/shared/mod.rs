//! What several probers need: which address of a target to probe, how packets leave, and what is said over a stream.
//! Knows no protocol; probers may use it, it uses none of them.

pub mod address;
#[cfg(feature = "dialogue")]
mod dialogue;
#[cfg(any(feature = "icmp", feature = "tcp", feature = "dns"))]
mod egress;

pub use address::{ADDRESS_FAMILIES, Preference, choose};
#[cfg(feature = "dialogue")]
pub use dialogue::{
    DIALOGUE_FAMILIES, DialogueSettings, EXPECT_INFO, FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX, converse,
};
#[cfg(any(feature = "tcp", feature = "unix"))]
pub(crate) use dialogue::{can_be_probed, unsupported};
#[cfg(any(feature = "icmp", feature = "tcp", feature = "dns"))]
pub use egress::EgressSettings;
