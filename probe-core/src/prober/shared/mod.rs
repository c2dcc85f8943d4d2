//! What several probers need: which address of a target to probe.
//! Knows no protocol; probers may use it, it uses none of them.

pub mod address;
