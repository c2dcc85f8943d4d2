//! What a part of an expression can be, as far as it is known before there is a body.

use std::fmt;

/// The type of a part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything: known at run time.
    Any,
    Bool,
    Bytes,
    Double,
    Duration,
    /// What is in an empty list or map: whatever it is taken for.
    Free,
    Int,
    List(Box<Kind>),
    Map(Box<Kind>, Box<Kind>),
    Null,
    String,
    Timestamp,
    Type,
    Uint,
}

impl Kind {
    pub(super) fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    pub(super) fn map(of: Self, to: Self) -> Self {
        Self::Map(Box::new(of), Box::new(to))
    }

    /// Whether a value of one may be where the other is wanted.
    pub(super) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Free, _)
            | (_, Self::Any | Self::Free)
            | (Self::Null, Self::Duration | Self::Timestamp)
            | (Self::Duration | Self::Timestamp, Self::Null) => true,
            (Self::List(one), Self::List(another)) => one.fits(another),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                key.fits(other_key) && value.fits(other_value)
            }
            _ => self == other,
        }
    }

    /// What is known of a value that is one or the other, which fit.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Free, known) | (known, Self::Free) => known,
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::List(one), Self::List(another)) => Self::list(one.or(*another)),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                Self::map(key.or(*other_key), value.or(*other_value))
            }
            (known, _) => known,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any | Self::Free => f.write_str("dyn"),
            Self::Bool => f.write_str("bool"),
            Self::Bytes => f.write_str("bytes"),
            Self::Double => f.write_str("double"),
            Self::Duration => f.write_str("google.protobuf.Duration"),
            Self::Int => f.write_str("int"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(of, to) => write!(f, "map({of}, {to})"),
            Self::Null => f.write_str("null"),
            Self::String => f.write_str("string"),
            Self::Timestamp => f.write_str("google.protobuf.Timestamp"),
            Self::Type => f.write_str("type"),
            Self::Uint => f.write_str("uint"),
        }
    }
}
