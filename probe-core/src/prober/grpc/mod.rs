//! The gRPC prober: one health check (`grpc.health.v1`) over HTTP/2, with TLS or without.

mod call;
mod driver;
mod probe;
mod series;
mod settings;
mod target;

pub use probe::GrpcProber;
pub use series::{DURATION, HEALTH, SSL, STATUS_CODE};
pub use settings::{GrpcSettings, SPEC};

#[cfg(all(test, feature = "config"))]
mod tests;
