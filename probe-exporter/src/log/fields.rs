//! Fields of a message as text: ` key=value` or `,"key":value`.

use std::fmt::{self, Debug, Display, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use super::Format;
use crate::quoting::{Quoted, is_printable};

/// Writes the fields of spans, each with its separator before it.
pub(super) struct FieldText(pub(super) Format);

impl<'w> FormatFields<'w> for FieldText {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut collected = Collected::new(self.0);
        fields.record(&mut collected);
        writer.write_str(&collected.attributes)
    }
}

/// The fields of a message, the message itself apart.
pub(super) struct Collected {
    format: Format,
    /// The words of the message.
    pub(super) message: String,
    /// Everything else, written out.
    pub(super) attributes: String,
}

impl Collected {
    pub(super) fn new(format: Format) -> Self {
        Self { format, message: String::new(), attributes: String::new() }
    }

    fn push_text(&mut self, name: &str, text: &str) {
        if name == "message" {
            text.clone_into(&mut self.message);
        } else {
            write_attribute(&mut self.attributes, self.format, name, text);
        }
    }

    fn push_plain(&mut self, name: &str, value: impl Display) {
        write_plain(&mut self.attributes, self.format, name, value);
    }
}

impl Visit for Collected {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push_text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push_text(field.name(), &format!("{value:?}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push_plain(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push_plain(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push_plain(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.push_plain(field.name(), value);
        } else {
            self.push_text(field.name(), &value.to_string());
        }
    }
}

/// Writes one attribute with the separator before it.
pub(super) fn write_attribute(out: &mut String, format: Format, name: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Json => write!(out, ",{}:{}", JsonText(name), JsonText(text)),
        Format::Logfmt if needs_quotes(text) => write!(out, " {name}={}", Quoted(text.as_bytes())),
        Format::Logfmt => write!(out, " {name}={text}"),
    };
}

/// The same for what JSON has without quotes.
pub(super) fn write_plain(out: &mut String, format: Format, name: &str, value: impl Display) {
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Json => write!(out, ",{}:{value}", JsonText(name)),
        Format::Logfmt => write!(out, " {name}={value}"),
    };
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.chars().any(|one| matches!(one, ' ' | '=' | '"') || !is_printable(one))
}

/// Displays text as a JSON string.
pub(super) struct JsonText<'a>(pub(super) &'a str);

impl Display for JsonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, text: &str) -> String {
        let mut out = String::new();
        write_attribute(&mut out, format, "k", text);
        out
    }

    #[test]
    fn logfmt_quotes_only_what_needs_it() {
        for (text, expected) in [
            ("plain:9115", " k=plain:9115"),
            ("back\\slash", " k=back\\slash"),
            ("é", " k=é"),
            ("", " k=\"\""),
            ("a b", " k=\"a b\""),
            ("a=b", " k=\"a=b\""),
            ("a\nb", " k=\"a\\nb\""),
            ("\"", " k=\"\\\"\""),
        ] {
            assert_eq!(written(Format::Logfmt, text), expected);
        }
    }

    #[test]
    fn json_escapes_what_json_must() {
        assert_eq!(written(Format::Json, "a \"b\"\\\n\x01é"), r#","k":"a \"b\"\\\n\u0001é""#);
    }
}
