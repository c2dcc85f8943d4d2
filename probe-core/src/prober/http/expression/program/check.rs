//! Checks an expression before there is a body, as the reference exporter's compiler does: every name is declared, and
//! every function is called with arguments that it takes, as far as their types are known.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, SelectExpr};
use cel::parser::Expression as Tree;

use super::kind::Kind;
use super::overloads::{Call, call};
use super::{BODY, ExpressionError};

/// Names of types, which are values too.
const TYPES: [&str; 11] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint", "dyn"];

/// Where the types live that have longer names.
const TYPE_PACKAGE: &str = "google.protobuf.";

/// Reports the first thing that is wrong.
pub(super) fn check(tree: &Tree) -> Result<(), ExpressionError> {
    let mut checker = Checker { scopes: vec![(BODY.into(), Kind::Any)] };
    checker.kind(tree).map(|_| ())
}

struct Checker {
    /// The variables, innermost last.
    scopes: Vec<(String, Kind)>,
}

impl Checker {
    fn kind(&mut self, tree: &Tree) -> Result<Kind, ExpressionError> {
        match &tree.expr {
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Ident(name) => self.name(name),
            Expr::List(list) => {
                let kinds = list.elements.iter().map(|element| self.kind(element));
                Ok(Kind::list(common(kinds.collect::<Result<Vec<_>, _>>()?)))
            }
            Expr::Literal(literal) => Ok(literal_kind(literal)),
            Expr::Map(map) => {
                let entries = map.entries.iter().map(|entry| self.entry(&entry.expr));
                let (keys, values) = entries.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
                Ok(Kind::map(common(keys), common(values)))
            }
            Expr::Select(select) => self.select(select),
            Expr::Struct(message) => {
                for entry in &message.entries {
                    self.entry(&entry.expr)?;
                }
                if message.type_name.trim_start_matches('.').starts_with(TYPE_PACKAGE) {
                    return Ok(Kind::Any);
                }
                Err(ExpressionError::Reference(message.type_name.clone()))
            }
            Expr::Unspecified => Err(ExpressionError::Syntax("nothing where something is needed".into())),
        }
    }

    fn call(&mut self, expression: &CallExpr) -> Result<Kind, ExpressionError> {
        let is_member = expression.target.is_some();
        let parts = expression.target.as_deref().into_iter().chain(&expression.args);
        let arguments = parts.map(|part| self.kind(part)).collect::<Result<Vec<_>, _>>()?;
        let function = expression.func_name.as_str();
        match call(function, is_member, &arguments) {
            Call::Gives(kind) => Ok(kind),
            Call::Unknown => Err(ExpressionError::Reference(function.into())),
            Call::Mismatch => {
                let shown: Vec<String> = arguments.iter().map(Kind::to_string).collect();
                Err(ExpressionError::Arguments { function: function.into(), arguments: shown.join(", ") })
            }
        }
    }

    fn comprehension(&mut self, expression: &ComprehensionExpr) -> Result<Kind, ExpressionError> {
        let item = match self.kind(&expression.iter_range)? {
            Kind::Any | Kind::Free => Kind::Any,
            Kind::List(of) | Kind::Map(of, _) => *of,
            other => return Err(ExpressionError::Range(other.to_string())),
        };
        let start = self.kind(&expression.accu_init)?;
        let outside = self.scopes.len();
        self.scopes.push((expression.accu_var.clone(), start.clone()));
        self.scopes.push((expression.iter_var.clone(), item));
        self.kind(&expression.loop_cond)?;
        let step = self.kind(&expression.loop_step)?;
        self.scopes.truncate(outside);
        self.scopes.push((expression.accu_var.clone(), start.or(step)));
        let result = self.kind(&expression.result)?;
        self.scopes.truncate(outside);
        Ok(result)
    }

    fn entry(&mut self, entry: &EntryExpr) -> Result<(Kind, Kind), ExpressionError> {
        match entry {
            EntryExpr::MapEntry(entry) => Ok((self.kind(&entry.key)?, self.kind(&entry.value)?)),
            EntryExpr::StructField(field) => Ok((Kind::String, self.kind(&field.value)?)),
        }
    }

    fn name(&self, name: &str) -> Result<Kind, ExpressionError> {
        let name = name.strip_prefix('.').unwrap_or(name);
        let variable = self.scopes.iter().rev().find(|(variable, _)| variable == name);
        match variable {
            Some((_, kind)) => Ok(kind.clone()),
            None if TYPES.contains(&name) => Ok(Kind::Type),
            None => Err(ExpressionError::Reference(name.into())),
        }
    }

    fn select(&mut self, select: &SelectExpr) -> Result<Kind, ExpressionError> {
        let is_type = || qualified(select).is_some_and(|name| name.starts_with(TYPE_PACKAGE));
        let operand = match self.kind(&select.operand) {
            Err(ExpressionError::Reference(_)) if is_type() => return Ok(Kind::Type),
            operand => operand?,
        };
        let field = match operand {
            Kind::Any | Kind::Free => Kind::Any,
            Kind::Map(_, to) => *to,
            other => return Err(ExpressionError::Field(other.to_string())),
        };
        Ok(if select.test { Kind::Bool } else { field })
    }
}

/// What elements of these types have in common.
fn common(kinds: Vec<Kind>) -> Kind {
    let mixed = kinds.windows(2).any(|pair| !pair[0].fits(&pair[1]));
    if mixed { Kind::Any } else { kinds.into_iter().fold(Kind::Free, Kind::or) }
}

fn literal_kind(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Bool,
        LiteralValue::Bytes(_) => Kind::Bytes,
        LiteralValue::Double(_) => Kind::Double,
        LiteralValue::Int(_) => Kind::Int,
        LiteralValue::Null => Kind::Null,
        LiteralValue::String(_) => Kind::String,
        LiteralValue::UInt(_) => Kind::Uint,
    }
}

/// The name that selections of names spell: `google.protobuf.Duration`.
fn qualified(select: &SelectExpr) -> Option<String> {
    let operand = match &select.operand.expr {
        Expr::Ident(name) => name.trim_start_matches('.').to_owned(),
        Expr::Select(inner) => qualified(inner)?,
        _ => return None,
    };
    Some(format!("{operand}.{}", select.field))
}
