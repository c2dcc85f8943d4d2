//! `probe-exporter` answers `/probe` as the Prometheus blackbox exporter does: same flags, same file, same series.
//!
//! One thread per core, each with its own listener, ICMP engine and resolver; a probe never changes threads.

#![forbid(unsafe_code)]

mod args;
mod capture;
mod environment;
mod exposition;
mod external_url;
mod go_float;
mod go_integer;
mod history;
mod in_flight;
mod lifecycle;
mod live_config;
mod log;
mod modules;
mod os_words;
mod pages;
mod paths;
mod process;
mod quoting;
mod route;
#[cfg(feature = "sandbox")]
mod sandbox;
mod self_metrics;
mod server;
mod start;
mod systemd;
#[cfg(test)]
mod testing;
mod timeout;
mod web;

pub use start::run;
