//! The DNS prober: one question to a name server, and rules for what it answers.

mod probe;
mod series;
mod settings;
mod transport;
mod validators;
mod verdict;

pub use probe::DnsProber;
pub use series::{ADDITIONAL_RECORDS, ANSWER_RECORDS, AUTHORITY_RECORDS, DURATION, QUERY_SUCCEEDED, SERIAL};
pub use settings::{DnsSettings, SPEC, TARGET_PLACEHOLDER};
pub use validators::{RecordRules, Rule};
