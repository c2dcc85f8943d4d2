//! Query and response over a connection: its settings, its series, and how it is held.

#[cfg(feature = "tls")]
mod converse;
mod presets;
#[cfg(feature = "tls")]
mod said;
mod series;
mod settings;
#[cfg(feature = "tls")]
mod start_tls;

#[cfg(feature = "tls")]
pub use converse::converse;
pub use series::{DIALOGUE_FAMILIES, EXPECT_INFO, FAILED_DUE_TO_BYTES};
pub use settings::DialogueSettings;
#[cfg(feature = "tls")]
pub use start_tls::StartTls;

#[cfg(all(test, feature = "tls"))]
mod tests;
