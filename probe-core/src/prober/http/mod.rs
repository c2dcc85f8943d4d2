//! The HTTP prober: one request and its redirects, over HTTP/1.1, HTTP/2 or HTTP/3, and what the answer must be like.

mod body;
mod cookies;
mod dump;
mod expression;
mod header_rules;
mod hop;
mod http_date;
mod journey;
mod opening;
mod parse;
mod probe;
mod redirect;
mod series;
mod settings;
mod stop;
mod target;
mod timings;
mod verdict;

pub use expression::{Expression, ExpressionError};
pub use parse::SPEC;
pub use probe::HttpProber;
pub use series::{
    CONTENT_LENGTH, DURATION, FAILED_DUE_TO_CEL, FAILED_DUE_TO_REGEX, LAST_MODIFIED, REDIRECTS, SSL,
    STATUS_CODE, UNCOMPRESSED_BODY_LENGTH, VERSION,
};
pub use settings::{BODY_MATCH_LIMIT, HeaderRule, HttpSettings};
