//! The tree a configuration is read into: every value and every key with its place.

use super::scalar::{Resolved, Scalar};

/// Longest word of a configuration that an error message repeats. Longer text may be a secret.
const LONGEST_SHOWN: usize = 16;

/// Where something is in a text. Lines and columns count from 1; both are 0 for what is in no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value starts.
    pub place: Place,
    /// The value.
    pub content: Content,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Keys and values, in the order of the text; no key twice.
    Mapping(Vec<Entry>),
    /// Nothing: an absent value, `~` or `null`.
    Null,
    /// One word, number or text.
    Scalar(Scalar),
    /// Values in order.
    Sequence(Vec<Node>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.content == Content::Null
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of any scalar; the empty text for nothing, as the reference exporter reads list items.
    pub(super) fn text(&self) -> Option<String> {
        match &self.content {
            Content::Null => Some(String::new()),
            Content::Scalar(scalar) => scalar.decoded(),
            _ => None,
        }
    }

    /// What kind of value it is, in words that repeat nothing of it.
    pub(super) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Mapping(_) => "a mapping",
            Content::Null => "nothing",
            Content::Scalar(scalar) => scalar.kind(),
            Content::Sequence(_) => "a list",
        }
    }

    /// What an error message says was found: numbers, booleans and short plain words themselves, else the kind.
    /// Only for keys that never hold a secret.
    pub(super) fn shown(&self) -> &str {
        match self.scalar() {
            Some(scalar) if scalar.plain && is_short_word(&scalar.text) => &scalar.text,
            _ => self.kind(),
        }
    }

    /// As [`shown`](Self::shown), and quoted words too: for keys whose values are words from a list.
    pub(super) fn shown_word(&self) -> String {
        match self.scalar().map(Scalar::resolved) {
            Some(Resolved::Text(text)) if is_short_word(text) => format!("{text:?}"),
            _ => self.shown().to_owned(),
        }
    }
}

fn is_short_word(text: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "+-._".contains(character);
    !text.is_empty() && text.chars().count() <= LONGEST_SHOWN && text.chars().all(plain)
}
