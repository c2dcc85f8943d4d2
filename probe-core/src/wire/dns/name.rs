//! Domain names: text to bytes for queries, bytes to text from messages.

use std::fmt;
use std::str::FromStr;

use super::DnsError;
use super::text::escape::{is_special, next_octet, push_octet};

/// Longest name on the wire, with the length of every label and the final zero (RFC 1035 section 2.3.4).
const LONGEST: usize = 255;
/// Longest label (RFC 1035 section 2.3.4).
const LONGEST_LABEL: usize = 63;
/// A name of [`LONGEST`] bytes has no more labels than this, so no honest one has more pointers.
const MOST_POINTERS: usize = 126;
/// The two bits that make a pointer of a length (RFC 1035 section 4.1.4).
const POINTER: u8 = 0xc0;

/// A domain name, absolute, as it goes on the wire. Keeps the case it was written in.
///
/// ```
/// use probe_core::wire::dns::Name;
///
/// let name: Name = "Example.test".parse().expect("a name");
/// assert_eq!(name.as_bytes(), b"\x07Example\x04test\0");
/// assert_eq!(name.to_string(), "Example.test.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Vec<u8>);

impl Name {
    /// Its labels with their lengths, and the final zero.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Name {
    type Err = DnsError;

    /// Reads a name, with or without the final dot; no text at all is the root. `\.` is a dot inside a label, `\065` an
    /// octet by its number (RFC 1035 section 5.1). Characters outside ASCII go out as UTF-8.
    fn from_str(text: &str) -> Result<Self, DnsError> {
        if text.is_empty() || text == "." {
            return Ok(Self(vec![0]));
        }
        let mut wire = Vec::with_capacity(text.len() + 2);
        let mut label = Vec::new();
        let mut rest = text.as_bytes();
        while let Some(&first) = rest.first() {
            let (octet, length) = next_octet(rest).ok_or(DnsError::UnfinishedEscape)?;
            rest = &rest[length..];
            if first == b'.' {
                push_label(&mut wire, &mut label)?;
            } else {
                label.push(octet);
            }
        }
        if !label.is_empty() {
            push_label(&mut wire, &mut label)?;
        }
        wire.push(0);
        if wire.len() > LONGEST {
            return Err(DnsError::NameLength);
        }
        Ok(Self(wire))
    }
}

fn push_label(wire: &mut Vec<u8>, label: &mut Vec<u8>) -> Result<(), DnsError> {
    match label.len() {
        0 => return Err(DnsError::EmptyLabel),
        length @ 1..=LONGEST_LABEL => wire.push(length as u8),
        _ => return Err(DnsError::LabelLength),
    }
    wire.append(label);
    Ok(())
}

impl fmt::Display for Name {
    /// The text in which messages show the same name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match decode(&self.0, 0) {
            Ok((text, _)) => f.write_str(&text),
            Err(_) => Err(fmt::Error),
        }
    }
}

/// Reads the name at `start`, following pointers, as text with a final dot. Also returns where the bytes after it start.
pub(super) fn decode(message: &[u8], start: usize) -> Result<(String, usize), DnsError> {
    let truncated = DnsError::Truncated { within: "a name" };
    let mut text = String::new();
    let mut position = start;
    let mut after = None;
    let (mut length, mut pointers) = (1, 0);
    loop {
        let &octet = message.get(position).ok_or(truncated)?;
        match octet {
            0 => break,
            1..=0x3f => {
                let label = position + 1..position + 1 + usize::from(octet);
                let label = message.get(label).ok_or(truncated)?;
                length += 1 + label.len();
                if length > LONGEST {
                    return Err(DnsError::NameLength);
                }
                push_text(&mut text, label);
                position += 1 + label.len();
            }
            POINTER.. => {
                let &low = message.get(position + 1).ok_or(truncated)?;
                after.get_or_insert(position + 2);
                pointers += 1;
                if pointers > MOST_POINTERS {
                    return Err(DnsError::Pointers);
                }
                position = usize::from(octet ^ POINTER) << 8 | usize::from(low);
            }
            _ => return Err(DnsError::LabelKind { octet }),
        }
    }
    if text.is_empty() {
        text.push('.');
    }
    Ok((text, after.unwrap_or(position + 1)))
}

fn push_text(text: &mut String, label: &[u8]) {
    for &octet in label {
        if is_special(octet) {
            text.push('\\');
            text.push(octet.into());
        } else {
            push_octet(text, octet);
        }
    }
    text.push('.');
}
