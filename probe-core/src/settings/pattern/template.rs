//! Templates that name the groups of a match.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

/// A dollar sign and what it stands before: another, or a name of letters, digits and underscores.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))").expect("the expression is a constant")
});

/// Most that Go reads as a number.
const DIGITS: usize = 8;

/// Replaces every reference by what `group` knows under its name.
pub(super) fn expand<'t>(template: &[u8], group: impl Fn(&str) -> Option<&'t [u8]>) -> Vec<u8> {
    let replaced = REFERENCE.replace_all(template, |reference: &Captures<'_>| {
        let name = reference.get(2).or_else(|| reference.get(3));
        match name.map(|name| str::from_utf8(name.as_bytes())) {
            None => b"$".to_vec(),
            Some(name) => name.ok().and_then(&group).unwrap_or_default().to_vec(),
        }
    });
    replaced.into_owned()
}

/// The number that a name is, if it is one. With a leading zero it is not.
pub(super) fn number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit())
        && name.len() <= DIGITS
        && (name == "0" || !name.starts_with('0'));
    if is_number { name.parse().ok() } else { None }
}
