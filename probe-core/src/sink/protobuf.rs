//! As much of the wire format of Protocol Buffers as messages without schema compiler need: writing fields.

/// A message that is being written.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;

impl Message {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn tag(&mut self, field: u32, kind: u32) {
        self.plain(u64::from(field << 3 | kind));
    }

    fn plain(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// An integer that is not negative, or one of type `int64`.
    pub(super) fn number(&mut self, field: u32, number: u64) {
        self.tag(field, VARINT);
        self.plain(number);
    }

    pub(super) fn fixed(&mut self, field: u32, number: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn double(&mut self, field: u32, value: f64) {
        self.fixed(field, value.to_bits());
    }

    pub(super) fn text(&mut self, field: u32, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, LENGTH);
        self.plain(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Numbers one after the other.
    pub(super) fn packed(&mut self, field: u32, numbers: impl IntoIterator<Item = u32>) {
        let mut inner = Self::default();
        for number in numbers {
            inner.plain(number.into());
        }
        self.bytes(field, &inner.0);
    }

    /// A message within this one.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, &inner.0);
    }
}

/// The first field of a message that is a number, and the first that is text, of those with these numbers; for short answers.
#[cfg(feature = "otlp")]
pub(super) fn read(bytes: &[u8], field: u32) -> Option<Field<'_>> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let found = match tag & 7 {
            0 => Field::Number(varint(&mut rest)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let (bytes, after) = rest.split_at_checked(length)?;
                rest = after;
                Field::Bytes(bytes)
            }
            kind => {
                rest = rest.get(if kind == 1 { 8 } else { 4 }..)?;
                continue;
            }
        };
        if tag >> 3 == u64::from(field) {
            return Some(found);
        }
    }
    None
}

/// What a field holds.
#[cfg(feature = "otlp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

#[cfg(feature = "otlp")]
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding guide: 150 in field 1, "testing" in field 2, packed 3, 270, 86942 in field 6.
    #[test]
    fn fields_are_written_as_the_guide_shows() {
        let mut message = Message::default();
        message.number(1, 150);
        message.text(2, "testing");
        message.packed(6, [3, 270, 86_942]);
        message.message(3, |inner| inner.number(1, 150));
        message.double(4, 1.0);
        let bytes = message.into_bytes();
        let mut wanted = vec![0x08, 0x96, 0x01, 0x12, 7];
        wanted.extend_from_slice(b"testing");
        wanted.extend_from_slice(&[0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5, 0x1a, 3, 8, 0x96, 1, 0x21]);
        wanted.extend_from_slice(&1.0_f64.to_le_bytes());
        assert_eq!(bytes, wanted);
        #[cfg(feature = "otlp")]
        read_back(&bytes);
    }

    #[cfg(feature = "otlp")]
    fn read_back(bytes: &[u8]) {
        assert_eq!(read(bytes, 1), Some(Field::Number(150)));
        assert_eq!(read(bytes, 2), Some(Field::Bytes(b"testing")));
        assert_eq!(read(bytes, 9), None);
        assert_eq!(read(&[0x12, 7, 1], 2), None);
    }

    #[test]
    fn negative_numbers_take_ten_bytes() {
        let mut message = Message::default();
        message.number(2, (-1_i64) as u64);
        assert_eq!(message.into_bytes(), [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }
}
