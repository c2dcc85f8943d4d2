//! Single values that are no secret: an error repeats what was found, if it is short.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Section;
use crate::settings::duration::{self, Signed};
use crate::settings::errors::Errors;
use crate::settings::scalar::{Resolved, Scalar};
use crate::settings::size;
use crate::settings::suggest::did_you_mean;

impl Section<'_> {
    /// `true` or `false` without quotes, or one of the words of YAML 1.1 (`yes`, `no`, `on`, `off`, `y`, `n`), quoted or not.
    pub fn boolean(&mut self, key: &'static str, errors: &mut Errors) -> Option<bool> {
        self.scalar(key, "true or false", errors, Scalar::boolean)
    }

    /// A whole number without quotes. Fractions are cut off, as the reference exporter does.
    pub fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<i64>,
        errors: &mut Errors,
    ) -> Option<i64> {
        let allowed = match (*range.start(), *range.end()) {
            (i64::MIN, i64::MAX) => "a whole number".to_owned(),
            (least, i64::MAX) => format!("{least} or more"),
            (least, most) => format!("{least} to {most}"),
        };
        let read = |scalar: &Scalar| scalar.integer().filter(|value| range.contains(value));
        self.scalar(key, allowed, errors, read)
    }

    /// A number without quotes.
    pub fn float(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        errors: &mut Errors,
    ) -> Option<f64> {
        let allowed = match (*range.start(), *range.end()) {
            (least, most) if most.is_finite() => format!("{least} to {most}"),
            (least, _) if least.is_finite() => format!("{least} or more"),
            _ => "a number".to_owned(),
        };
        let read = |scalar: &Scalar| scalar.float().filter(|value| range.contains(value));
        self.scalar(key, allowed, errors, read)
    }

    /// A duration with a unit, not below zero.
    pub fn duration(&mut self, key: &'static str, errors: &mut Errors) -> Option<Duration> {
        let read = |scalar: &Scalar| read_duration(scalar)?.not_negative();
        self.scalar(key, "a duration such as 500ms or 2.5s", errors, read)
    }

    /// A duration with a unit; the reference exporter lets them be below zero.
    pub fn signed_duration(&mut self, key: &'static str, errors: &mut Errors) -> Option<Signed> {
        self.scalar(key, "a duration such as 500ms or 2.5s", errors, read_duration)
    }

    /// A size with a unit, in bytes, as [`size`] reads it.
    pub fn size(&mut self, key: &'static str, errors: &mut Errors) -> Option<i64> {
        let text = self.string(key, errors)?;
        let read = size::parse(&text).map_err(|error| {
            let shown = error.to_string().replace(char::is_control, "\u{fffd}");
            self.problem(key, shown, errors);
        });
        read.ok()
    }

    /// One of the words; gives the value that goes with it.
    pub fn one_of<T: Clone>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        errors: &mut Errors,
    ) -> Option<T> {
        let entry = self.take(key)?;
        let text = entry.value.text();
        let chosen = words.iter().find(|(word, _)| text.as_deref() == Some(word));
        if chosen.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(text.as_deref().unwrap_or_default(), &allowed);
            let found = entry.value.shown_word();
            self.problem(key, format!("found {found}, allowed {}{hint}", allowed.join(", ")), errors);
        }
        chosen.map(|(_, value)| value.clone())
    }

    /// A scalar that is no secret, as `read` understands it.
    fn scalar<T>(
        &mut self,
        key: &'static str,
        allowed: impl fmt::Display,
        errors: &mut Errors,
        read: impl FnOnce(&Scalar) -> Option<T>,
    ) -> Option<T> {
        let entry = self.take(key)?;
        let value = entry.value.scalar().and_then(read);
        if value.is_none() {
            self.problem(key, format!("found {}, allowed {allowed}", entry.value.shown()), errors);
        }
        value
    }
}

/// A duration is text: a bare number is not one, not even zero.
fn read_duration(scalar: &Scalar) -> Option<Signed> {
    match scalar.resolved() {
        Resolved::Text(text) => duration::parse(text).ok(),
        _ => None,
    }
}
