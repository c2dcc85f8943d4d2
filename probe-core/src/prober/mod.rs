//! The probers, one protocol a file or folder, and how they are run.
//! Probers never import each other; what they share is in `shared`.

mod api;
#[cfg(feature = "dns")]
pub mod dns;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "icmp")]
pub mod icmp;
mod run;
pub mod shared;
#[cfg(feature = "tcp")]
pub mod tcp;
#[cfg(feature = "udp")]
pub mod udp;
#[cfg(feature = "unix")]
pub mod unix;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use api::{
    Common, Context, OverrideError, Overrides, Prober, RunOptions, Services, Settings, Spec, TIMEOUT,
};
pub use run::{ATTEMPTS, DURATION, FAILURE_INFO, SUCCESS, run};

/// Every prober of this build, by name.
pub static BUILTIN: &[&Spec] = &[
    #[cfg(feature = "http")]
    &http::SPEC,
    #[cfg(feature = "icmp")]
    &icmp::SPEC,
    #[cfg(feature = "tcp")]
    &tcp::SPEC,
    #[cfg(feature = "dns")]
    &dns::SPEC,
    #[cfg(feature = "grpc")]
    &grpc::SPEC,
    #[cfg(feature = "unix")]
    &unix::SPEC,
    #[cfg(feature = "websocket")]
    &websocket::SPEC,
    #[cfg(feature = "udp")]
    &udp::SPEC,
];
