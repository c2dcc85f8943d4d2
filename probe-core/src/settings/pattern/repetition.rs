//! Repetitions: `*`, `+`, `?` and counts.

use super::error::{PatternError, Problem};

/// Most repetitions that Go allows.
pub(super) const MOST: u32 = 1000;

/// A repetition.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// `{least,most}`; without `most` there is no end.
    Counted {
        /// At least so often.
        least: u32,
        /// At most so often.
        most: Option<u32>,
    },
    /// `*`, `+` or `?`.
    Plain,
}

impl Repetition {
    /// How often the thing is written out at most; nothing for what is not written out.
    pub(super) fn heaviest_count(&self) -> Option<u32> {
        match *self {
            Self::Plain => None,
            Self::Counted { least, most } => Some(most.unwrap_or(least.max(1))),
        }
    }
}

/// Reads a repetition with its `?`, if the text begins with one. Braces that are no counts are plain characters.
pub(super) fn read(text: &str) -> Result<Option<(Repetition, &str)>, PatternError> {
    let (repetition, rest) = if let Some(rest) = text.strip_prefix(['*', '+', '?']) {
        (Repetition::Plain, rest)
    } else if let Some((least, most, rest)) = counts(text) {
        let fits = least <= MOST && most.is_none_or(|most| (least..=MOST).contains(&most));
        if !fits {
            return Err(Problem::RepetitionCount.in_fragment(&text[..text.len() - rest.len()]));
        }
        (Repetition::Counted { least, most }, rest)
    } else {
        return Ok(None);
    };
    Ok(Some((repetition, rest.strip_prefix('?').unwrap_or(rest))))
}

/// `{2}`, `{2,}` or `{2,5}`.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (least, rest) = count(text.strip_prefix('{')?)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((least, Some(least), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((least, None, rest));
    }
    let (most, rest) = count(rest)?;
    Some((least, Some(most), rest.strip_prefix('}')?))
}

/// A number without leading zeros; one too large to read is the largest.
fn count(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let is_count = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    is_count.then(|| (digits.parse().unwrap_or(u32::MAX), rest))
}
