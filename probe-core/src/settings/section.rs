//! A mapping of a configuration, read key by key.

mod named;
mod scalars;

use super::errors::Errors;
use super::suggest::did_you_mean;
use super::tree::{Content, Entry, Node, Place};

/// A mapping of the configuration.
///
/// Each reader takes a key, remembers it as one that is allowed here, and returns `None` if the key is absent or
/// without value. It also returns `None` if the value is wrong; then the problem is in the `errors`.
/// At the end [`finish`](Self::finish) reports the keys that nobody asked for.
#[must_use = "keys that nobody asked for are only reported by finish"]
#[derive(Debug)]
pub struct Section<'doc> {
    path: String,
    place: Place,
    entries: Option<&'doc [Entry]>,
    known: Vec<&'static str>,
}

impl<'doc> Section<'doc> {
    /// A section without any key: one that is not in the file.
    pub fn empty(path: impl Into<String>) -> Self {
        Self { path: path.into(), place: Place::default(), entries: None, known: Vec::new() }
    }

    /// The section in `node`, which is at `path`. Nothing is an empty section; anything but a mapping is a problem.
    pub fn from_node(path: impl Into<String>, node: &'doc Node, errors: &mut Errors) -> Option<Self> {
        let path = path.into();
        let entries = match &node.content {
            Content::Mapping(entries) => Some(entries.as_slice()),
            Content::Null => None,
            _ => {
                errors.push(node.place, path, format!("found {}, allowed a mapping", node.kind()));
                return None;
            }
        };
        Some(Self { path, place: node.place, entries, known: Vec::new() })
    }

    /// Where this section is: its key and those around it, joined with dots.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the section is in the file, even if as `{}`. The reference exporter makes a difference for some probers.
    pub fn is_given(&self) -> bool {
        self.entries.is_some()
    }

    /// Whether the key is there and has a value. Counts as asking for it.
    pub fn contains(&mut self, key: &'static str) -> bool {
        self.take(key).is_some()
    }

    /// Where the key is, or the section if the key is absent.
    pub fn place(&self, key: &str) -> Place {
        self.find(key).map_or(self.place, |entry| entry.place)
    }

    /// Any scalar as text. The value is never repeated in a message.
    pub fn string(&mut self, key: &'static str, errors: &mut Errors) -> Option<String> {
        let entry = self.take(key)?;
        let text = entry.value.text();
        if text.is_none() {
            self.problem(key, format!("found {}, allowed a string", entry.value.kind()), errors);
        }
        text
    }

    /// Any scalar as bytes: text, or anything at all as `!!binary`. The value is never repeated in a message.
    #[cfg(any(feature = "dialogue", feature = "http"))]
    pub(crate) fn bytes(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<u8>> {
        let entry = self.take(key)?;
        let bytes = entry.value.scalar().and_then(super::scalar::Scalar::bytes);
        if bytes.is_none() {
            self.problem(key, format!("found {}, allowed a string", entry.value.kind()), errors);
        }
        bytes
    }

    /// A list of strings. The values are never repeated in a message.
    pub fn strings(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<String>> {
        let items = self.items(key, "a list of strings", errors)?;
        self.each(key, items, "a string", errors, Node::text)
    }

    /// A list of whole numbers without quotes. Fractions are cut off, as the reference exporter does.
    pub fn integers(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<i64>> {
        let items = self.items(key, "a list of whole numbers", errors)?;
        self.each(key, items, "a whole number", errors, |item| item.scalar()?.integer())
    }

    /// A list whose items `read` makes values of, each from the text of a scalar. Not for secrets: what cannot be read is
    /// repeated in the message.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let items = self.items(key, "a list", errors)?;
        let mut values = Vec::with_capacity(items.len());
        let mut is_whole = true;
        for (index, item) in given(items) {
            let message = match item.text() {
                None => format!("found {}, allowed a string", item.kind()),
                Some(text) => match read(&text) {
                    Ok(value) => {
                        values.push(value);
                        continue;
                    }
                    Err(error) => format!("found {text:?}, {error}"),
                },
            };
            is_whole = false;
            errors.push(item.place, format!("{}[{index}]", self.path_of(key)), message);
        }
        is_whole.then_some(values)
    }

    /// A section inside this one.
    pub fn section(&mut self, key: &'static str, errors: &mut Errors) -> Option<Self> {
        let entry = self.take(key)?;
        Section::from_node(self.path_of(key), &entry.value, errors)
    }

    /// A section inside this one; an empty one at its place if it is absent, without value or wrong.
    pub fn section_or_empty(&mut self, key: &'static str, errors: &mut Errors) -> Self {
        let place = self.place(key);
        self.section(key, errors).unwrap_or_else(|| Section { place, ..Section::empty(self.path_of(key)) })
    }

    /// A list of sections.
    pub fn sections(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<Self>> {
        let items = self.items(key, "a list of mappings", errors)?;
        let read =
            |(index, item)| Section::from_node(format!("{}[{index}]", self.path_of(key)), item, errors);
        Some(given(items).filter_map(read).collect())
    }

    /// Adds a problem with a key: what was found, and what is allowed.
    pub fn problem(&self, key: &str, message: impl Into<String>, errors: &mut Errors) {
        errors.push(self.place(key), self.path_of(key), message);
    }

    /// Adds a problem with the section itself.
    pub fn problem_here(&self, message: impl Into<String>, errors: &mut Errors) {
        errors.push(self.place, self.path.clone(), message);
    }

    /// Adds a warning about a key.
    pub fn warn(&self, key: &str, message: impl Into<String>, errors: &mut Errors) {
        errors.warn(self.place(key), self.path_of(key), message);
    }

    /// Adds a warning about the section itself.
    pub fn warn_here(&self, message: impl Into<String>, errors: &mut Errors) {
        errors.warn(self.place, self.path.clone(), message);
    }

    /// Reports every key that was not asked for.
    pub fn finish(self, errors: &mut Errors) {
        for entry in self.entries.unwrap_or_default() {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let hint = did_you_mean(&entry.key, &self.known);
            let allowed = self.known.join(", ");
            errors.push(
                entry.place,
                self.path_of(&entry.key),
                format!(
                    "unknown key{hint}{} allowed here: {allowed}",
                    if hint.is_empty() { "," } else { "" }
                ),
            );
        }
    }

    fn find(&self, key: &str) -> Option<&'doc Entry> {
        self.entries?.iter().find(|entry| entry.key == key)
    }

    /// The entry, if it has a value.
    fn take(&mut self, key: &'static str) -> Option<&'doc Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.find(key).filter(|entry| !entry.value.is_null())
    }

    /// Reads each item of the list at `key`. `None` if one of them cannot be read.
    fn each<T>(
        &self,
        key: &str,
        items: &[Node],
        allowed: &str,
        errors: &mut Errors,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::with_capacity(items.len());
        let mut is_whole = true;
        for (index, item) in given(items) {
            let value = read(item);
            if value.is_none() {
                is_whole = false;
                let path = format!("{}[{index}]", self.path_of(key));
                errors.push(item.place, path, format!("found {}, allowed {allowed}", item.kind()));
            }
            values.extend(value);
        }
        is_whole.then_some(values)
    }

    fn items(&mut self, key: &'static str, allowed: &str, errors: &mut Errors) -> Option<&'doc [Node]> {
        let entry = self.take(key)?;
        let Content::Sequence(items) = &entry.value.content else {
            self.problem(key, format!("found {}, allowed {allowed}", entry.value.kind()), errors);
            return None;
        };
        Some(items)
    }

    /// The path of a key in here. Control characters are escaped: paths end up in logs.
    fn path_of(&self, key: &str) -> String {
        let separator = if self.path.is_empty() { "" } else { "." };
        let mut path = format!("{}{separator}", self.path);
        for character in key.chars() {
            if character.is_control() {
                path.extend(character.escape_default());
            } else {
                path.push(character);
            }
        }
        path
    }
}

/// The items of a list that are there, with their places in it. Like the reference exporter, nothing is no item.
fn given(items: &[Node]) -> impl Iterator<Item = (usize, &Node)> {
    items.iter().enumerate().filter(|(_, item)| !item.is_null())
}
