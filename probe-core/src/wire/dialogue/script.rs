//! What a dialogue is made of.

/// What lines are compared with. Expressions belong to the settings, which bytes know nothing of; hence a trait.
pub trait LinePattern {
    /// If the line matches, the templates with the groups of the match filled in.
    fn fill(&self, line: &[u8], templates: &[&[u8]]) -> Option<Vec<Vec<u8>>>;
}

/// One entry of a `query_response` list: its parts happen in the order of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<P> {
    /// Read lines until one matches.
    pub expect: Option<P>,
    /// Read these bytes; empty for none. Not together with `expect`.
    pub expect_bytes: Vec<u8>,
    /// Publish what matched, as one series with these labels, be they none. Without `expect` nothing is published.
    pub labels: Option<Vec<Label>>,
    /// Send this and a line feed; empty for nothing. A template if there is an `expect`.
    pub send: Vec<u8>,
    /// Go on over TLS.
    pub start_tls: bool,
}

impl<P> Default for Step<P> {
    fn default() -> Self {
        Self { expect: None, expect_bytes: Vec::new(), labels: None, send: Vec::new(), start_tls: false }
    }
}

/// A label of the series that a match publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name as configured.
    pub name: String,
    /// A template for its value.
    pub value: String,
}
