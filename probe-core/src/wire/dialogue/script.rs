//! What a dialogue is made of.

/// What lines are compared with. Expressions belong to the settings, which bytes know nothing of; hence a trait.
pub trait LinePattern {
    /// If the line matches, the templates with the groups of the match filled in.
    fn fill(&self, line: &[u8], templates: &[&[u8]]) -> Option<Vec<Vec<u8>>>;
}

/// One entry of a `query_response` list: its parts happen in the order of the fields.
///
/// A list in a configuration speaks of lines. Protocols whose messages are no lines are spoken by steps with
/// [`ending`](Self::ending) and [`mask`](Self::mask), which only ready-made dialogues set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<P> {
    /// Read lines until one matches.
    pub expect: Option<P>,
    /// Read these bytes; empty for none. Not together with `expect`.
    pub expect_bytes: Vec<u8>,
    /// Which bits of `expect_bytes` count, byte by byte: 0 for a byte that may be any, such as one of a length. Bytes without a
    /// mask count wholly.
    pub mask: Vec<u8>,
    /// Read until these texts were received, wherever they are in it; what else was received by then is read, too. Neither
    /// together with `expect` nor with `expect_bytes`, and no part of a configuration's list.
    pub contains: Option<Contents>,
    /// Publish what matched, as one series with these labels, be they none. Without `expect` nothing is published.
    pub labels: Option<Vec<Label>>,
    /// Send this; empty for nothing. A template if there is an `expect`.
    pub send: Vec<u8>,
    /// What is sent behind it.
    pub ending: Ending,
    /// Go on over TLS.
    pub start_tls: bool,
}

/// Texts that are to be somewhere in what is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The texts.
    pub texts: Vec<Vec<u8>>,
    /// Whether all of them are to be there, and not just one.
    pub all: bool,
}

impl Contents {
    pub(super) fn are_in(&self, received: &[u8]) -> bool {
        let is_there =
            |text: &Vec<u8>| text.is_empty() || received.windows(text.len()).any(|part| part == text);
        if self.all { self.texts.iter().all(is_there) } else { self.texts.iter().any(is_there) }
    }
}

/// What is sent behind the text of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// A line feed, always and even behind bytes that are no text, as the reference exporter does.
    #[default]
    LineFeed,
    /// Nothing.
    Nothing,
}

impl<P> Default for Step<P> {
    fn default() -> Self {
        Self {
            expect: None,
            expect_bytes: Vec::new(),
            mask: Vec::new(),
            contains: None,
            labels: None,
            send: Vec::new(),
            ending: Ending::LineFeed,
            start_tls: false,
        }
    }
}

impl<P> Step<P> {
    /// Whether these are the bytes that it expects.
    pub(super) fn accepts(&self, received: &[u8]) -> bool {
        let masks = self.mask.iter().copied().chain(std::iter::repeat(u8::MAX));
        let pairs = self.expect_bytes.iter().zip(received).zip(masks);
        received.len() == self.expect_bytes.len()
            && pairs.into_iter().all(|((a, b), mask)| a & mask == b & mask)
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
