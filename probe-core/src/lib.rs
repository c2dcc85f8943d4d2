//! Does this endpoint work, as seen from here, and how well?
//!
//! `probe-core` answers that for ICMP, TCP, DNS and unix sockets through one [`Prober`](prober::Prober) trait, and knows what this
//! process is allowed to do: it opens the least privileged socket that does the job, falls back when it may not,
//! and says in plain words what was refused and how to allow it.

#[cfg(feature = "config")]
pub mod config;
pub mod model;
pub mod net;
pub mod prober;
pub mod render;
pub mod settings;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(any(feature = "push", feature = "textfile"))]
pub mod sink;
#[cfg(feature = "sweep")]
pub mod sweep;
pub mod wire;
