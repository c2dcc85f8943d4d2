//! `claims`: anything that YAML can say, as JSON.

use serde_json::{Map, Number, Value};

use crate::settings::{Content, Errors, Node, Resolved, Scalar, Section};

pub(super) fn read(section: &mut Section<'_>, errors: &mut Errors) -> Vec<(String, String)> {
    let Some(inner) = section.section("claims", errors) else { return Vec::new() };
    inner.named_values().map(|(name, value)| (name.to_owned(), json(value).to_string())).collect()
}

fn json(node: &Node) -> Value {
    match &node.content {
        Content::Mapping(entries) => {
            let members = entries.iter().map(|entry| (entry.key.clone(), json(&entry.value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Content::Null => Value::Null,
        Content::Scalar(scalar) => scalar_json(scalar),
        Content::Sequence(items) => Value::Array(items.iter().map(json).collect()),
    }
}

/// What JSON has no number for stays the word it was.
fn scalar_json(scalar: &Scalar) -> Value {
    match scalar.resolved() {
        Resolved::Boolean(value) => Value::Bool(value),
        Resolved::Float(value) => {
            Number::from_f64(value).map_or_else(|| Value::String(scalar.text.clone()), Value::Number)
        }
        Resolved::Integer(value) => Value::Number(value.into()),
        Resolved::Text(text) => Value::String(text.to_owned()),
    }
}
