//! Stand-ins for the network, for tests that need neither privilege nor waiting.
//! Nothing here opens a socket; time is tokio's, which tests pause.

#[cfg(feature = "icmp")]
mod link;
#[cfg(feature = "icmp")]
mod random;
mod resolver;

#[cfg(feature = "icmp")]
pub use link::{Faults, SimNetwork};
pub use resolver::FixedResolver;
