//! The text of an effective configuration.

mod collections;

use std::time::Duration;

use super::duration;
use super::quoting::{fits_a_block, quoted};

/// What is shown instead of a secret.
const MASK: &str = "<secret>";

/// Writes a configuration as the reference exporter's `/config` does: keys in the order of the calls,
/// values that are zero, false or empty left out, secrets masked.
///
/// ```
/// use probe_core::settings::Dump;
/// let mut dump = Dump::default();
/// dump.section("icmp", |icmp| {
///     icmp.string("preferred_ip_protocol", "ip4");
///     icmp.boolean("dont_fragment", false);
///     icmp.integer("ttl", 64);
/// });
/// assert_eq!(dump.finish(), "icmp:\n    preferred_ip_protocol: ip4\n    ttl: 64\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Dump {
    text: String,
    indent: usize,
    style: Style,
}

/// How the levels of a text are told apart.
#[derive(Clone, Copy, Debug, Default)]
enum Style {
    /// Two columns a level, list items under the first letter of their key.
    Compact,
    /// Four columns a level, also for list items.
    #[default]
    Wide,
}

impl Dump {
    /// Writes as the reference exporter does on its debug page: two columns a level, list items not indented.
    pub fn compact() -> Self {
        Self { style: Style::Compact, ..Self::default() }
    }

    /// A text, in quotes where it would be read as something else.
    pub fn string(&mut self, key: &str, value: &str) {
        if value.contains('\n') && fits_a_block(value) {
            self.block(key, value);
        } else if !value.is_empty() {
            self.line(key, &quoted(value));
        }
    }

    /// `true`; `false` is left out.
    pub fn boolean(&mut self, key: &str, value: bool) {
        if value {
            self.line(key, "true");
        }
    }

    /// `true` or `false`: for what is on unless configured, which would be lost if `false` were left out.
    pub fn switch(&mut self, key: &str, value: bool) {
        self.line(key, if value { "true" } else { "false" });
    }

    /// A whole number other than zero.
    pub fn integer(&mut self, key: &str, value: i64) {
        if value != 0 {
            self.line(key, &value.to_string());
        }
    }

    /// A number other than zero.
    pub fn float(&mut self, key: &str, value: f64) {
        if value != 0.0 {
            self.line(key, &value.to_string());
        }
    }

    /// A duration other than zero.
    pub fn duration(&mut self, key: &str, value: Duration) {
        if !value.is_zero() {
            self.line(key, &duration::render(value));
        }
    }

    /// `<secret>` where there is one.
    pub fn secret(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(key, MASK);
        }
    }

    /// A section, unless it is empty.
    pub fn section(&mut self, key: &str, write: impl FnOnce(&mut Self)) {
        let mut inner = self.inside();
        write(&mut inner);
        if !inner.text.is_empty() {
            self.header(key, "");
            self.text.push_str(&inner.text);
        }
    }

    /// A section that is shown as `{}` should it be empty.
    pub fn given_section(&mut self, key: &str, write: impl FnOnce(&mut Self)) {
        self.given(key, "{}", |out| out.section(key, write));
    }

    /// A value in YAML on one line, as it is.
    #[cfg(any(feature = "dialogue", feature = "http-client"))]
    pub(crate) fn verbatim(&mut self, key: &str, value: &str) {
        self.line(key, value);
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    /// One level deeper. Inside a list item the columns are those of the next full level, as the reference has them.
    fn inside(&self) -> Self {
        let indent = match self.style {
            Style::Compact => self.indent + 2,
            Style::Wide => (self.indent + 4) / 4 * 4,
        };
        Self { text: String::new(), indent, style: self.style }
    }

    /// What `write` writes, or the key with this instead of nothing.
    fn given(&mut self, key: &str, empty: &str, write: impl FnOnce(&mut Self)) {
        let before = self.text.len();
        write(self);
        if self.text.len() == before {
            self.line(key, empty);
        }
    }

    /// A text with its key, also if it is empty.
    fn entry(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            self.line(key, &quoted(value));
        } else {
            self.string(key, value);
        }
    }

    fn block(&mut self, key: &str, value: &str) {
        let (lines, header) = match value.strip_suffix('\n') {
            Some(lines) => (lines, " |"),
            None => (value, " |-"),
        };
        self.header(key, header);
        let indent = self.inside().indent;
        for line in lines.split('\n') {
            if !line.is_empty() {
                self.text.extend(std::iter::repeat_n(' ', indent));
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn line(&mut self, key: &str, value: &str) {
        self.start_line();
        self.text.push_str(&quoted(key));
        self.text.push_str(": ");
        self.text.push_str(value);
        self.text.push('\n');
    }

    fn header(&mut self, key: &str, after: &str) {
        self.start_line();
        self.text.push_str(&quoted(key));
        self.text.push(':');
        self.text.push_str(after);
        self.text.push('\n');
    }

    fn start_line(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
    }

    fn start_item(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str("- ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    #[test]
    fn writes_every_kind_of_value() {
        let mut dump = Dump::default();
        dump.section("yes", |dump| {
            dump.string("text", "a: b");
            dump.string("lines", "one\n\n  two\n");
            dump.string("odd_lines", " one\ntwo");
            dump.boolean("flag", true);
            dump.integer("number", -1);
            dump.float("ratio", 0.5);
            dump.duration("timeout", Duration::from_millis(2_500));
            dump.secret("password", "hunter2");
            dump.strings("names", &["a", "no", ""]);
            dump.expressions("expressions", &["a", ""]);
            dump.secrets("secrets", &[Secret::new("hunter2"), Secret::default()]);
            dump.integers("codes", &[200, 0]);
            dump.switch("off", false);
            dump.map("map", &[("b".into(), "c: d".into()), ("a".into(), String::new())]);
            dump.string_lists("metadata", &[("b".into(), vec!["x".into()]), ("a".into(), Vec::new())]);
            dump.secret_lists("proxy", &[("a".into(), vec![Secret::new("hunter2")])]);
            dump.named_sections("headers", &[("b".into(), 7), ("a".into(), 0)], |value, out| {
                out.integer("count", *value);
            });
        });
        let expected = r#""yes":
    text: 'a: b'
    lines: |
        one

          two
    odd_lines: " one\ntwo"
    flag: true
    number: -1
    ratio: 0.5
    timeout: 2.5s
    password: <secret>
    names:
        - a
        - "no"
        - ""
    expressions:
        - a
        - null
    secrets:
        - <secret>
        - null
    codes:
        - 200
        - 0
    "off": false
    map:
        a: ""
        b: 'c: d'
    metadata:
        a: []
        b:
            - x
    proxy:
        a:
            - <secret>
    headers:
        a: {}
        b:
            count: 7
"#;
        assert_eq!(dump.finish(), expected);
    }

    #[test]
    fn leaves_out_what_is_zero() {
        let mut dump = Dump::default();
        dump.string("a", "");
        dump.boolean("b", false);
        dump.integer("c", 0);
        dump.float("d", 0.0);
        dump.duration("e", Duration::ZERO);
        dump.secret("f", "");
        dump.strings::<&str>("g", &[]);
        dump.section("h", |dump| dump.section("i", |_| {}));
        dump.sections("j", &[], |(), _| {});
        dump.integers("k", &[]);
        dump.map("l", &[]);
        dump.named_sections::<()>("m", &[], |(), _| {});
        assert_eq!(dump.finish(), "");
    }

    #[test]
    fn list_items_align_as_in_the_reference() {
        let mut dump = Dump::default();
        dump.section("tcp", |tcp| {
            tcp.sections("query_response", &["^220", ""], |expect, item| {
                item.string("expect", expect);
                item.sections("labels", if expect.is_empty() { &[] } else { &["x"] }, |name, label| {
                    label.string("name", name);
                    label.string("value", "1");
                });
            });
        });
        let expected = r#"tcp:
    query_response:
        - expect: ^220
          labels:
            - name: x
              value: "1"
        - {}
"#;
        assert_eq!(dump.finish(), expected);
    }

    #[test]
    fn a_compact_text_has_two_columns_a_level_and_flush_items() {
        let mut dump = Dump::compact();
        dump.section("tcp", |tcp| {
            tcp.strings("names", &["a"]);
            tcp.sections("query_response", &["^220", ""], |expect, item| {
                item.string("expect", expect);
                item.sections("labels", if expect.is_empty() { &[] } else { &["x"] }, |name, label| {
                    label.string("name", name);
                });
            });
            tcp.string("body", "one\ntwo\n");
        });
        let expected = r"tcp:
  names:
  - a
  query_response:
  - expect: ^220
    labels:
    - name: x
  - {}
  body: |
    one
    two
";
        assert_eq!(dump.finish(), expected);
    }
}
