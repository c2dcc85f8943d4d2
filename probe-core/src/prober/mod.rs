//! The probers, one protocol a file or folder, and how they are run.
//! Probers never import each other; what they share is in `shared`.

mod api;
mod run;
pub mod shared;

pub use api::{Common, Context, Overrides, Prober, Services, Settings, Spec};
pub use run::{ATTEMPTS, DURATION, FAILURE_INFO, RunOptions, SUCCESS, run};
