//! The UDP prober: datagrams to one port, and what must come back.

mod conversation;
mod probe;
mod series;
mod settings;

pub use probe::UdpProber;
pub use series::{DURATION, RECEIVED};
pub use settings::{DEFAULT_WAIT, LARGEST_DATAGRAM, SPEC, UdpSettings, UdpStep};

#[cfg(all(test, feature = "config"))]
mod tests;
