//! Cases for a program that claims to be the blackbox exporter: a module, small servers, a target, and what must come out.
//!
//! A test program hands its table to [`run`]. Every case is tried with `probe-exporter` over HTTP. Where the reference
//! exporter is installed it is tried with that too, and everything else that can be seen of the two is compared. Nothing
//! here knows anything of our own code: both are programs that take a configuration.

pub mod case;
pub mod certificates;
pub mod expected;
pub mod exporter;
pub mod exposition;
pub mod fetch;
pub mod lab;
pub mod observed;
pub mod page;
pub mod places;
pub mod scenario;
pub mod series;
pub mod servers;

pub use case::{Case, probe};
pub use lab::run;
pub use servers::Server;
