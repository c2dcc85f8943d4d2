//! Classes of characters: in brackets, of Perl, of POSIX and of Unicode.

use std::fmt::Write;

use regex::Regex;

use super::error::{PatternError, Problem};
use super::escape;

/// Matches nothing at all.
pub(super) const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// Perl's classes. Go's have ASCII alone, and `\s` has no vertical tab.
const PERL: [(&str, &str); 3] = [("d", "0-9"), ("s", r"\t\n\f\r\x20"), ("w", "0-9A-Za-z_")];

/// POSIX's classes, which both dialects call alike.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Code points that are no characters: the halves of UTF-16.
const SURROGATES: (u32, u32) = (0xd800, 0xdfff);

/// Reads what begins with `[`.
pub(super) fn bracketed(text: &str) -> Result<(String, &str), PatternError> {
    let mut out = String::from("[");
    let mut rest = &text[1..];
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let items = out.len();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some((class, after)) = posix(rest)? {
            out.push_str(&class);
            rest = after;
        } else if let Some((class, after)) = escaped(rest)? {
            out.push_str(&class);
            rest = after;
        } else {
            rest = range(rest, text, &mut out)?;
        }
    }
    if out.len() == items {
        // Nothing but surrogates.
        out.push_str(NOTHING);
    }
    out.push(']');
    Ok((out, &rest[1..]))
}

/// Reads `\d`, `\D`, `\pN`, `\p{Greek}` and the like, if the text begins with one: the inside of a class.
pub(super) fn escaped(text: &str) -> Result<Option<(String, &str)>, PatternError> {
    let Some(after) = text.strip_prefix('\\') else { return Ok(None) };
    if after.starts_with(['p', 'P']) {
        return unicode(text, after).map(Some);
    }
    let Some(letter) = after.chars().next() else { return Ok(None) };
    let found = PERL.iter().find(|(name, _)| name.starts_with(letter.to_ascii_lowercase()));
    Ok(found.map(|(_, inside)| {
        let class = if letter.is_ascii_uppercase() { format!("[^{inside}]") } else { (*inside).to_owned() };
        (class, &after[1..])
    }))
}

/// `[:alpha:]` or `[:^alpha:]`. Without `:]` the bracket is a plain character.
fn posix(text: &str) -> Result<Option<(String, &str)>, PatternError> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) else {
        return Ok(None);
    };
    let written = &text[..text.len() - rest.len()];
    if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Err(Problem::ClassRange.in_fragment(written));
    }
    Ok(Some((written.to_owned(), rest)))
}

/// A category or a script. `after` begins with the `p` or `P`.
fn unicode<'s>(text: &'s str, after: &'s str) -> Result<(String, &'s str), PatternError> {
    let name = &after[1..];
    let (name, rest) = if let Some(inside) = name.strip_prefix('{') {
        inside.split_once('}').ok_or_else(|| Problem::ClassRange.in_fragment(text))?
    } else {
        name.split_at(name.chars().next().map_or(0, char::len_utf8))
    };
    let unknown = || Problem::ClassRange.in_fragment(&text[..text.len() - rest.len()]);
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(&byte)) {
        return Err(unknown());
    }
    let letter = if after.starts_with('P') == negated { 'p' } else { 'P' };
    // Asked for as a category and as a script, so that no other property is found: Go knows no more.
    let class = ["gc", "sc"].map(|kind| format!(r"\{letter}{{{kind}={name}}}"));
    let known = class.into_iter().find(|class| Regex::new(class).is_ok());
    Ok((known.ok_or_else(unknown)?, rest))
}

/// One character or a range of them.
fn range<'s>(text: &'s str, class: &str, out: &mut String) -> Result<&'s str, PatternError> {
    let (low, mut rest) = character(text, class)?;
    let mut high = low;
    // A hyphen before the end is a plain one.
    if let Some(after) = rest.strip_prefix('-')
        && !after.is_empty()
        && !after.starts_with(']')
    {
        (high, rest) = character(after, class)?;
    }
    if high < low {
        return Err(Problem::ClassRange.in_fragment(&text[..text.len() - rest.len()]));
    }
    let (first, last) = SURROGATES;
    let low = if (first..=last).contains(&low) { last + 1 } else { low };
    let high = if (first..=last).contains(&high) { first - 1 } else { high };
    if low <= high {
        // Writing to a string cannot fail.
        let _ = write!(out, r"\x{{{low:X}}}-\x{{{high:X}}}");
    }
    Ok(rest)
}

fn character<'s>(text: &'s str, class: &str) -> Result<(u32, &'s str), PatternError> {
    let mut characters = text.chars();
    match characters.next() {
        None => Err(Problem::MissingBracket.in_fragment(class)),
        Some('\\') => escape::character(text),
        Some(plain) => Ok((plain.into(), characters.as_str())),
    }
}
