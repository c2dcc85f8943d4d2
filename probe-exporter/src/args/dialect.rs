//! How the reference exporter takes a command line apart, which differs from other programs in its corners.

use std::collections::VecDeque;
use std::fmt;
use std::fs;

use super::flags::{FLAGS, Flag};
use crate::os_words::OsWords;
use crate::quoting::Quoted;

/// How many files may be read for one command line: files may name files.
const MOST_FILES: usize = 100;

/// What was given, up to the first thing that is no flag.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Flags with their values, in order; a switch has `true` or `false`.
    pub(super) flags: Vec<(&'static Flag, String)>,
    /// What ended the reading before its end.
    pub(super) problem: Option<String>,
}

/// Reads everything after the program's name.
pub(super) fn read(arguments: Vec<String>) -> Given {
    let mut given = Given::default();
    given.problem = read_into(&mut given.flags, arguments).err();
    given
}

fn read_into(flags: &mut Vec<(&'static Flag, String)>, arguments: Vec<String>) -> Result<(), String> {
    let mut tokens = Tokens { rest: arguments.into(), value: None, words_only: false, files: 0 };
    while let Some(token) = tokens.next()? {
        let Some((flag, is_negated)) = find(&token) else {
            return Err(match token {
                Token::Long(_) => format!("unknown long flag '{token}'"),
                Token::Short(_) => format!("unknown short flag '{token}'"),
                Token::Word(_) => format!("unexpected {token}"),
            });
        };
        let value = if flag.value.is_none() {
            (!is_negated).to_string()
        } else if is_negated {
            return Err(format!("unknown long flag '{token}'"));
        } else {
            match tokens.next()? {
                Some(Token::Word(value)) => value,
                _ => return Err(format!("expected argument for flag '{token}'")),
            }
        };
        flags.push((flag, value));
    }
    Ok(())
}

/// The flag, and whether its name was negated.
fn find(token: &Token) -> Option<(&'static Flag, bool)> {
    let named = |wanted: &str| FLAGS.iter().find(|flag| flag.name == wanted);
    match token {
        Token::Long(name) => match named(name) {
            Some(flag) => Some((flag, false)),
            None => Some((named(name.strip_prefix("no-")?)?, true)),
        },
        Token::Short(letter) => Some((FLAGS.iter().find(|flag| flag.short == Some(*letter))?, false)),
        Token::Word(_) => None,
    }
}

/// One piece of a command line. Displays as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Long(String),
    Short(char),
    Word(String),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Long(name) => write!(f, "--{name}"),
            Self::Short(letter) => write!(f, "-{letter}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// What is still to be read.
struct Tokens {
    rest: VecDeque<String>,
    /// What stood behind an equals sign.
    value: Option<String>,
    /// Whether two dashes were there.
    words_only: bool,
    files: usize,
}

impl Tokens {
    fn next(&mut self) -> Result<Option<Token>, String> {
        if let Some(value) = self.value.take() {
            return Ok(Some(Token::Word(value)));
        }
        while let Some(argument) = self.rest.pop_front() {
            if self.words_only {
                return Ok(Some(Token::Word(argument)));
            }
            if argument == "--" {
                self.words_only = true;
            } else if let Some(long) = argument.strip_prefix("--") {
                return Ok(Some(self.long(long)));
            } else if let Some(letters) = argument.strip_prefix('-') {
                return Ok(Some(self.short(letters)));
            } else if let Some(file) = argument.strip_prefix('@') {
                self.insert_file(file)?;
            } else {
                return Ok(Some(Token::Word(argument)));
            }
        }
        Ok(None)
    }

    fn long(&mut self, text: &str) -> Token {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        self.value = value.map(str::to_owned);
        Token::Long(name.to_owned())
    }

    /// Letters may stand together; a lone dash is an empty word.
    fn short(&mut self, letters: &str) -> Token {
        let mut rest = letters.chars();
        let Some(letter) = rest.next() else { return Token::Word(String::new()) };
        if !rest.as_str().is_empty() {
            self.rest.push_front(format!("-{}", rest.as_str()));
        }
        Token::Short(letter)
    }

    /// Puts the lines of a file in the place of its name.
    fn insert_file(&mut self, name: &str) -> Result<(), String> {
        if name.is_empty() {
            return Err("expected @ file to expand arguments from".to_owned());
        }
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(format!("more than {MOST_FILES} argument files, do they name each other"));
        }
        let quoted = Quoted(name.as_bytes());
        let bytes = fs::read(name).map_err(|error| {
            format!("failed to open arguments file {quoted}: open {name}: {}", OsWords(&error))
        })?;
        let text = String::from_utf8_lossy(&bytes);
        for line in text.lines().rev().filter(|line| !line.starts_with('#')) {
            self.rest.push_front(line.to_owned());
        }
        Ok(())
    }
}
