//! The HTTP prober: one request and its redirects, over HTTP/1.1, HTTP/2 or HTTP/3, and what the answer must be like.

mod expression;
mod probe;
mod series;
mod settings;

pub use expression::Expression;
pub use probe::HttpProber;
pub use series::{
    CONTENT_LENGTH, DURATION, FAILED_DUE_TO_CEL, FAILED_DUE_TO_REGEX, LAST_MODIFIED, REDIRECTS, SSL,
    STATUS_CODE, UNCOMPRESSED_BODY_LENGTH, VERSION,
};
pub use settings::{BODY_MATCH_LIMIT, HeaderRule, HttpSettings};
