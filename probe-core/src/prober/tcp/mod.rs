//! The TCP prober: a connection and what is said over it, or a single SYN that is never completed.

mod connect;
mod half_open;
mod series;
mod settings;

pub use connect::TcpProber;
pub use series::{DURATION, HANDSHAKE, PORT_STATE, RETRANSMITS, ROUND_TRIP, ROUND_TRIP_VARIATION};
pub use settings::{SPEC, TcpSettings};

pub use crate::prober::shared::{EXPECT_INFO, FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};

#[cfg(test)]
mod tests;
