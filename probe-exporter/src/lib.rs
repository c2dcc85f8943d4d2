//! `probe-exporter` answers `/probe` as the Prometheus blackbox exporter does: same flags, same file, same series.
//!
//! One thread per core, each with its own listener, ICMP engine and resolver; a probe never changes threads.

#![forbid(unsafe_code)]

mod args;
mod figures;
mod go_float;
mod log;
mod modules;
mod process;
mod quoting;
mod route;
mod self_metrics;
mod server;
mod start;
mod timeout;

pub use start::run;
