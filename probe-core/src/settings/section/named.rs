//! Mappings whose keys are names that the operator chose. They keep the order of the text; no name is unknown.

use super::Section;
use crate::settings::errors::Errors;
use crate::settings::tree::{Content, Node};

impl<'doc> Section<'doc> {
    /// Every key as the name of a section of its own.
    pub fn named_sections(self, errors: &mut Errors) -> Vec<(&'doc str, Self)> {
        let mut sections = Vec::new();
        for entry in self.entries.unwrap_or_default() {
            let path = self.path_of(&entry.key);
            if entry.value.is_null() {
                let section = Section { place: entry.place, ..Section::empty(path) };
                sections.push((entry.key.as_str(), section));
            } else if let Some(section) = Section::from_node(path, &entry.value, errors) {
                sections.push((entry.key.as_str(), Section { place: entry.place, ..section }));
            }
        }
        sections
    }

    /// Every key as the name of a text: any scalar, or nothing. The values are never repeated in a message.
    pub fn named_strings(self, errors: &mut Errors) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for entry in self.entries.unwrap_or_default() {
            match entry.value.text() {
                Some(text) => texts.push((entry.key.clone(), text)),
                None => self.refuse(&entry.key, &entry.value, "a string", errors),
            }
        }
        texts
    }

    /// Every key as the name of a list of texts, or of nothing. The values are never repeated in a message.
    pub fn named_lists(self, errors: &mut Errors) -> Vec<(String, Vec<String>)> {
        let mut lists = Vec::new();
        for entry in self.entries.unwrap_or_default() {
            let items = match &entry.value.content {
                Content::Null => &[],
                Content::Sequence(items) => items.as_slice(),
                _ => {
                    self.refuse(&entry.key, &entry.value, "a list of strings", errors);
                    continue;
                }
            };
            let texts = self.each(&entry.key, items, "a string", errors, Node::text);
            lists.extend(texts.map(|texts| (entry.key.clone(), texts)));
        }
        lists
    }

    /// Every key as the name of whatever is there.
    pub fn named_values(self) -> impl Iterator<Item = (&'doc str, &'doc Node)> {
        self.entries.unwrap_or_default().iter().map(|entry| (entry.key.as_str(), &entry.value))
    }

    fn refuse(&self, key: &str, value: &Node, allowed: &str, errors: &mut Errors) {
        errors.push(value.place, self.path_of(key), format!("found {}, allowed {allowed}", value.kind()));
    }
}

#[cfg(test)]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough in its lifetimes"
)]
mod tests {
    use super::*;
    use crate::settings::{Entry, Place, Scalar};

    fn node(column: u32, content: Content) -> Node {
        Node { place: Place { line: 1, column }, content }
    }

    fn word(column: u32, text: &str) -> Node {
        node(column, Content::Scalar(Scalar::plain(text)))
    }

    fn mapping(entries: Vec<(&str, Node)>) -> Node {
        let entry = |(key, value): (&str, Node)| Entry { key: key.into(), place: value.place, value };
        node(1, Content::Mapping(entries.into_iter().map(entry).collect()))
    }

    fn read<'doc, T>(node: &'doc Node, read: impl FnOnce(Section<'doc>, &mut Errors) -> T) -> (T, String) {
        let mut errors = Errors::default();
        let section = Section::from_node("m", node, &mut errors).expect("a mapping");
        let value = read(section, &mut errors);
        (value, errors.to_string())
    }

    #[test]
    fn texts_keep_their_order_and_every_scalar_is_one() {
        let node = mapping(vec![
            ("b", word(5, "1.50")),
            ("a", node(9, Content::Null)),
            ("c", node(12, Content::Sequence(Vec::new()))),
        ]);
        let (texts, errors) = read(&node, |section, errors| section.named_strings(errors));
        assert_eq!(texts, [("b".into(), "1.50".into()), ("a".into(), String::new())]);
        assert_eq!(errors, "line 1, column 12: m.c: found a list, allowed a string");
    }

    #[test]
    fn lists_keep_their_order_and_name_the_item_that_is_wrong() {
        let list = |items| node(3, Content::Sequence(items));
        let node = mapping(vec![
            ("b", list(vec![word(4, "x"), node(5, Content::Null)])),
            ("a", node(6, Content::Null)),
            ("c", word(7, "x")),
            ("d", list(vec![list(Vec::new())])),
        ]);
        let (lists, errors) = read(&node, |section, errors| section.named_lists(errors));
        assert_eq!(lists, [("b".into(), vec!["x".into()]), ("a".into(), Vec::new())]);
        assert_eq!(
            errors,
            "line 1, column 3: m.d[0]: found a list, allowed a string\n\
             line 1, column 7: m.c: found a string, allowed a list of strings"
        );
    }
}
