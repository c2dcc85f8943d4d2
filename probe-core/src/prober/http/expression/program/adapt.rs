//! Adapts a checked expression to the evaluator: its loops get an end, and what the evaluator understands differently from
//! the reference exporter's is written so that it comes to the same.
//!
//! The evaluator knows no interruption. So each round of a loop calls a function of ours first, which fails once the time
//! is up. It stands where its failure ends the loop: an error in the step of `all` or `exists` would be put aside.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, ListExpr, LiteralValue, MapExpr};
use cel::common::types::{CelBool, CelDouble};
use cel::parser::Expression as Tree;

use crate::settings::Pattern;

/// The function that each round calls. No expression can name it.
pub(super) const ROUND: &str = "@round";
/// The function that writes a double.
pub(super) const DOUBLE_TEXT: &str = "@double_text";

const CONDITIONAL: &str = "_?_:_";

/// Largest part that is written more than once, in nodes: parts within parts would multiply.
const MOST_REPEATED: usize = 100;

/// Adapts the tree and everything in it.
pub(super) fn adapt(tree: &mut Tree) {
    match &mut tree.expr {
        Expr::Call(call) => {
            call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(adapt);
            match (call.func_name.as_str(), call.args.as_mut_slice()) {
                ("matches", [.., pattern]) => translate(pattern),
                ("string", [value]) if call.target.is_none() && nodes(value) <= MOST_REPEATED => {
                    let value = value.clone();
                    write_doubles(tree, value);
                }
                _ => {}
            }
        }
        Expr::Comprehension(comprehension) => adapt_loop(comprehension),
        Expr::List(list) => list.elements.iter_mut().for_each(adapt),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| adapt_entry(&mut entry.expr)),
        Expr::Select(select) => {
            adapt(&mut select.operand);
            if select.test && nodes(&select.operand) <= MOST_REPEATED {
                let operand = (*select.operand).clone();
                look_into_containers(tree, operand);
            }
        }
        Expr::Struct(message) => message.entries.iter_mut().for_each(|entry| adapt_entry(&mut entry.expr)),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

fn adapt_entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::MapEntry(entry) => {
            adapt(&mut entry.key);
            adapt(&mut entry.value);
        }
        EntryExpr::StructField(field) => adapt(&mut field.value),
    }
}

fn adapt_loop(comprehension: &mut ComprehensionExpr) {
    for part in [
        &mut comprehension.iter_range,
        &mut comprehension.accu_init,
        &mut comprehension.loop_cond,
        &mut comprehension.loop_step,
        &mut comprehension.result,
    ] {
        adapt(part);
    }
    let round = || call(ROUND, Vec::new());
    if !matches!(comprehension.loop_cond.expr, Expr::Literal(_)) {
        // `all` and `exists`.
        only_if(round(), &mut comprehension.loop_cond, no());
        return;
    }
    // `map`, `filter` and `exists_one`: their condition must stay a literal, by which the evaluator knows that it may
    // append to one list instead of copying it each round.
    match &mut comprehension.loop_step.expr {
        Expr::Call(step) if step.func_name == CONDITIONAL => {
            step.args.first_mut().into_iter().for_each(|condition| only_if(round(), condition, no()));
        }
        _ => {
            let unchanged = node(Expr::Ident(comprehension.accu_var.clone()));
            only_if(round(), &mut comprehension.loop_step, unchanged);
        }
    }
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

/// `string` of a double is written as Go writes it, and all numbers of a body are doubles.
fn write_doubles(tree: &mut Tree, value: Tree) {
    let double = node(Expr::Literal(LiteralValue::Double(CelDouble::from(0.0))));
    let is_double = call("_==_", vec![type_of(value.clone()), type_of(double)]);
    let text = call(DOUBLE_TEXT, vec![value]);
    let otherwise = std::mem::replace(tree, text);
    only_if(is_double, tree, otherwise);
}

/// `has` is false for what has no fields at all; the evaluator has an error for it.
fn look_into_containers(tree: &mut Tree, operand: Tree) {
    let [list, map] = [Expr::List(ListExpr::default()), Expr::Map(MapExpr::default())].map(node);
    let containers = node(Expr::List(ListExpr::new(vec![type_of(list), type_of(map)])));
    let is_container = call("@in", vec![type_of(operand), containers]);
    only_if(is_container, tree, no());
}

fn nodes(tree: &Tree) -> usize {
    let all = |parts: &[Tree]| parts.iter().map(nodes).sum::<usize>();
    let entry = |entry: &EntryExpr| match entry {
        EntryExpr::MapEntry(entry) => nodes(&entry.key) + nodes(&entry.value),
        EntryExpr::StructField(field) => nodes(&field.value),
    };
    let below = match &tree.expr {
        Expr::Call(call) => call.target.as_deref().map_or(0, nodes) + all(&call.args),
        Expr::Comprehension(comprehension) => {
            nodes(&comprehension.iter_range)
                + nodes(&comprehension.accu_init)
                + nodes(&comprehension.loop_cond)
                + nodes(&comprehension.loop_step)
                + nodes(&comprehension.result)
        }
        Expr::List(list) => all(&list.elements),
        Expr::Map(map) => map.entries.iter().map(|part| entry(&part.expr)).sum(),
        Expr::Select(select) => nodes(&select.operand),
        Expr::Struct(message) => message.entries.iter().map(|part| entry(&part.expr)).sum(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => 0,
    };
    below + 1
}

/// `tree` becomes `condition ? tree : otherwise`.
fn only_if(condition: Tree, tree: &mut Tree, otherwise: Tree) {
    let args = vec![condition, std::mem::take(tree), otherwise];
    *tree = call(CONDITIONAL, args);
}

fn type_of(value: Tree) -> Tree {
    call("type", vec![value])
}

fn call(function: &str, args: Vec<Tree>) -> Tree {
    node(Expr::Call(CallExpr { func_name: function.into(), target: None, args }))
}

fn no() -> Tree {
    node(Expr::Literal(LiteralValue::Boolean(CelBool::from(false))))
}

fn node(expr: Expr) -> Tree {
    Tree { id: 0, expr }
}
