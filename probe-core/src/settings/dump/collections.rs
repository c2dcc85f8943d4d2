//! Lists, and what has names that the operator chose.

use super::{Dump, MASK, Style};
use crate::settings::natural_order::natural_order;
use crate::settings::quoting::quoted;
use crate::settings::secret::Secret;

impl Dump {
    /// A list of texts, unless it is empty.
    pub fn strings<T: AsRef<str>>(&mut self, key: &str, values: &[T]) {
        self.items(key, values, |value| quoted(value.as_ref()));
    }

    /// A list of texts, unless it is empty. The reference has `null` for an empty expression.
    pub fn expressions<T: AsRef<str>>(&mut self, key: &str, values: &[T]) {
        self.items(key, values, |value| or_null(value.as_ref(), quoted));
    }

    /// A list of secrets, unless it is empty: `<secret>` for each, `null` for an empty one.
    pub fn secrets(&mut self, key: &str, values: &[Secret]) {
        self.items(key, values, |value| or_null(value.expose(), |_| MASK.to_owned()));
    }

    /// A list of whole numbers, unless it is empty.
    pub fn integers(&mut self, key: &str, values: &[i64]) {
        self.items(key, values, i64::to_string);
    }

    /// What has names that the operator chose, unless there is nothing: sorted by name as in the reference.
    pub fn named<T>(
        &mut self,
        key: &str,
        values: &[(String, T)],
        mut write: impl FnMut(&str, &T, &mut Self),
    ) {
        let mut sorted: Vec<_> = values.iter().collect();
        sorted.sort_by(|left, right| natural_order(&left.0, &right.0));
        self.section(key, |map| {
            for (name, value) in sorted {
                write(name, value, map);
            }
        });
    }

    /// Texts by name, empty ones too.
    pub fn map(&mut self, key: &str, values: &[(String, String)]) {
        self.named(key, values, |name, value, map| map.entry(name, value));
    }

    /// Lists of texts by name, empty ones too.
    pub fn string_lists(&mut self, key: &str, values: &[(String, Vec<String>)]) {
        self.named(key, values, |name, list, map| map.given(name, "[]", |map| map.strings(name, list)));
    }

    /// Lists of secrets by name, empty ones too.
    pub fn secret_lists(&mut self, key: &str, values: &[(String, Vec<Secret>)]) {
        self.named(key, values, |name, list, map| map.given(name, "[]", |map| map.secrets(name, list)));
    }

    /// Sections by name, empty ones too.
    pub fn named_sections<T>(
        &mut self,
        key: &str,
        values: &[(String, T)],
        mut write: impl FnMut(&T, &mut Self),
    ) {
        self.named(key, values, |name, value, map| map.given_section(name, |inner| write(value, inner)));
    }

    /// A list of sections, unless it is empty. An empty item stays, as `{}`.
    pub fn sections<T>(&mut self, key: &str, items: &[T], mut write: impl FnMut(&T, &mut Self)) {
        if items.is_empty() {
            return;
        }
        self.header(key, "");
        let indent = self.list_indent();
        for item in items {
            let mut inner = Self { text: String::new(), indent: indent + 2, style: self.style };
            write(item, &mut inner);
            self.start_item(indent);
            self.text.push_str(inner.text.get(inner.indent..).unwrap_or("{}\n"));
        }
    }

    fn list_indent(&self) -> usize {
        match self.style {
            Style::Compact => self.indent,
            Style::Wide => self.inside().indent,
        }
    }

    fn items<T>(&mut self, key: &str, values: &[T], write: impl Fn(&T) -> String) {
        if values.is_empty() {
            return;
        }
        self.header(key, "");
        let indent = self.list_indent();
        for value in values {
            self.start_item(indent);
            self.text.push_str(&write(value));
            self.text.push('\n');
        }
    }
}

fn or_null(text: &str, write: impl FnOnce(&str) -> String) -> String {
    if text.is_empty() { "null".to_owned() } else { write(text) }
}
