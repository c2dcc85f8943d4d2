//! A mapping of a configuration, read key by key.

mod named;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::duration::{self, Signed};
use super::errors::Errors;
use super::scalar::{Resolved, Scalar};
use super::size;
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
        let bytes = entry.value.scalar().and_then(Scalar::bytes);
        if bytes.is_none() {
            self.problem(key, format!("found {}, allowed a string", entry.value.kind()), errors);
        }
        bytes
    }

    /// A list of strings. The values are never repeated in a message.
    pub fn strings(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<String>> {
        let items = self.items(key, "a list of strings", errors)?;
        self.each(key, items, "a string", errors, |item| item.text())
    }

    /// A list of whole numbers without quotes. Fractions are cut off, and nothing is zero, as the reference exporter does.
    pub fn integers(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<i64>> {
        let items = self.items(key, "a list of whole numbers", errors)?;
        self.each(key, items, "a whole number", errors, |item| match item.scalar() {
            None if item.is_null() => Some(0),
            scalar => scalar?.integer(),
        })
    }

    /// A list whose items `read` makes values of, each from the text of a scalar. Not for secrets: what cannot be read is
    /// repeated in the message.
    pub fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        errors: &mut Errors,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let items = self.items(key, "a list", errors)?;
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
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
            errors.push(item.place, format!("{}[{index}]", self.path_of(key)), message);
        }
        (values.len() == items.len()).then_some(values)
    }

    /// `true` or `false` without quotes, or one of the words of YAML 1.1 (`yes`, `no`, `on`, `off`, `y`, `n`), quoted or not.
    pub fn boolean(&mut self, key: &'static str, errors: &mut Errors) -> Option<bool> {
        self.scalar(key, "true or false", errors, Scalar::boolean)
    }

    /// A whole number without quotes. Fractions are cut off, as the reference exporter does.
    pub fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<i64>,
        errors: &mut Errors,
    ) -> Option<i64> {
        let allowed = match (*range.start(), *range.end()) {
            (i64::MIN, i64::MAX) => "a whole number".to_owned(),
            (least, i64::MAX) => format!("{least} or more"),
            (least, most) => format!("{least} to {most}"),
        };
        let read = |scalar: &Scalar| scalar.integer().filter(|value| range.contains(value));
        self.scalar(key, allowed, errors, read)
    }

    /// A number without quotes.
    pub fn float(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        errors: &mut Errors,
    ) -> Option<f64> {
        let allowed = match (*range.start(), *range.end()) {
            (least, most) if most.is_finite() => format!("{least} to {most}"),
            (least, _) if least.is_finite() => format!("{least} or more"),
            _ => "a number".to_owned(),
        };
        let read = |scalar: &Scalar| scalar.float().filter(|value| range.contains(value));
        self.scalar(key, allowed, errors, read)
    }

    /// A duration with a unit, not below zero.
    pub fn duration(&mut self, key: &'static str, errors: &mut Errors) -> Option<Duration> {
        let read = |scalar: &Scalar| read_duration(scalar)?.not_negative();
        self.scalar(key, "a duration such as 500ms or 2.5s", errors, read)
    }

    /// A duration with a unit; the reference exporter lets them be below zero.
    pub fn signed_duration(&mut self, key: &'static str, errors: &mut Errors) -> Option<Signed> {
        self.scalar(key, "a duration such as 500ms or 2.5s", errors, read_duration)
    }

    /// A size with a unit, in bytes, as [`size`] reads it.
    pub fn size(&mut self, key: &'static str, errors: &mut Errors) -> Option<i64> {
        let text = self.string(key, errors)?;
        let read = size::parse(&text).map_err(|error| {
            let shown = error.to_string().replace(char::is_control, "\u{fffd}");
            self.problem(key, shown, errors);
        });
        read.ok()
    }

    /// One of the words; gives the value that goes with it.
    pub fn one_of<T: Clone>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        errors: &mut Errors,
    ) -> Option<T> {
        let entry = self.take(key)?;
        let text = entry.value.text();
        let chosen = words.iter().find(|(word, _)| text.as_deref() == Some(word));
        if chosen.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(text.as_deref().unwrap_or_default(), &allowed);
            let found = entry.value.shown_word();
            self.problem(key, format!("found {found}, allowed {}{hint}", allowed.join(", ")), errors);
        }
        chosen.map(|(_, value)| value.clone())
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

    /// A list of sections. Items without value are empty sections.
    pub fn sections(&mut self, key: &'static str, errors: &mut Errors) -> Option<Vec<Self>> {
        let items = self.items(key, "a list of mappings", errors)?;
        let read =
            |(index, item)| Section::from_node(format!("{}[{index}]", self.path_of(key)), item, errors);
        Some(items.iter().enumerate().filter_map(read).collect())
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

    /// A scalar that is no secret, as `read` understands it.
    fn scalar<T>(
        &mut self,
        key: &'static str,
        allowed: impl fmt::Display,
        errors: &mut Errors,
        read: impl FnOnce(&Scalar) -> Option<T>,
    ) -> Option<T> {
        let entry = self.take(key)?;
        let value = entry.value.scalar().and_then(read);
        if value.is_none() {
            self.problem(key, format!("found {}, allowed {allowed}", entry.value.shown()), errors);
        }
        value
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
        for (index, item) in items.iter().enumerate() {
            let value = read(item);
            if value.is_none() {
                let path = format!("{}[{index}]", self.path_of(key));
                errors.push(item.place, path, format!("found {}, allowed {allowed}", item.kind()));
            }
            values.extend(value);
        }
        (values.len() == items.len()).then_some(values)
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

/// A duration is text: a bare number is not one, not even zero.
fn read_duration(scalar: &Scalar) -> Option<Signed> {
    match scalar.resolved() {
        Resolved::Text(text) => duration::parse(text).ok(),
        _ => None,
    }
}
