//! Regular expressions in the dialect of the reference exporter, which is Go's RE2.

mod class;
mod error;
mod escape;
mod group;
mod repetition;
mod template;
mod translate;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

pub use error::{PatternError, Problem};
use translate::translate;

/// Largest compiled form. Ordinary expressions need a thousandth of it.
const MOST_COMPILED: usize = 64 << 20;

/// Deepest nesting. The compiler recurses, and the stack of a thread is two MiB.
const DEEPEST: u32 = 250;

/// A regular expression, not anchored, matched on bytes.
///
/// Text that is not UTF-8 matches as in Go: each byte that belongs to no character counts as one U+FFFD.
/// `docs/REGEX.md` lists what differs between this and Go, and between this and the `regex` crate.
///
/// ```
/// use probe_core::settings::Pattern;
///
/// let greeting = Pattern::new(r"^220 (?P<host>\S+)").expect("a valid expression");
/// let found = greeting.captures(b"220 mail.test ESMTP").expect("it matches");
/// assert_eq!(found.expand(b"host=${host}"), b"host=mail.test");
/// ```
#[derive(Clone)]
pub struct Pattern {
    source: Arc<str>,
    regex: Regex,
    names: Arc<[Option<String>]>,
}

impl Pattern {
    /// Compiles an expression.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let translation = translate(source)?;
        let regex = RegexBuilder::new(&translation.syntax)
            .size_limit(MOST_COMPILED)
            .nest_limit(DEEPEST)
            .build()
            .map_err(|error| PatternError::of_engine(&error, source))?;
        Ok(Self { source: source.into(), regex, names: translation.names.into() })
    }

    /// The expression in the syntax of the `regex` crate, for engines that are not ours.
    #[cfg(feature = "cel")]
    pub(crate) fn engine_syntax(source: &str) -> Result<String, PatternError> {
        translate(source).map(|translation| translation.syntax)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(&Decoded::new(text).text)
    }

    /// The leftmost match in `text`, with its groups.
    pub fn captures<'t>(&self, text: &'t [u8]) -> Option<Captures<'t>> {
        let decoded = Decoded::new(text);
        let found = self.regex.captures(&decoded.text)?;
        let spans = found.iter().map(|group| group.map(|group| decoded.span_in_bytes(group.range())));
        Some(Captures { text, spans: spans.collect(), names: self.names.clone() })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

/// A match: the groups of a [`Pattern`] in a text.
#[derive(Clone, Debug)]
pub struct Captures<'t> {
    text: &'t [u8],
    spans: Vec<Option<Range<usize>>>,
    names: Arc<[Option<String>]>,
}

impl<'t> Captures<'t> {
    /// What a group matched; group 0 is the whole match. `None` if it took no part, or is not there.
    pub fn group(&self, number: usize) -> Option<&'t [u8]> {
        self.text.get(self.spans.get(number)?.clone()?)
    }

    /// What the first group of this name that took part matched. Unlike elsewhere, a name may be there twice.
    pub fn named(&self, name: &str) -> Option<&'t [u8]> {
        let numbers = 1..self.spans.len();
        let mut alike = numbers.filter(|number| self.names[number - 1].as_deref() == Some(name));
        alike.find_map(|number| self.group(number))
    }

    /// The template with `$1`, `${1}`, `$name`, `${name}` and `$0` replaced by what the groups matched, `$$` by `$`.
    ///
    /// A name is as long as it can be, so `$1x` is the group `1x`. Unknown groups, and those that took no part, are
    /// empty. A dollar sign that begins none of these stays.
    pub fn expand(&self, template: &[u8]) -> Vec<u8> {
        template::expand(template, |name| match template::number(name) {
            Some(number) => self.group(number),
            None => self.named(name),
        })
    }
}

/// Bytes as the text that Go's expressions see, one U+FFFD for each byte that belongs to no character.
struct Decoded<'t> {
    text: Cow<'t, str>,
    /// Where the replacements stand in the text.
    replaced: Vec<usize>,
}

impl<'t> Decoded<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        if let Ok(text) = str::from_utf8(bytes) {
            return Self { text: text.into(), replaced: Vec::new() };
        }
        let mut text = String::with_capacity(bytes.len());
        let mut replaced = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                replaced.push(text.len());
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Self { text: text.into(), replaced }
    }

    /// The span of the bytes that a span of the text stands for.
    fn span_in_bytes(&self, span: Range<usize>) -> Range<usize> {
        let longer_by = char::REPLACEMENT_CHARACTER.len_utf8() - 1;
        let in_bytes = |at| at - longer_by * self.replaced.partition_point(|start| *start < at);
        in_bytes(span.start)..in_bytes(span.end)
    }
}

#[cfg(test)]
mod tests;
