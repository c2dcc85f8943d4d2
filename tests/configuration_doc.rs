//! `docs/CONFIGURATION.md` against the configurations that load and the keys that are accepted.

use std::collections::BTreeSet;

use probe_core::config::read;
use probe_core::prober::BUILTIN;

const DOCUMENT: &str = include_str!("../docs/CONFIGURATION.md");

/// A key that nobody has: what is said against it names all keys that are allowed beside it.
const UNKNOWN: &str = "nobody_has_this";

#[test]
fn every_example_loads() {
    let examples: Vec<&str> =
        DOCUMENT.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 10, "saw only {} examples", examples.len());
    for example in examples {
        if let Err(errors) = read(example, "example.yml", BUILTIN) {
            panic!("{example}\n{errors}");
        }
    }
}

/// Before each table a comment says where its keys belong: at the question mark.
#[test]
fn the_tables_name_every_key_and_no_other() {
    let tables: Vec<&str> = DOCUMENT.split("<!-- keys: ").skip(1).collect();
    assert!(tables.len() >= 20, "saw only {} tables", tables.len());
    let mut problems = Vec::new();
    for table in tables {
        let (place, rest) = table.split_once(" -->").expect("the comment ends");
        let (documented, accepted) = (documented(rest), accepted(place));
        problems.extend(accepted.difference(&documented).map(|key| format!("{place}: {key} is missing")));
        problems.extend(documented.difference(&accepted).map(|key| format!("{place}: there is no {key}")));
    }
    assert!(problems.is_empty(), "docs/CONFIGURATION.md\n{}", problems.join("\n"));
}

/// The keys in the first column of the first table.
fn documented(text: &str) -> BTreeSet<String> {
    let is_row = |line: &&str| line.starts_with('|');
    let rows = text.lines().skip_while(|line| !is_row(line)).take_while(is_row).skip(2);
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(Into::into).collect()
}

/// The keys that are allowed at the question mark.
fn accepted(place: &str) -> BTreeSet<String> {
    let text = place.replace('?', &format!("{UNKNOWN}: 1"));
    let Err(errors) = read(&text, "place.yml", BUILTIN) else { panic!("{text} loads") };
    let problems: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
    let said = problems.iter().find(|problem| problem.contains(UNKNOWN));
    let allowed = said.and_then(|problem| problem.split("allowed here: ").nth(1));
    let allowed = allowed.unwrap_or_else(|| panic!("{text}: {problems:?}"));
    allowed.split(", ").map(Into::into).collect()
}
