//! The ICMP engine: one set of shared sockets, a driver that does the work, and pingers that see the events.
//! Knows nothing of probers and reports.

mod arrival;
mod burst;
mod driver;
mod engine;
mod event;
mod flows;
mod group;
mod own_thread;
mod pinger;
mod pool;
mod request;
mod socket;
mod state;
mod statistics;
mod wheel;

pub use driver::Driver;
pub use engine::{Engine, PingOptions, ping};
pub use event::{Event, PacketError, Reply};
pub use group::{GroupBurst, Member, PingGroup};
pub use pinger::Pinger;
pub(crate) use pool::Pool;
pub use socket::KernelNetwork;
pub use statistics::EngineStatistics;
