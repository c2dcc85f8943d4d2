//! The HTTP prober: one request and its redirects, over HTTP/1.1, HTTP/2 or HTTP/3, and what the answer must be like.

mod expression;
mod settings;

pub use expression::Expression;
pub use settings::{BODY_MATCH_LIMIT, HeaderRule, HttpSettings};
