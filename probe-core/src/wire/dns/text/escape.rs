//! How octets that are no plain text are written.

use super::layout::push;

/// Octets with a meaning in zone files, which names escape by a backslash.
pub(in crate::wire::dns) fn is_special(octet: u8) -> bool {
    b". '@;()\"\\".contains(&octet)
}

/// Writes an octet: as itself if it is printable ASCII, as `\` and three decimal digits otherwise.
pub(in crate::wire::dns) fn push_octet(text: &mut String, octet: u8) {
    if (b' '..=b'~').contains(&octet) {
        text.push(octet.into());
    } else {
        push(text, format_args!("\\{octet:03}"));
    }
}

/// Writes octets as they stand in a quoted string, without the quotes.
pub(super) fn push_string(text: &mut String, octets: &[u8]) {
    for &octet in octets {
        if b"\"\\".contains(&octet) {
            text.push('\\');
        }
        push_octet(text, octet);
    }
}

/// Writes octets in quotes. Unlike strings with a length, these are taken as escaped already, whoever wrote them.
pub(super) fn push_escaped(text: &mut String, mut octets: &[u8]) {
    text.push('"');
    while !octets.is_empty() {
        if let Some(rest) = octets.strip_prefix(b"\\.") {
            text.push_str("\\.");
            octets = rest;
            continue;
        }
        // A backslash at the end is left out.
        let Some((octet, length)) = next_octet(octets) else { break };
        push_string(text, &[octet]);
        octets = &octets[length..];
    }
    text.push('"');
}

/// The first octet of an escaped text, and how many bytes it takes there. `None` for a backslash at the end.
pub(in crate::wire::dns) fn next_octet(text: &[u8]) -> Option<(u8, usize)> {
    match *text {
        [b'\\', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
            let digit = |character: u8| u32::from(character - b'0');
            // Over 255 the upper bits are lost, as in the reference exporter's library.
            Some(((digit(a) * 100 + digit(b) * 10 + digit(c)) as u8, 4))
        }
        [b'\\', escaped, ..] => Some((escaped, 2)),
        [b'\\'] | [] => None,
        [plain, ..] => Some((plain, 1)),
    }
}

/// Writes bytes that the reference exporter prints as they are. What is not UTF-8 matches there as U+FFFD, one a byte.
pub(super) fn push_raw(text: &mut String, octets: &[u8]) {
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
}
