//! Reads JSON as the reference exporter's library does (RFC 8259): numbers are doubles, of keys that are there twice the
//! last counts, and what is no UTF-8 or no character is U+FFFD.

use std::collections::HashMap;

use cel::common::types::{CelBool, CelDouble, CelList, CelMap, CelMapKey, CelNull, CelString};
use cel::common::value::Val;
use thiserror::Error;

/// Deepest nesting. Values are dropped level by level, on the stack.
const DEEPEST: usize = 500;

/// Why a text is no JSON, or none that we judge.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum JsonError {
    /// Nested too deeply.
    #[error("nested deeper than {DEEPEST} levels")]
    Deep,
    /// It ends where something is missing.
    #[error("unexpected end of JSON input")]
    End,
    /// A byte that cannot stand where it stands.
    #[error("invalid character {found:?} at byte {at}")]
    Invalid {
        /// The byte, as a character.
        found: char,
        /// Its place, from 0.
        at: usize,
    },
    /// Too many values.
    #[error("more than {most} values; body_match_limit bounds them")]
    Many {
        /// How many are judged.
        most: usize,
    },
    /// A number that no double can hold.
    #[error("the number at byte {at} is too large")]
    Number {
        /// Its place, from 0.
        at: usize,
    },
}

impl JsonError {
    /// Whether it is a bound of ours, not a fault of the text.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self, Self::Deep | Self::Many { .. })
    }
}

/// Reads one document of at most so many values.
pub(super) fn parse(text: &[u8], most_values: usize) -> Result<Box<dyn Val>, JsonError> {
    let mut reader = Reader { text, at: 0, depth: 0, most: most_values, left: most_values };
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.at < text.len() { Err(reader.invalid()) } else { Ok(value) }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    depth: usize,
    most: usize,
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Box<dyn Val>, JsonError> {
        self.left = self.left.checked_sub(1).ok_or(JsonError::Many { most: self.most })?;
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Box::new(CelString::from(self.string()?))),
            Some(b't') => self.word(b"true").map(|()| Box::new(CelBool::from(true)) as _),
            Some(b'f') => self.word(b"false").map(|()| Box::new(CelBool::from(false)) as _),
            Some(b'n') => self.word(b"null").map(|()| Box::new(CelNull) as _),
            _ => Ok(Box::new(CelDouble::from(self.number()?))),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Box<dyn Val>, JsonError>,
    ) -> Result<Box<dyn Val>, JsonError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(JsonError::Deep);
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// The members, from behind the opening brace.
    fn object(&mut self) -> Result<Box<dyn Val>, JsonError> {
        let mut members: HashMap<CelMapKey<'static>, Box<dyn Val>> = HashMap::new();
        if !self.takes(b'}') {
            loop {
                self.skip_blanks();
                if self.peek() != Some(b'"') {
                    return Err(self.invalid());
                }
                let key = CelMapKey::from(self.string()?);
                self.expect(b':')?;
                members.insert(key, self.value()?);
                if self.takes(b'}') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        Ok(Box::new(CelMap::from(members)))
    }

    /// The items, from behind the opening bracket.
    fn array(&mut self) -> Result<Box<dyn Val>, JsonError> {
        let mut items = Vec::new();
        if !self.takes(b']') {
            loop {
                items.push(self.value()?);
                if self.takes(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        Ok(Box::new(CelList::from(items)))
    }

    /// The text between quotes.
    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let plain = self.text[self.at..].iter().take_while(|byte| is_plain(**byte)).count();
            bytes.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return Err(self.invalid()),
            }
        }
        self.at += 1;
        Ok(utf8(bytes))
    }

    /// What an escape stands for, from behind its backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(mark @ (b'"' | b'\\' | b'/')) => char::from(mark),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.invalid()),
        };
        self.at += 1;
        Ok(character)
    }

    /// Four digits, or eight in two escapes for what is beyond 16 bits. Half of such a pair is no character.
    fn code_point(&mut self) -> Result<char, JsonError> {
        let first = self.four_digits()?;
        let is_high = (0xD800..0xDC00).contains(&first);
        if is_high && self.text[self.at..].starts_with(b"\\u") {
            let after_first = self.at;
            self.at += 2;
            let second = self.four_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                let beyond = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(beyond).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_first;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.invalid())?;
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<f64, JsonError> {
        let start = self.at;
        self.skip_byte(b"-");
        if !self.skip_byte(b"0") && self.skip_digits() == 0 {
            return Err(self.invalid());
        }
        if self.skip_byte(b".") && self.skip_digits() == 0 {
            return Err(self.invalid());
        }
        if self.skip_byte(b"eE") {
            self.skip_byte(b"+-");
            if self.skip_digits() == 0 {
                return Err(self.invalid());
            }
        }
        let digits = str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        let value: f64 = digits.parse().unwrap_or(f64::INFINITY);
        if value.is_finite() { Ok(value) } else { Err(JsonError::Number { at: start }) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), JsonError> {
        for byte in word {
            if self.peek() != Some(*byte) {
                return Err(self.invalid());
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Whether this byte comes next, after blanks; then it is taken.
    fn takes(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        self.skip_byte(&[byte])
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.takes(byte) { Ok(()) } else { Err(self.invalid()) }
    }

    fn skip_byte(&mut self, any_of: &[u8]) -> bool {
        let is_there = self.peek().is_some_and(|byte| any_of.contains(&byte));
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_digits(&mut self) -> usize {
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        digits
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn invalid(&self) -> JsonError {
        self.peek().map_or(JsonError::End, |byte| JsonError::Invalid { found: byte.into(), at: self.at })
    }
}

/// Whether a byte stands for itself between quotes.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// One U+FFFD for each byte that belongs to no character.
fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        text
    })
}
