//! Sockets for sweeps: many small packets out and their answers in, by batches, without waiting and without allocating.

mod open;
mod route;
mod socket;

pub use open::{BulkKind, BulkOptions, BulkUse};
pub use socket::{Arrival, BulkSocket, Flushed, Notice, Received};
