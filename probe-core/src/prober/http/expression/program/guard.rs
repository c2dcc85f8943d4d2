//! Bounds the loops of an expression, and gives its regular expressions the reference exporter's meaning.
//!
//! The evaluator knows no interruption. So each round of a loop calls a function of ours first, which fails once the time
//! is up. It stands where its failure ends the loop: an error in the step of `all` or `exists` would be put aside.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue};
use cel::common::types::CelBool;
use cel::parser::Expression as Tree;

use crate::settings::Pattern;

/// The function that each round calls. No expression can name it.
pub(super) const FUNCTION: &str = "@round";

const CONDITIONAL: &str = "_?_:_";

/// Puts the call into every loop of the tree.
pub(super) fn guard(tree: &mut Tree) {
    match &mut tree.expr {
        Expr::Call(call) => {
            call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(guard);
            if call.func_name == "matches" {
                call.args.last_mut().into_iter().for_each(translate);
            }
        }
        Expr::Comprehension(comprehension) => guard_loop(comprehension),
        Expr::List(list) => list.elements.iter_mut().for_each(guard),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| guard_entry(&mut entry.expr)),
        Expr::Select(select) => guard(&mut select.operand),
        Expr::Struct(message) => message.entries.iter_mut().for_each(|entry| guard_entry(&mut entry.expr)),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

fn guard_entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::MapEntry(entry) => {
            guard(&mut entry.key);
            guard(&mut entry.value);
        }
        EntryExpr::StructField(field) => guard(&mut field.value),
    }
}

fn guard_loop(comprehension: &mut ComprehensionExpr) {
    for part in [
        &mut comprehension.iter_range,
        &mut comprehension.accu_init,
        &mut comprehension.loop_cond,
        &mut comprehension.loop_step,
        &mut comprehension.result,
    ] {
        guard(part);
    }
    if !matches!(comprehension.loop_cond.expr, Expr::Literal(_)) {
        // `all` and `exists`.
        after_round(&mut comprehension.loop_cond, no());
        return;
    }
    // `map`, `filter` and `exists_one`: their condition must stay a literal, by which the evaluator knows that it may
    // append to one list instead of copying it each round.
    match &mut comprehension.loop_step.expr {
        Expr::Call(call) if call.func_name == CONDITIONAL => {
            call.args.first_mut().into_iter().for_each(|condition| after_round(condition, no()));
        }
        _ => {
            let unchanged = Expr::Ident(comprehension.accu_var.clone());
            after_round(&mut comprehension.loop_step, unchanged);
        }
    }
}

/// `tree` becomes `@round() ? tree : otherwise`.
fn after_round(tree: &mut Tree, otherwise: Expr) {
    let round = CallExpr { func_name: FUNCTION.into(), ..CallExpr::default() };
    let args = vec![node(Expr::Call(round)), std::mem::take(tree), node(otherwise)];
    *tree = node(Expr::Call(CallExpr { func_name: CONDITIONAL.into(), target: None, args }));
}

fn no() -> Expr {
    Expr::Literal(LiteralValue::Boolean(CelBool::from(false)))
}

fn node(expr: Expr) -> Tree {
    Tree { id: 0, expr }
}

/// A regular expression that is written out means what it means elsewhere in the configuration. One that is no
/// expression fails when it is evaluated, as in the reference exporter.
fn translate(argument: &mut Tree) {
    if let Expr::Literal(LiteralValue::String(text)) = &mut argument.expr
        && let Ok(syntax) = Pattern::engine_syntax(text.inner())
    {
        *text = syntax.into();
    }
}
