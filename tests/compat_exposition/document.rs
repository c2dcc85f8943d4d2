//! `docs/METRICS.md` against the families that the code declares.

use std::collections::{BTreeMap, BTreeSet};

use probe_core::model::{Family, Unit};
use probe_core::prober::{ATTEMPTS, BUILTIN, DURATION, FAILURE_INFO, SUCCESS};

const DOCUMENT: &str = include_str!("../../docs/METRICS.md");

/// A row of the document's table. What is after it, when a series is present, is for people alone.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    probers: String,
    labels: String,
    unit: String,
    help: String,
}

/// Fails if the document lacks a family, has one that is not there, or says something else of one.
pub(crate) fn is_true() {
    let (declared, documented) = (declared(), documented());
    let problems: Vec<String> = declared
        .iter()
        .filter(|(name, row)| documented.get(*name).is_none_or(|found| found != *row))
        .map(|(name, row)| {
            let Row { probers, labels, unit, help } = row;
            format!("should have | `{name}` | {probers} | {labels} | {unit} | {help} | … |")
        })
        .chain(
            documented
                .keys()
                .filter(|name| !declared.contains_key(*name))
                .map(|name| format!("has {name}, which nothing declares")),
        )
        .collect();
    assert!(problems.is_empty(), "docs/METRICS.md\n{}", problems.join("\n"));
}

/// Every family by name.
fn declared() -> BTreeMap<String, Row> {
    let mut families: BTreeMap<&str, (&Family, BTreeSet<&str>)> = BTreeMap::new();
    for spec in BUILTIN {
        for family in spec.families {
            families.entry(family.name).or_insert((family, BTreeSet::new())).1.insert(spec.name);
        }
    }
    for family in [SUCCESS.family(), DURATION.family(), ATTEMPTS.family(), FAILURE_INFO.family()] {
        families.insert(family.name, (family, BTreeSet::from(["all"])));
    }
    families
        .into_iter()
        .map(|(name, (family, probers))| {
            let row = Row {
                probers: probers.into_iter().collect::<Vec<_>>().join(", "),
                labels: labels(family),
                unit: unit(family.unit).into(),
                help: family.help.into(),
            };
            (name.into(), row)
        })
        .collect()
}

/// Every row of the document whose first cell is a family.
#[track_caller]
fn documented() -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in DOCUMENT.lines().filter(|line| line.starts_with("| `probe_")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let &[name, probers, labels, unit, help, present] = cells.as_slice() else {
            panic!("not six cells: {line}");
        };
        assert!(!present.is_empty(), "when is it present? {line}");
        let row =
            Row { probers: probers.into(), labels: labels.into(), unit: unit.into(), help: help.into() };
        assert!(rows.insert(name.trim_matches('`').into(), row).is_none(), "{name} is there twice");
    }
    rows
}

fn labels(family: &Family) -> String {
    let names: Vec<String> = family.labels.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "–".into() } else { names.join(", ") }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "bytes",
        Unit::Count => "count",
        Unit::Flag => "0 or 1",
        Unit::Number => "number",
        Unit::Ratio => "ratio",
        Unit::Seconds => "seconds",
        _ => panic!("a unit without a word: {unit:?}"),
    }
}
