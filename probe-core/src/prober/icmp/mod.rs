//! The ICMP prober: echo requests, one or many, judged by loss and round-trip time.

mod packets;
mod probe;
mod said;
mod series;
mod settings;

pub use packets::Packets;
pub use probe::IcmpProber;
pub use series::{
    DUPLICATES, DURATION, HOP_LIMIT, JITTER, LOSS_RATIO, PACKETS_RECEIVED, PACKETS_SENT, REORDERED,
    ROUND_TRIP,
};
pub use settings::{DEFAULT_PAYLOAD_SIZE, IcmpSettings, SPEC};
