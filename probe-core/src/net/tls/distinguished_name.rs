//! Names of subjects and issuers as text, as Go writes them: close to RFC 2253, but in an order of its own.

use std::borrow::Cow;

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::X509Name;

/// What stands at the beginning, in this order: the last part of each object identifier below 2.5.4, and its word.
const ORDERED: [(u64, &str); 9] = [
    (5, "SERIALNUMBER"),
    (3, "CN"),
    (11, "OU"),
    (10, "O"),
    (17, "POSTALCODE"),
    (9, "STREET"),
    (7, "L"),
    (8, "ST"),
    (6, "C"),
];
/// Of these only the last value counts.
const SINGLE: [&str; 2] = ["SERIALNUMBER", "CN"];

/// The name as text. All values of a kind are joined with `+`, whichever set they are in; kinds without a word come last, the
/// last one first.
pub(super) fn text(name: &X509Name<'_>) -> String {
    let mut ordered: [Vec<String>; ORDERED.len()] = Default::default();
    let mut others = Vec::new();
    for attribute in name.iter_attributes() {
        let value = decoded(attribute.attr_value());
        match place(attribute.attr_type().to_id_string().as_str()) {
            Some(at) if SINGLE.contains(&ORDERED[at].1) => {
                ordered[at] = if value.is_empty() { Vec::new() } else { vec![escaped(&value)] };
            }
            Some(at) => ordered[at].push(escaped(&value)),
            None => others.push(format!("{}={}", attribute.attr_type(), escaped(&value))),
        }
    }
    let with_word = |(values, (_, word)): (&Vec<String>, &(u64, &str))| {
        let parts: Vec<String> = values.iter().map(|value| format!("{word}={value}")).collect();
        (!parts.is_empty()).then(|| parts.join("+"))
    };
    let mut parts: Vec<String> = ordered.iter().zip(&ORDERED).filter_map(with_word).collect();
    parts.extend(others.into_iter().rev());
    parts.join(",")
}

fn place(identifier: &str) -> Option<usize> {
    let last: u64 = identifier.strip_prefix("2.5.4.")?.parse().ok()?;
    ORDERED.iter().position(|(number, _)| *number == last)
}

/// The characters of a value, by its type of string (X.680 section 41).
fn decoded<'a>(value: &Any<'a>) -> Cow<'a, str> {
    let bytes = value.data;
    match value.tag() {
        Tag::BmpString => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            let units = units.collect::<Vec<_>>();
            String::from_utf16_lossy(&units).into()
        }
        // Nobody ever meant anything but Latin-1 by it.
        Tag::T61String => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// RFC 2253 section 2.4.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (at, character) in value.char_indices() {
        let is_special = match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => at == 0 || at + 1 == value.len(),
            '#' => at == 0,
            _ => false,
        };
        if is_special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
