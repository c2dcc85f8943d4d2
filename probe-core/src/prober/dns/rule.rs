//! Regular expressions in the dialect of the reference exporter, which is Go's RE2.

use regex::bytes::{Regex, RegexBuilder};

/// A regular expression, not anchored.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles an expression, or says what is wrong with it.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(&translate(source)?).build().map_err(|error| error.to_string())?;
        Ok(Self(regex))
    }

    /// Whether it matches anywhere in `text`.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }
}

/// RE2 to the `regex` crate: classes are ASCII, braces without numbers are literal, and a bracket inside brackets is one.
fn translate(source: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(source.len() + 16);
    let mut rest = source;
    let mut in_class = false;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix("\\Q").filter(|_| !in_class) {
            let (literal, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            translated.push_str(&regex::escape(literal));
            rest = after;
            continue;
        }
        let length = match first {
            '\\' => push_escape(rest, in_class, &mut translated)?,
            '[' if in_class => push_bracket_in_class(rest, &mut translated),
            '[' => {
                in_class = true;
                push_class_start(rest, &mut translated)
            }
            ']' => {
                in_class = false;
                push_same("]", &mut translated)
            }
            '{' if !in_class && !is_repetition(rest) => {
                translated.push_str("\\{");
                1
            }
            '&' | '~' if in_class => {
                translated.push('\\');
                push_same(&rest[..1], &mut translated)
            }
            '-' if in_class && rest.starts_with("--") => {
                translated.push_str("\\--");
                2
            }
            _ => push_same(&rest[..first.len_utf8()], &mut translated),
        };
        rest = &rest[length..];
    }
    Ok(translated)
}

fn push_same(text: &str, translated: &mut String) -> usize {
    translated.push_str(text);
    text.len()
}

/// Writes an escape; returns how long it is in RE2.
fn push_escape(rest: &str, in_class: bool, translated: &mut String) -> Result<usize, String> {
    let escaped = rest[1..].chars().next().ok_or("trailing backslash at end of expression")?;
    let class = match escaped {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => "[\\t\\n\\f\\r ]",
        'S' => "[^\\t\\n\\f\\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        'b' if !in_class => "(?-u:\\b)",
        'B' if !in_class => "(?-u:\\B)",
        _ => {
            translated.push('\\');
            translated.push(escaped);
            return Ok(1 + escaped.len_utf8());
        }
    };
    translated.push_str(class);
    Ok(2)
}

/// `[:alpha:]` is the same in both; any other bracket stands for itself in RE2.
fn push_bracket_in_class(rest: &str, translated: &mut String) -> usize {
    if rest.starts_with("[:")
        && let Some(end) = rest.find(":]")
    {
        return push_same(&rest[..end + 2], translated);
    }
    translated.push_str("\\[");
    1
}

/// The start of a class, with a closing bracket that stands for itself because it comes first.
fn push_class_start(rest: &str, translated: &mut String) -> usize {
    let start = if rest.starts_with("[^") { "[^" } else { "[" };
    translated.push_str(start);
    if rest[start.len()..].starts_with(']') {
        translated.push_str("\\]");
        return start.len() + 1;
    }
    start.len()
}

/// Whether a brace begins `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest[1..].split_once('}') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inside.split_once(',') {
        Some((least, "")) => is_number(least),
        Some((least, most)) => is_number(least) && is_number(most),
        None => is_number(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).expect(pattern).is_match(text)
    }

    #[test]
    fn classes_are_ascii() {
        for (pattern, text, expected) in [
            (r"^\d+$", "123", true),
            (r"\d", "٣", false),
            (r"^\w\W$", "aé", true),
            (r"^\s\S$", "\t\u{a0}", true),
            (r"^[\d.]+$", "192.0.2.1", true),
            (r"^[^\s]+$", "a b", false),
            (r"\bé", "é", false),
            (r"a\b", "aé", true),
            (r"\Bé", "é", true),
            ("^.$", "é", true),
            ("(?i)^É$", "é", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn braces_and_brackets_stand_for_themselves_where_re2_has_it_so() {
        for (pattern, text) in [
            ("a{", "a{"),
            ("^{}$", "{}"),
            ("a{,2}", "a{,2}"),
            ("^a{2}$", "aa"),
            ("^a{1,}b{1,2}$", "aabb"),
            ("x{a}", "x{a}"),
            ("^[[a]+$", "[a"),
            ("^[]a]+$", "]a"),
            ("^[^]a]$", "b"),
            ("^[[:alpha:]]+$", "abc"),
            ("^[a&&b]+$", "&ab"),
            ("^[!--]+$", "!-"),
            ("^[a~~b]$", "~"),
            ("^[{}]+$", "{}"),
            (r"^\Qa.b\E.$", "a.bc"),
            (r"^\Q[", "["),
            (r"\t\$\.", "\t$."),
        ] {
            assert!(matches(pattern, text), "{pattern} on {text}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_named() {
        for pattern in [":[", "(", "a**b)", "\\", r"\8", "(?<x"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }
}
