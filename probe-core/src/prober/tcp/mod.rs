//! The TCP prober: an ordinary connection, or a single SYN that is never completed.

mod connect;
mod half_open;
mod series;
mod settings;

pub use connect::TcpProber;
pub use series::{
    DURATION, FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX, HANDSHAKE, PORT_STATE, RETRANSMITS, ROUND_TRIP,
    ROUND_TRIP_VARIATION,
};
pub use settings::{SPEC, TcpSettings};
