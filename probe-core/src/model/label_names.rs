//! Label names that are only known at run time.

use std::collections::BTreeSet;

use thiserror::Error;

/// The label names of one series, in order, as they are exposed.
///
/// Where Prometheus' classic names do not allow a character, there is an underscore: what the reference exporter
/// shows to a Prometheus that did not ask for more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelNames(Box<[String]>);

impl LabelNames {
    /// Label names from somebody's text.
    ///
    /// ```
    /// use probe_core::model::LabelNames;
    ///
    /// let names = LabelNames::new(["version", "build-date"]).expect("good names");
    /// assert_eq!(names.as_slice(), ["version", "build_date"]);
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
            exposed.push(escaped);
        }
        Ok(Self(exposed.into()))
    }

    /// The names as they are exposed.
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
    fn writes_an_underscore_for_what_classic_names_do_not_allow() {
        let names = LabelNames::new(["_a9", "9a", "a-b", "größe", "a:b.c"]).expect("all can be written");
        assert_eq!(names.as_slice(), ["_a9", "_a", "a_b", "gr__e", "a_b_c"]);
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
