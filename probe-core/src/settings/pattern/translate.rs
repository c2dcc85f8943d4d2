//! From Go's syntax to that of the `regex` crate: what both read alike is copied, the rest is spelled out.
//!
//! The order of the steps and what each refuses are those of Go's `regexp/syntax`, so that the same expressions load.

use super::class;
use super::error::{PatternError, Problem};
use super::escape::{self, Escaped};
use super::group::{self, Group, Opening};
use super::repetition;

/// An expression for the `regex` crate.
pub(super) struct Translation {
    /// Its text. Groups have no names in it: Go lets two groups share one.
    pub(super) syntax: String,
    /// The names of the groups, from the first.
    pub(super) names: Vec<Option<String>>,
}

/// Translates an expression, or says why Go would refuse it.
pub(super) fn translate(source: &str) -> Result<Translation, PatternError> {
    let mut translator = Translator {
        source,
        rest: source,
        out: String::with_capacity(source.len()),
        names: Vec::new(),
        groups: Vec::new(),
        current: Group::default(),
    };
    let mut after_repetition = false;
    while let Some(next) = translator.rest.chars().next() {
        after_repetition = translator.step(next, after_repetition)?;
    }
    if !translator.groups.is_empty() {
        return Err(Problem::MissingParenthesis.in_fragment(source));
    }
    Ok(Translation { syntax: translator.out, names: translator.names })
}

struct Translator<'s> {
    source: &'s str,
    rest: &'s str,
    out: String,
    names: Vec<Option<String>>,
    /// The groups around the current one.
    groups: Vec<Group>,
    current: Group,
}

impl<'s> Translator<'s> {
    /// Translates what the rest begins with, and tells whether that was a repetition.
    fn step(&mut self, next: char, after_repetition: bool) -> Result<bool, PatternError> {
        match next {
            '(' => self.open()?,
            ')' => self.close()?,
            '|' => {
                self.copy(1);
                self.current.settle();
            }
            '^' | '$' | '.' => {
                self.copy(1);
                self.current.atom();
            }
            '[' => {
                let (class, rest) = class::bracketed(self.rest)?;
                self.emit(&class, rest);
            }
            '\\' => self.escape()?,
            _ => match repetition::read(self.rest)? {
                Some((operator, rest)) => {
                    let written = &self.rest[..self.rest.len() - rest.len()];
                    if after_repetition {
                        return Err(Problem::RepetitionOfRepetition.in_fragment(written));
                    }
                    self.current.repeat(&operator).map_err(|problem| problem.in_fragment(written))?;
                    self.copy(written.len());
                    return Ok(true);
                }
                None => self.literal(next, &self.rest[next.len_utf8()..]),
            },
        }
        Ok(false)
    }

    fn open(&mut self) -> Result<(), PatternError> {
        let (opening, rest) = group::read(self.rest)?;
        self.rest = rest;
        match opening {
            Opening::Capture(name) => {
                self.names.push(name);
                self.out.push('(');
            }
            Opening::Flags(flags) => {
                if !flags.is_empty() {
                    self.out.push_str(&["(?", &flags, ")"].concat());
                }
                self.current.settle();
                return Ok(());
            }
            Opening::Plain(flags) => self.out.push_str(&["(?", &flags, ":"].concat()),
        }
        self.groups.push(std::mem::take(&mut self.current));
        Ok(())
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let Some(around) = self.groups.pop() else {
            return Err(Problem::UnexpectedParenthesis.in_fragment(self.source));
        };
        let inside = std::mem::replace(&mut self.current, around);
        self.current.group(inside);
        self.copy(1);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), PatternError> {
        if let Some(quoted) = self.rest.strip_prefix(r"\Q") {
            let (quoted, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            for character in quoted.chars() {
                self.literal(character, rest);
            }
            self.rest = rest;
            return Ok(());
        }
        let (escaped, rest) = escape::read(self.rest)?;
        match escaped {
            Escaped::Assertion(syntax) => self.emit(syntax, rest),
            Escaped::Character(Some(character)) => self.literal(character, rest),
            Escaped::Character(None) => self.emit(class::NOTHING, rest),
            Escaped::Class(class) => self.emit(&format!("[{class}]"), rest),
        }
        Ok(())
    }

    fn literal(&mut self, character: char, rest: &'s str) {
        self.emit(&regex::escape(character.encode_utf8(&mut [0; 4])), rest);
    }

    /// Writes one thing that a repetition may follow.
    fn emit(&mut self, syntax: &str, rest: &'s str) {
        self.out.push_str(syntax);
        self.rest = rest;
        self.current.atom();
    }

    /// Copies what both dialects read alike.
    fn copy(&mut self, length: usize) {
        let (same, rest) = self.rest.split_at(length);
        self.out.push_str(same);
        self.rest = rest;
    }
}
