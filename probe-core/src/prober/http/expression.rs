//! Expressions over a JSON body, in the Common Expression Language.

#[cfg(feature = "cel")]
mod program;
#[cfg(not(feature = "cel"))]
#[path = "expression/absent.rs"]
mod program;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::stop::Stop;
use program::Program;

/// A compiled expression over `body`. Without the feature `cel` none can be made, and a configuration with one is refused.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
    program: Arc<Program>,
}

impl Expression {
    /// Compiles an expression of the standard library over one variable, `body`, of any type. What the reference
    /// exporter refuses is refused: names that are not there, functions with arguments they do not take.
    pub fn compile(source: &str) -> Result<Self, ExpressionError> {
        Ok(Self { source: source.into(), program: Arc::new(Program::compile(source)?) })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

/// Why an expression cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpressionError {
    /// A function or operator that does not take these arguments.
    #[error("found no matching overload for '{function}' applied to '({arguments})'")]
    Arguments {
        /// The function.
        function: String,
        /// The types of the arguments.
        arguments: String,
    },
    /// A field of something that has none.
    #[error("type '{0}' does not support field selection")]
    Field(String),
    /// Something that cannot be gone through.
    #[error("expression of type '{0}' cannot be range of a comprehension (must be list, map, or dynamic)")]
    Range(String),
    /// A name that nobody declared.
    #[error("undeclared reference to '{0}'")]
    Reference(String),
    /// No thread to compile on.
    #[error("there is no thread to compile on")]
    Resource,
    /// Not the language.
    #[error("not an expression: {0}")]
    Syntax(String),
    /// This build has no expressions.
    #[error("this build has no expressions: it was made without the feature cel")]
    Unsupported,
}

/// What rules over a body come to, if they do not hold. The words are for people, the variants for the log.
#[cfg_attr(not(feature = "cel"), allow(dead_code, reason = "without expressions there is nothing to find"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The body is no JSON.
    Json(String),
    /// The body is JSON of more values, or nested deeper, than we judge.
    Limit(String),
    /// An expression came to no result.
    Evaluation(String),
    /// There is nothing to evaluate on.
    Resource(String),
    /// An expression came to something else than true or false.
    NotBoolean(String),
    /// The expression that must not hold does.
    Matched(String),
    /// The expression that must hold does not.
    NotMatched(String),
}

/// Judges a body by an expression that must not hold, and by one that must. Blocks: large bodies and loops take their
/// time, at most until `stop` says so.
pub(super) fn judge(
    matches: Option<&Expression>,
    not_matches: Option<&Expression>,
    body: &[u8],
    most_values: usize,
    stop: &Stop,
) -> Result<(), Finding> {
    let rules = [(matches, false), (not_matches, true)];
    if rules.iter().all(|(expression, _)| expression.is_none()) {
        return Ok(());
    }
    let judged = program::with_room(|| {
        let document = program::Document::parse(body, most_values)?;
        for (expression, must_hold) in rules {
            let Some(expression) = expression else { continue };
            if expression.program.evaluate(&document, stop)? != must_hold {
                let source = expression.as_str().to_owned();
                return Err(if must_hold { Finding::NotMatched(source) } else { Finding::Matched(source) });
            }
        }
        Ok(())
    });
    judged.unwrap_or_else(|no_result| Err(no_result.into()))
}

impl From<program::NoResult> for Finding {
    fn from(no_result: program::NoResult) -> Self {
        match no_result {
            program::NoResult::NoThread => Self::Resource("there is no thread to evaluate on".into()),
            program::NoResult::Panicked => Self::Evaluation("the evaluation gave up".into()),
        }
    }
}

#[cfg(all(test, feature = "cel"))]
mod tests;
