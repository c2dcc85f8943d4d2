//! The TCP prober: an ordinary connection, or a single SYN that is never completed.

mod connect;
mod half_open;
mod series;
mod settings;

pub use connect::TcpProber;
pub use series::{DURATION, HANDSHAKE, PORT_STATE, RETRANSMITS, ROUND_TRIP, ROUND_TRIP_VARIATION};
pub use settings::{SPEC, TcpSettings};
