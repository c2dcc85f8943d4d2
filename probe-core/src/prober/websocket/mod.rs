//! The websocket prober: an upgrade of HTTP/1.1 (RFC 6455), and messages that answer each other.

mod conversation;
mod handshake;
mod probe;
mod series;
mod settings;

pub use conversation::LONGEST_MESSAGE;
pub use probe::WebSocketProber;
pub use series::{DURATION, FAILED_DUE_TO_REGEX, STATUS_CODE, UPGRADED};
pub use settings::{SPEC, WebSocketSettings};

#[cfg(all(test, feature = "config"))]
mod tests;
