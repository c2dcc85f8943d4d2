//! Expressions and header rules of a section.

use crate::prober::http::{Expression, HeaderRule};
use crate::settings::{Errors, Pattern, Section};

pub(super) fn read_patterns(
    key: &'static str,
    section: &mut Section<'_>,
    errors: &mut Errors,
) -> Vec<Pattern> {
    let sources = section.strings(key, errors).unwrap_or_default();
    sources.iter().filter_map(|source| compile(source, key, section, errors)).collect()
}

pub(super) fn read_expression(
    key: &'static str,
    section: &mut Section<'_>,
    errors: &mut Errors,
) -> Option<Expression> {
    let source = section.string(key, errors)?;
    let compiled = Expression::compile(&source).map_err(|error| {
        let text = printable(&source);
        let message = format!("\"Could not compile CEL program\" expression=\"{text}\": {error}");
        section.problem(key, printable(&message), errors);
    });
    compiled.ok()
}

pub(super) fn read_header_rules(
    key: &'static str,
    section: &mut Section<'_>,
    errors: &mut Errors,
) -> Vec<HeaderRule> {
    let items = section.sections(key, errors).unwrap_or_default();
    items.into_iter().filter_map(|item| read_header_rule(item, errors)).collect()
}

fn read_header_rule(mut item: Section<'_>, errors: &mut Errors) -> Option<HeaderRule> {
    let header = item.string("header", errors).unwrap_or_default();
    let source = item.string("regexp", errors).unwrap_or_default();
    let allow_missing = item.boolean("allow_missing", errors).unwrap_or(false);
    if header.is_empty() {
        item.problem("header", "header name must be set for HTTP header matchers", errors);
    }
    if source.is_empty() {
        item.problem("regexp", "regexp must be set for HTTP header matchers", errors);
    }
    let regexp = compile(&source, "regexp", &item, errors);
    item.finish(errors);
    Some(HeaderRule { header, regexp: regexp?, allow_missing })
}

fn compile(source: &str, key: &str, section: &Section<'_>, errors: &mut Errors) -> Option<Pattern> {
    let refuse = |error| {
        let text = printable(source);
        let message = format!("\"Could not compile regular expression\" regexp=\"{text}\": {error}");
        section.problem(key, printable(&message), errors);
    };
    Pattern::new(source).map_err(refuse).ok()
}

/// Without control characters: messages end up in logs.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
