//! Compiling and evaluating, through the `cel` crate.

mod adapt;
mod check;
mod double_text;
mod json;
mod kind;
mod overloads;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use cel::common::types::CelBool;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::parser::Expression as Tree;
use cel::{Context, Env, ExecutionError, Value};

use super::{ExpressionError, Finding, Stop};

/// The only variable.
const BODY: &str = "body";

/// The standard library and its macros, without the extensions of the crate.
static ENVIRONMENT: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::stdlib().with_optional_support(false)));

/// Most rounds of all loops of an expression together: minutes of work for an operator's expression over a hostile body.
const MOST_ROUNDS: u64 = 10_000_000;

/// Deepest nesting of an expression.
const DEEPEST: u16 = 96;

/// Stack to compile and evaluate on, of which only what is used takes memory. A level of nesting needs up to 150 KiB.
const STACK: usize = 64 << 20;

/// Most characters of an evaluation's error that are repeated; it may hold the whole body.
const LONGEST_SHOWN: usize = 200;

/// A checked expression, every loop of which ends in time.
pub(super) struct Program {
    tree: Tree,
}

impl Program {
    pub(super) fn compile(source: &str) -> Result<Self, ExpressionError> {
        match with_room(|| Self::compile_here(source)) {
            Ok(compiled) => compiled,
            // The parser is generated code; a text that it did not expect must not end the program.
            Err(NoResult::Panicked) => Err(ExpressionError::Syntax("the parser gave up".into())),
            Err(NoResult::NoThread) => Err(ExpressionError::Resource),
        }
    }

    fn compile_here(source: &str) -> Result<Self, ExpressionError> {
        let parser = ENVIRONMENT.parser().enable_ident_escape_syntax(true).max_recursion_depth(DEEPEST);
        let mut tree = parser.parse(source).map_err(|errors| {
            let first = errors.errors.first().map_or("", |error| error.msg.as_str());
            ExpressionError::Syntax(shortened(first.lines().next().unwrap_or_default()))
        })?;
        check::check(&tree)?;
        adapt::adapt(&mut tree);
        Ok(Self { tree })
    }

    /// Whether the expression holds for the document.
    pub(super) fn evaluate(&self, document: &Document, stop: &Stop) -> Result<bool, Finding> {
        let evaluation = |error: ExecutionError| Finding::Evaluation(shortened(&error.to_string()));
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context.set_variable_resolver(document);
        let (stop, rounds) = (stop.clone(), AtomicU64::new(0));
        let round = move || next_round(&stop, &rounds);
        let declared = context
            .add_function(adapt::ROUND, round)
            .and_then(|()| context.add_function(adapt::DOUBLE_TEXT, double_text::double_text));
        declared.map_err(|error| Finding::Evaluation(error.to_string()))?;
        let value = Value::resolve_val(&self.tree, &context).map_err(evaluation)?;
        let boolean = value.downcast_ref::<CelBool>().map(|boolean| *boolean.inner());
        boolean.ok_or_else(|| Finding::NotBoolean(format!("a value of type {}", value.get_type().name())))
    }
}

/// Why work on a thread of its own has no result.
#[derive(Debug)]
pub(super) enum NoResult {
    /// The system has no thread for us.
    NoThread,
    /// The work panicked.
    Panicked,
}

/// Does work on a thread whose stack is large enough for any expression, and waits for it.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoResult> {
    thread::scope(|scope| {
        let started = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        started.map_err(|_| NoResult::NoThread)?.join().map_err(|_| NoResult::Panicked)
    })
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

/// A body, read as JSON.
#[derive(Debug)]
pub(super) struct Document {
    root: Box<dyn Val>,
}

impl Document {
    /// Reads a body of at most so many values.
    pub(super) fn parse(body: &[u8], most_values: usize) -> Result<Self, Finding> {
        json::parse(body, most_values).map(|root| Self { root }).map_err(|error| {
            let words = error.to_string();
            if error.is_bound() { Finding::Limit(words) } else { Finding::Json(words) }
        })
    }
}

impl VariableResolver for Document {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        (variable.trim_start_matches('.') == BODY).then(|| CowVal::Borrowed(self.root.as_ref()))
    }
}

/// Goes on, unless the time or the rounds are up. What it returns is true.
fn next_round(stop: &Stop, rounds: &AtomicU64) -> Result<bool, ExecutionError> {
    if stop.is_due() {
        return Err(ExecutionError::function_error("loop", "the time is up"));
    }
    if rounds.fetch_add(1, Ordering::Relaxed) >= MOST_ROUNDS {
        return Err(ExecutionError::function_error("loop", format!("more than {MOST_ROUNDS} rounds")));
    }
    Ok(true)
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
