//! Label names for those who only know the classic ones (letters, digits and underscores).

use std::borrow::Cow;
use std::fmt::Write;

/// How a label name is written that is no classic one: the schemes of Prometheus' content negotiation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escaping {
    /// As it is, in quotes.
    AllowUtf8,
    /// A dot is `_dot_`, an underscore two of them, as is anything else.
    Dots,
    /// Everything else is an underscore.
    #[default]
    Underscores,
    /// `U__`, then every other character as its number in hexadecimal between underscores.
    Values,
}

impl Escaping {
    /// The name as it is written, without the quotes that [`AllowUtf8`](Self::AllowUtf8) wants.
    pub fn apply(self, name: &str) -> Cow<'_, str> {
        if matches!(self, Self::AllowUtf8) || is_classic(name) {
            return Cow::Borrowed(name);
        }
        let mut written = String::with_capacity(name.len() * 2);
        if matches!(self, Self::Values) {
            written.push_str("U__");
        }
        for (at, character) in name.chars().enumerate() {
            match (self, character) {
                (Self::Dots | Self::Values, '_') => written.push_str("__"),
                (Self::Dots, '.') => written.push_str("_dot_"),
                _ if is_allowed(at, character) => written.push(character),
                (Self::Dots, _) => written.push_str("__"),
                // Writing to a string cannot fail.
                (Self::Values, _) => drop(write!(written, "_{:x}_", u32::from(character))),
                _ => written.push('_'),
            }
        }
        Cow::Owned(written)
    }
}

/// Whether every Prometheus reads the name.
pub fn is_classic(name: &str) -> bool {
    !name.is_empty() && name.chars().enumerate().all(|(at, character)| is_allowed(at, character))
}

fn is_allowed(at: usize, character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || (at > 0 && character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_agreed() {
        for (name, underscores, dots, values) in [
            ("build_date", "build_date", "build_date", "build_date"),
            ("build-date.of_it", "build_date_of_it", "build__date_dot_of__it", "U__build_2d_date_2e_of__it"),
            ("1st", "_st", "__st", "U___31_st"),
            ("zoë", "zo_", "zo__", "U__zo_eb_"),
        ] {
            assert_eq!(Escaping::AllowUtf8.apply(name), name);
            assert_eq!(Escaping::Underscores.apply(name), underscores);
            assert_eq!(Escaping::Dots.apply(name), dots);
            assert_eq!(Escaping::Values.apply(name), values);
        }
    }
}
