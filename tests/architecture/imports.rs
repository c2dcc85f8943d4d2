//! Which module imports which, and whether the table allows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use crate::source::{Offence, Source};
use crate::text::{after_closing, is_word, leading_word, occurrences};

/// The rows of the table: a module and what it may import.
pub(crate) type Table = [(&'static str, &'static [&'static str])];

/// The row that all protocols share.
const PROTOCOL: &str = "prober/PROTOCOL";
const CORE: &str = "probe-core/src/";

/// A path that an import names.
pub(crate) struct Import {
    /// Where it stands.
    pub(crate) position: usize,
    /// Its segments, as written.
    pub(crate) segments: Vec<String>,
    /// The name it gets.
    name: String,
}

/// A module of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Module {
    Row(String),
    Protocol(String),
}

impl Module {
    fn row(&self) -> &str {
        match self {
            Self::Row(name) => name,
            Self::Protocol(_) => PROTOCOL,
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(name) => f.write_str(name),
            Self::Protocol(name) => write!(f, "prober/{name}"),
        }
    }
}

/// What a run of the check saw.
pub(crate) struct Outcome {
    /// Every edge that is not in the table.
    pub(crate) offences: Vec<Offence>,
    /// The different edges between modules, allowed or not.
    pub(crate) edges: BTreeSet<String>,
}

/// Compares every import of probe-core with the table.
pub(crate) fn check(sources: &[Source], table: &Table) -> Outcome {
    let probers = Probers::read(sources);
    let mut outcome = Outcome { offences: Vec::new(), edges: BTreeSet::new() };
    for source in sources.iter().filter(|source| source.is_production()) {
        let Some(path) = source.path.strip_prefix(CORE).map(module_path) else { continue };
        let Some(from) = probers.module(&path) else { continue };
        let mut seen = BTreeSet::new();
        for (position, target) in crate_paths(&source.code, &path) {
            let Some(to) = probers.module(&target) else { continue };
            let line = source.line_at(position);
            if from == to || !seen.insert((line, to.clone())) {
                continue;
            }
            outcome.edges.insert(format!("{from} -> {to}"));
            if let Some(problem) = refusal(table, &from, &to) {
                outcome.offences.push(source.offence(
                    line,
                    problem,
                    "move the code to a layer that may import it, or argue for a new row in tests/architecture.rs and ARCHITECTURE.md",
                ));
            }
        }
    }
    outcome
}

fn refusal(table: &Table, from: &Module, to: &Module) -> Option<String> {
    let Some((_, allowed)) = table.iter().find(|(row, _)| *row == from.row()) else {
        return Some(format!("module {from} has no row in the import table"));
    };
    let both_protocols = matches!((from, to), (Module::Protocol(_), Module::Protocol(_)));
    if both_protocols || !allowed.contains(&to.row()) {
        return Some(format!("{from} imports {to}; it may import: {}", allowed.join(", ")));
    }
    None
}

/// What stands in the prober folder, and where its re-exports come from.
struct Probers {
    protocols: BTreeSet<String>,
    reexports: BTreeMap<String, String>,
}

impl Probers {
    fn read(sources: &[Source]) -> Self {
        let mut protocols = BTreeSet::new();
        let mut reexports = BTreeMap::new();
        for source in sources {
            let Some(inside) = source.path.strip_prefix("probe-core/src/prober/") else { continue };
            let child = leading_word(inside);
            if !matches!(child, "api" | "mod" | "run" | "shared") {
                protocols.insert(child.to_owned());
            }
            if inside == "mod.rs" {
                reexports = uses(&source.code)
                    .into_iter()
                    .filter(|import| import.segments.len() > 1)
                    .map(|import| {
                        let skip = usize::from(import.segments[0] == "self");
                        (import.name, import.segments[skip].clone())
                    })
                    .collect();
            }
        }
        Self { protocols, reexports }
    }

    /// The module that a path inside the crate belongs to; none for the crate root.
    fn module(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        if first != "prober" {
            return Some(Module::Row(first.clone()));
        }
        let registry = Some(Module::Row("prober/mod".into()));
        let Some(child) = rest.first() else { return registry };
        let child = self.reexports.get(child).unwrap_or(child);
        match child.as_str() {
            "api" | "run" | "shared" => Some(Module::Row(format!("prober/{child}"))),
            _ if self.protocols.contains(child) => Some(Module::Protocol(child.clone())),
            _ => registry,
        }
    }
}

/// The module path of a file below `src`.
fn module_path(file: &str) -> Vec<String> {
    let mut path: Vec<String> = file.trim_end_matches(".rs").split('/').map(Into::into).collect();
    if path.last().is_some_and(|last| matches!(last.as_str(), "lib" | "main" | "mod")) {
        path.pop();
    }
    path
}

/// Every path into the own crate, from its root: in imports and in code.
fn crate_paths(code: &str, file: &[String]) -> Vec<(usize, Vec<String>)> {
    let inner = inner_modules(code);
    let children: BTreeSet<&str> =
        occurrences(code, "mod ").map(|position| leading_word(&code[position + 4..])).collect();
    let mut paths = Vec::new();
    let mut written = uses(code);
    let declared: Vec<_> = use_declarations(code).collect();
    for keyword in ["crate::", "super::", "self::"] {
        let in_place = occurrences(code, keyword).filter(|position| {
            !code[..*position].ends_with("::") && !declared.iter().any(|range| range.contains(position))
        });
        written.extend(in_place.map(|position| written_path(code, position)));
    }
    for import in written {
        let mut here = file.to_vec();
        let around = inner.iter().filter(|(range, _)| range.contains(&import.position));
        here.extend(around.map(|(_, name)| name.clone()));
        let absolute = match import.segments[0].as_str() {
            "crate" => import.segments[1..].to_vec(),
            "self" | "super" => match relative(here, &import.segments) {
                Some(path) => path,
                None => continue,
            },
            child if children.contains(child) => [here, import.segments].concat(),
            _ => continue,
        };
        paths.push((import.position, absolute));
    }
    paths
}

/// Follows `self` and `super`; none if they lead out of the crate.
fn relative(mut here: Vec<String>, segments: &[String]) -> Option<Vec<String>> {
    for segment in segments {
        match segment.as_str() {
            "self" => {}
            "super" => {
                here.pop()?;
            }
            name => here.push(name.into()),
        }
    }
    Some(here)
}

/// Modules written out in the file, outermost first.
fn inner_modules(code: &str) -> Vec<(Range<usize>, String)> {
    let mut modules = Vec::new();
    for position in occurrences(code, "mod ") {
        let name = leading_word(&code[position + 4..]);
        let after = position + 4 + name.len();
        if code[after..].trim_start().starts_with('{') {
            let open = after + code[after..].find('{').expect("a bracket was just seen");
            modules.push((open..after_closing(code, open), name.to_owned()));
        }
    }
    modules
}

/// A path written in place: `crate::net::dial`.
fn written_path(code: &str, position: usize) -> Import {
    let mut segments = Vec::new();
    let mut rest = &code[position..];
    loop {
        let word = leading_word(rest);
        if word.is_empty() {
            break;
        }
        segments.push(word.to_owned());
        match rest[word.len()..].strip_prefix("::") {
            Some(next) => rest = next,
            None => break,
        }
    }
    Import { position, segments, name: String::new() }
}

/// Every path of every `use` declaration, groups taken apart.
pub(crate) fn uses(code: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for declaration in use_declarations(code) {
        let tree = &code[declaration.start + "use".len()..declaration.end];
        take_apart(tree, &[], declaration.start, &mut imports);
    }
    imports
}

fn use_declarations(code: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    occurrences(code, "use").filter_map(|start| {
        let after = &code[start + "use".len()..];
        // `use<'a>` is a capture list, `user` another word.
        let declares = after.starts_with(char::is_whitespace) && !after.trim_start().starts_with('<');
        declares.then(|| start..code[start..].find(';').map_or(code.len(), |end| start + end))
    })
}

fn take_apart(tree: &str, prefix: &[String], position: usize, imports: &mut Vec<Import>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let mut prefix = prefix.to_vec();
        prefix.extend(segments(&tree[..open]));
        let inside = &tree[open + 1..after_closing(tree, open).saturating_sub(1)];
        for branch in branches(inside) {
            take_apart(branch, &prefix, position, imports);
        }
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
    let mut all = prefix.to_vec();
    all.extend(segments(path));
    if all.len() > 1 && all.last().is_some_and(|last| last == "self" || last == "*") {
        all.pop();
    }
    if let Some(last) = all.last() {
        let name = alias.map_or_else(|| last.clone(), |alias| alias.trim().to_owned());
        imports.push(Import { position, segments: all, name });
    }
}

fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(Into::into)
}

/// Splits at commas that are not inside a deeper group.
fn branches(inside: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut start = 0;
    let mut parts = Vec::new();
    for (position, character) in inside.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..position]);
                start = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts.retain(|part| part.contains(is_word) || part.contains('*'));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAY_IMPORT;

    const REGISTRY: &str = "mod api;\nmod icmp;\nmod run;\nmod shared;\nmod tcp;\n\
        pub use api::{Context, Prober};\npub use run::run;\npub static BUILTIN: &[u8] = &[];\n";

    fn problems(path: &str, text: &str) -> Vec<String> {
        let sources = [
            Source::new("probe-core/src/prober/mod.rs", REGISTRY),
            Source::new("probe-core/src/prober/icmp/mod.rs", ""),
            Source::new("probe-core/src/prober/tcp/connect.rs", ""),
            Source::new(path, text),
        ];
        check(&sources, MAY_IMPORT).offences.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(path: &str, text: &str, edge: &str) {
        let problems = problems(path, text);
        assert!(problems.len() == 1 && problems[0].contains(edge), "{path}: {text}: {problems:?}");
    }

    #[track_caller]
    fn accepted(path: &str, text: &str) {
        assert_eq!(problems(path, text), [""; 0], "{path}: {text}");
    }

    #[test]
    fn refuses_upward_imports_in_every_spelling() {
        refused("probe-core/src/wire/echo.rs", "use crate::net::Policy;", "wire imports net");
        refused(
            "probe-core/src/wire/echo.rs",
            "use crate::{model::A, net::{B, C}};",
            "wire/echo.rs:1: wire imports net",
        );
        refused(
            "probe-core/src/wire/echo.rs",
            "\nfn f() { super::super::net::g() }",
            "echo.rs:2: wire imports net",
        );
        refused("probe-core/src/model/mod.rs", "type A = crate::wire::Echo;", "model imports wire");
        refused(
            "probe-core/src/model/a.rs",
            "mod b { use super::super::super::wire::Echo; }",
            "imports wire",
        );
        refused("probe-core/src/render/json.rs", "use crate::prober::Context;", "render imports prober/api");
        refused(
            "probe-core/src/prober/run.rs",
            "use super::shared::resolve;",
            "prober/run imports prober/shared",
        );
    }

    #[test]
    fn refuses_protocols_that_know_each_other_or_the_registry() {
        let file = "probe-core/src/prober/tcp/mod.rs";
        refused(file, "use crate::prober::icmp::SPEC;", "prober/tcp imports prober/icmp");
        refused(file, "use super::icmp::SPEC;", "prober/tcp imports prober/icmp");
        refused(file, "use crate::prober::BUILTIN;", "prober/tcp imports prober/mod");
        refused(file, "use super::{run, shared};", "prober/tcp imports prober/run");
    }

    #[test]
    fn refuses_modules_without_a_row() {
        refused("probe-core/src/helpers.rs", "use crate::model::A;", "helpers has no row");
        refused("probe-core/src/wire/echo.rs", "use crate::helpers::A;", "wire imports helpers");
    }

    #[test]
    fn accepts_what_the_table_allows() {
        accepted("probe-core/src/wire/echo.rs", "use crate::model::A;\nuse std::net::IpAddr;\nuse super::b;");
        accepted(
            "probe-core/src/prober/tcp/mod.rs",
            "mod connect;\nuse connect::C;\nuse super::shared::x;\nuse crate::prober::{Context, Prober};\nuse crate::net::dial;",
        );
        accepted("probe-core/src/config/build.rs", "use crate::prober::{BUILTIN, Prober};");
        accepted("probe-core/src/lib.rs", "pub use crate::prober::run;");
    }

    #[test]
    fn accepts_mentions_in_comments_literals_and_tests() {
        accepted(
            "probe-core/src/model/a.rs",
            "//! [`x`](crate::net)\n/// crate::wire\nlet a = \"crate::net\";",
        );
        accepted("probe-core/src/model/a.rs", "#[cfg(test)]\nmod tests {\n    use crate::prober::run;\n}\n");
    }
}
