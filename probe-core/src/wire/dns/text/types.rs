//! Lists of types as bit maps (RFC 4034 section 4.1.2).

use super::Fields;
use super::layout::push;
use crate::wire::dns::{DnsError, RecordType};

/// Most octets in a block.
const LONGEST_BLOCK: u8 = 32;

/// Writes every type that is set, each with a blank before it.
pub(super) fn write(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let malformed = DnsError::Value { what: "list of types" };
    let mut last = None;
    while !data.is_at_end() {
        let window = data.u8()?;
        if data.is_at_end() || last.is_some_and(|last| window <= last) {
            return Err(malformed);
        }
        last = Some(window);
        let length = data.u8()?;
        if !(1..=LONGEST_BLOCK).contains(&length) {
            return Err(malformed);
        }
        for (index, octet) in data.take(length.into())?.iter().enumerate() {
            for bit in (0..8).filter(|bit| octet & 0x80 >> bit != 0) {
                let low = (index * 8 + bit) as u16;
                push(text, format_args!(" {}", RecordType(u16::from(window) << 8 | low)));
            }
        }
    }
    Ok(())
}
