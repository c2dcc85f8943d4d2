//! What several probers need: which address of a target to probe, and how packets leave.
//! Knows no protocol; probers may use it, it uses none of them.

pub mod address;
mod egress;

pub use address::{ADDRESS_FAMILIES, Preference, choose};
pub use egress::EgressSettings;
