//! Label names that are only known at run time.

use std::collections::BTreeSet;

use thiserror::Error;

/// The label names of one series, in order.
///
/// Any text will do, as since version 3 of Prometheus. Where an output only has the classic names, its renderer escapes
/// them; no two are the same with every other character as an underscore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelNames(Box<[String]>);

impl LabelNames {
    /// Label names from somebody's text.
    ///
    /// ```
    /// use probe_core::model::LabelNames;
    ///
    /// let names = LabelNames::new(["version", "build-date"]).expect("good names");
    /// assert_eq!(names.as_slice(), ["version", "build-date"]);
    /// assert!(LabelNames::new(["build-date", "build.date"]).is_err());
    /// assert!(LabelNames::new(["__name__"]).is_err());
    /// ```
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, LabelNameError> {
        let mut seen = BTreeSet::new();
        let mut exposed = Vec::new();
        for name in names {
            if name.is_empty() {
                return Err(LabelNameError::Empty);
            }
            let escaped = escaped(name);
            if escaped.starts_with("__") {
                return Err(LabelNameError::Reserved { name: name.into() });
            }
            if !seen.insert(escaped.clone()) {
                return Err(LabelNameError::Twice { name: name.into() });
            }
            exposed.push(name.to_owned());
        }
        Ok(Self(exposed.into()))
    }

    /// The names as they were given.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// Why a text cannot name a label.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelNameError {
    /// There is no text.
    #[error("a label name is empty")]
    Empty,
    /// Prometheus keeps these names for itself.
    #[error("label name {name:?} begins with two underscores, which Prometheus reserves")]
    Reserved {
        /// The name.
        name: String,
    },
    /// Two labels of one series would have the same name.
    #[error("label name {name:?} is there twice")]
    Twice {
        /// The name.
        name: String,
    },
}

fn escaped(name: &str) -> String {
    let allowed = |(at, character): (usize, char)| {
        character.is_ascii_alphabetic() || character == '_' || (at > 0 && character.is_ascii_digit())
    };
    let mark = |(at, character)| if allowed((at, character)) { character } else { '_' };
    name.chars().enumerate().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_names_of_any_kind() {
        let given = ["_a9", "9a", "a-b", "größe", "a:b.c"];
        assert_eq!(LabelNames::new(given).expect("all can be written").as_slice(), given);
    }

    #[test]
    fn refuses_what_cannot_be_a_label() {
        assert_eq!(LabelNames::new(["a", ""]), Err(LabelNameError::Empty));
        for name in ["__a", "--a"] {
            assert_eq!(LabelNames::new([name]), Err(LabelNameError::Reserved { name: name.into() }));
        }
        for names in [["a", "a"], ["a_b", "a-b"]] {
            assert_eq!(LabelNames::new(names), Err(LabelNameError::Twice { name: names[1].into() }));
        }
    }

    #[test]
    fn no_names_are_names() {
        assert_eq!(LabelNames::new([]), Ok(LabelNames::default()));
    }
}
