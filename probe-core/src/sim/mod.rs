//! Stand-ins for the network, for tests that need neither privilege nor waiting.
//! Nothing here opens a socket or reads a clock.

mod resolver;

pub use resolver::FixedResolver;
