//! What a word of a configuration means. Follows go-yaml, which the reference exporter reads its file with.

/// A word, number or text as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, without quotes.
    pub text: String,
    /// Whether it was written without quotes and not as a block.
    pub plain: bool,
    /// The type it was given explicitly.
    pub tag: ScalarTag,
}

/// An explicit type such as `!!binary`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScalarTag {
    /// `!!binary`: base64 of the text that is meant.
    Binary,
    /// None, or one without a meaning here.
    #[default]
    None,
    /// `!!bool`, `!!int` or `!!float`: quotes do not matter.
    Resolve,
    /// `!!str`: text, whatever it looks like.
    Text,
}

/// A scalar with its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'doc> {
    /// `true` or `false`.
    Boolean(bool),
    /// A number with a fraction or an exponent, or one too large for an integer.
    Float(f64),
    /// A whole number.
    Integer(i64),
    /// Anything else.
    Text(&'doc str),
}

impl Scalar {
    /// A scalar without explicit type and without quotes.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), plain: true, tag: ScalarTag::None }
    }

    /// Whether it stands for nothing.
    pub fn is_null(&self) -> bool {
        self.plain
            && self.tag == ScalarTag::None
            && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The value with its type.
    pub fn resolved(&self) -> Resolved<'_> {
        let may_be_typed = match self.tag {
            ScalarTag::None => self.plain,
            ScalarTag::Resolve => true,
            ScalarTag::Binary | ScalarTag::Text => false,
        };
        if !may_be_typed {
            return Resolved::Text(&self.text);
        }
        match self.text.as_str() {
            "true" | "True" | "TRUE" => return Resolved::Boolean(true),
            "false" | "False" | "FALSE" => return Resolved::Boolean(false),
            _ => {}
        }
        if let Some(number) = integer(&self.text) {
            return Resolved::Integer(number);
        }
        float(&self.text).map_or(Resolved::Text(&self.text), Resolved::Float)
    }

    /// The text that is meant; `None` if it is binary and not base64 of UTF-8.
    pub(super) fn decoded(&self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    /// The bytes that are meant; `None` if it is binary and not base64.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        if self.tag == ScalarTag::Binary {
            return base64(&self.text);
        }
        Some(self.text.clone().into_bytes())
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.resolved() {
            Resolved::Boolean(value) => Some(value),
            Resolved::Text(text) => old_boolean(text),
            _ => None,
        }
    }

    /// A whole number; fractions are cut off, as the reference exporter does.
    pub(super) fn integer(&self) -> Option<i64> {
        match self.resolved() {
            Resolved::Integer(value) => Some(value),
            Resolved::Float(value) if value.abs() < i64::MAX as f64 => Some(value as i64),
            _ => None,
        }
    }

    pub(super) fn float(&self) -> Option<f64> {
        match self.resolved() {
            Resolved::Integer(value) => Some(value as f64),
            Resolved::Float(value) => Some(value),
            _ => None,
        }
    }

    /// What it is, in words that repeat nothing of it.
    pub(super) fn kind(&self) -> &'static str {
        match self.resolved() {
            Resolved::Boolean(_) => "a boolean",
            Resolved::Float(_) | Resolved::Integer(_) => "a number",
            Resolved::Text(_) if self.tag == ScalarTag::Binary => "binary data",
            Resolved::Text(_) if self.plain => "a string",
            Resolved::Text(_) => "a quoted string",
        }
    }
}

/// The booleans of YAML 1.1, which also count when quoted.
pub(super) fn old_boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Decimal, `0x`, `0o`, `0b` or with the leading zero that once meant octal; `_` may group digits.
fn integer(text: &str) -> Option<i64> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first)) {
        return None;
    }
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn float(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    let text = text.replace('_', "");
    let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.bytes().all(numeric).then(|| text.parse().ok()).flatten()
}

/// RFC 4648 base64 with padding; line breaks and blanks are skipped.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|&&byte| byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    let (mut buffered, mut bits) = (0_u32, 0_u32);
    for &symbol in &symbols[..symbols.len() - padding] {
        buffered = (buffered << 6) | sextet(symbol)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffered >> bits) as u8);
            buffered &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_resolve_as_go_yaml_resolves_them() {
        let cases = [
            ("true", Resolved::Boolean(true)),
            ("FALSE", Resolved::Boolean(false)),
            ("tRue", Resolved::Text("tRue")),
            ("yes", Resolved::Text("yes")),
            ("64", Resolved::Integer(64)),
            ("+64", Resolved::Integer(64)),
            ("-1", Resolved::Integer(-1)),
            ("0x1F", Resolved::Integer(31)),
            ("-0x1f", Resolved::Integer(-31)),
            ("0o310", Resolved::Integer(200)),
            ("0310", Resolved::Integer(200)),
            ("0b101", Resolved::Integer(5)),
            ("0", Resolved::Integer(0)),
            ("1_000", Resolved::Integer(1000)),
            ("_1", Resolved::Text("_1")),
            ("++1", Resolved::Text("++1")),
            ("0x", Resolved::Text("0x")),
            ("0x+1", Resolved::Text("0x+1")),
            ("089", Resolved::Float(89.0)),
            ("1.5", Resolved::Float(1.5)),
            (".5", Resolved::Float(0.5)),
            ("1e3", Resolved::Float(1000.0)),
            ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
            ("inf", Resolved::Text("inf")),
            (".", Resolved::Text(".")),
            ("1s", Resolved::Text("1s")),
            ("1:30", Resolved::Text("1:30")),
            ("é", Resolved::Text("é")),
        ];
        for (text, expected) in cases {
            assert_eq!(Scalar::plain(text).resolved(), expected, "{text}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_the_type() {
        let quoted = |tag| Scalar { text: "5".into(), plain: false, tag };
        assert_eq!(quoted(ScalarTag::None).resolved(), Resolved::Text("5"));
        assert_eq!(quoted(ScalarTag::Resolve).resolved(), Resolved::Integer(5));
        let text = Scalar { tag: ScalarTag::Text, ..Scalar::plain("5") };
        assert_eq!(text.resolved(), Resolved::Text("5"));
    }

    #[test]
    fn fractions_are_cut_off_and_infinities_refused() {
        assert_eq!(Scalar::plain("1.9").integer(), Some(1));
        assert_eq!(Scalar::plain("-1.9").integer(), Some(-1));
        assert_eq!(Scalar::plain(".inf").integer(), None);
        assert_eq!(Scalar::plain(".nan").integer(), None);
        assert_eq!(Scalar::plain("99999999999999999999").integer(), None);
    }

    #[test]
    fn binary_text_is_base64() {
        let binary = |text: &str| Scalar { text: text.into(), plain: true, tag: ScalarTag::Binary };
        assert_eq!(binary("aGVsbG8=").decoded().as_deref(), Some("hello"));
        assert_eq!(binary("aGVs\n bG8=").decoded().as_deref(), Some("hello"));
        assert_eq!(binary("").decoded().as_deref(), Some(""));
        for wrong in ["aGVsbG8", "a===", "!!!!", "//8="] {
            assert_eq!(binary(wrong).decoded(), None, "{wrong}");
        }
    }
}
