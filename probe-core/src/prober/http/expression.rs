//! Expressions over a JSON body, in the Common Expression Language.

use std::fmt;
use std::sync::Arc;

/// A compiled expression over `body`. Without the feature `cel` none can be made, and a configuration with one is refused.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
}

impl Expression {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}
