//! The encoding of protocol buffers, as far as two messages need it (protobuf.dev, "Encoding").

/// Groups inside groups; what the usual implementations allow.
const DEEPEST: usize = 10_000;

/// The value of a field that is not skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A varint.
    Number(u64),
    /// Anything else.
    Other,
}

/// Walks the fields of a message. Ends with `None` at its end, with an error where it is malformed.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// The message is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field: its number and value.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.tag()?;
        let value = match wire_type {
            VARINT => Value::Number(self.varint()?),
            GROUP => {
                self.group(number)?;
                Value::Other
            }
            other => {
                self.skip(other)?;
                Value::Other
            }
        };
        Ok(Some((number, value)))
    }

    fn tag(&mut self) -> Result<(u64, u8), Malformed> {
        const HIGHEST: u64 = i32::MAX as u64;
        let tag = self.varint()?;
        match tag >> 3 {
            1..=HIGHEST => Ok((tag >> 3, (tag & 7) as u8)),
            _ => Err(Malformed),
        }
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for place in 0..10 {
            let (first, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            if place == 9 && *first > 1 {
                return Err(Malformed);
            }
            value |= u64::from(first & 0x7f) << (7 * place);
            if first & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// A value of a wire type that is no group.
    fn skip(&mut self, wire_type: u8) -> Result<(), Malformed> {
        let length = match wire_type {
            VARINT => return self.varint().map(|_| ()),
            FIXED64 => 8,
            FIXED32 => 4,
            LENGTH_DELIMITED => usize::try_from(self.varint()?).map_err(|_| Malformed)?,
            _ => return Err(Malformed),
        };
        self.rest = self.rest.get(length..).ok_or(Malformed)?;
        Ok(())
    }

    /// A group up to its end, with all groups inside it.
    fn group(&mut self, number: u64) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(innermost) = open.last().copied() {
            match self.tag()? {
                (number, GROUP) if open.len() < DEEPEST => open.push(number),
                (_, GROUP) => return Err(Malformed),
                (number, GROUP_END) if number == innermost => {
                    open.pop();
                }
                (_, other) => self.skip(other)?,
            }
        }
        Ok(())
    }
}

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const GROUP: u8 = 3;
const GROUP_END: u8 = 4;
const FIXED32: u8 = 5;

/// Appends a field with text.
pub(super) fn push_text(number: u64, text: &str, message: &mut Vec<u8>) {
    push_varint(number << 3 | u64::from(LENGTH_DELIMITED), message);
    push_varint(text.len() as u64, message);
    message.extend_from_slice(text.as_bytes());
}

fn push_varint(mut value: u64, message: &mut Vec<u8>) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(message: &[u8]) -> Result<Vec<(u64, Value)>, Malformed> {
        let mut fields = Fields::new(message);
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn numbers_are_read_and_the_rest_is_skipped() {
        for (message, fields) in [
            (&b""[..], vec![]),
            (b"\x08\x01", vec![(1, Value::Number(1))]),
            (b"\x08\x96\x01", vec![(1, Value::Number(150))]),
            (b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", vec![(2, Value::Number(u64::MAX))]),
            (
                b"\x0a\x02ab\x1d1234\x2112345678",
                vec![(1, Value::Other), (3, Value::Other), (4, Value::Other)],
            ),
            (b"\x1b\x08\x01\x23\x24\x1c\x08\x02", vec![(3, Value::Other), (1, Value::Number(2))]),
        ] {
            assert_eq!(walk(message), Ok(fields), "{message:?}");
        }
    }

    #[test]
    fn every_malformed_message_is_named() {
        for message in [
            &b"\x08"[..],
            b"\x08\x80",
            b"\x00\x01",
            b"\x0a\x03ab",
            b"\x1d123",
            b"\x21",
            b"\x0e",
            b"\x0f\x01",
            b"\x0c",
            b"\x1b\x08\x01",
            b"\x1b\x24\x1c",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(walk(message), Err(Malformed), "{message:?}");
        }
        assert_eq!(walk(&[0x1b; 20_000]), Err(Malformed));
    }
}
