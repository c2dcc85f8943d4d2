//! Why an expression cannot be used.

use thiserror::Error;

/// An expression that cannot be compiled. Displays with the words of Go's compiler.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{problem}: `{fragment}`")]
pub struct PatternError {
    /// What is wrong.
    pub problem: Problem,
    /// The part of the expression it is wrong with.
    pub fragment: String,
}

/// What is wrong with an expression.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A range that runs backwards, or a class that nobody knows.
    #[error("invalid character class range")]
    ClassRange,
    /// An escape that means nothing, or a back-reference.
    #[error("invalid escape sequence")]
    Escape,
    /// A group's name that is no name.
    #[error("invalid named capture")]
    GroupName,
    /// Compiled, it would be too large.
    #[error("expression too large")]
    Large,
    /// A class without end.
    #[error("missing closing ]")]
    MissingBracket,
    /// A group without end.
    #[error("missing closing )")]
    MissingParenthesis,
    /// Groups within groups within groups.
    #[error("expression nests too deeply")]
    Nesting,
    /// A group of Perl's that is not there: look-around, comments, atomic groups.
    #[error("invalid or unsupported Perl syntax")]
    PerlSyntax,
    /// A repetition without anything to repeat.
    #[error("missing argument to repetition operator")]
    RepetitionArgument,
    /// A repetition of more than a thousand, or one that runs backwards.
    #[error("invalid repeat count")]
    RepetitionCount,
    /// A repetition right after another.
    #[error("invalid nested repetition operator")]
    RepetitionOfRepetition,
    /// A backslash with nothing behind it.
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    /// The end of a group that did not begin.
    #[error("unexpected )")]
    UnexpectedParenthesis,
}

impl Problem {
    pub(super) fn in_fragment(self, fragment: &str) -> PatternError {
        PatternError { problem: self, fragment: fragment.to_owned() }
    }
}

impl PatternError {
    /// What is left for the engine to refuse once the translation is well formed: size and depth.
    pub(super) fn of_engine(error: &regex::Error, source: &str) -> Self {
        let problem = match error {
            regex::Error::CompiledTooBig(_) => Problem::Large,
            _ => Problem::Nesting,
        };
        problem.in_fragment(source)
    }
}
