//! Rust sources as text, with what the rules must not see blanked out: comments, literals, test code.
//! Every view has the length of the file, so a position means the same place in all of them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::imports;
use crate::text::{blank, is_word, occurrences, overwrite, test_items};

/// One source file.
pub(crate) struct Source {
    /// From the workspace root, with `/`.
    pub(crate) path: String,
    /// As it is on disk.
    pub(crate) text: String,
    /// Without comments and without what stands in literals.
    pub(crate) all_code: String,
    /// The same without test code.
    pub(crate) code: String,
    /// Without comments and test code, literals kept.
    pub(crate) literal: String,
    /// Whether the whole file belongs to a `#[cfg(test)] mod`.
    pub(crate) test_only: bool,
    test_lines: usize,
    test_files: Vec<String>,
}

/// A broken rule: where, what, and what to do.
#[derive(Debug)]
pub(crate) struct Offence {
    place: String,
    problem: String,
    remedy: &'static str,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    remedy: {}", self.place, self.problem, self.remedy)
    }
}

impl Source {
    /// Reads the views off `text`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (all_code, mut literal) = blank(text);
        let mut code = all_code.clone();
        let mut test_lines = 0;
        let mut test_files = Vec::new();
        for item in test_items(&all_code) {
            test_lines += text[item.clone()].matches('\n').count() + 1;
            test_files.extend(declared_file(&all_code[item.clone()]));
            overwrite(&mut code, item.clone());
            overwrite(&mut literal, item);
        }
        Self {
            path: path.into(),
            text: text.into(),
            all_code,
            code,
            literal,
            test_only: false,
            test_lines,
            test_files,
        }
    }

    /// Whether the file ends up in what is shipped.
    pub(crate) fn is_production(&self) -> bool {
        !self.test_only && self.path.starts_with("probe-") && self.path.contains("/src/")
    }

    /// Whether the file lies below `folder`, or is the file of that module.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        let rest = self.path.strip_prefix(folder.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    }

    /// Lines that are not test code.
    pub(crate) fn production_lines(&self) -> usize {
        self.text.lines().count().saturating_sub(self.test_lines)
    }

    /// The line of a position, from 1.
    pub(crate) fn line_at(&self, position: usize) -> usize {
        self.text[..position].matches('\n').count() + 1
    }

    /// Lines whose production code mentions `what`, be it in place or through a grouped import.
    pub(crate) fn mentions(&self, what: &str) -> BTreeSet<usize> {
        self.mentioned_in(&self.code, what)
    }

    /// The same, test code included.
    pub(crate) fn mentions_anywhere(&self, what: &str) -> BTreeSet<usize> {
        self.mentioned_in(&self.all_code, what)
    }

    fn mentioned_in(&self, code: &str, what: &str) -> BTreeSet<usize> {
        let mut lines: BTreeSet<usize> =
            occurrences(code, what).map(|position| self.line_at(position)).collect();
        if what.contains("::") {
            let within = format!("::{what}");
            let imported = imports::uses(code).into_iter().filter(|import| {
                let path = format!("::{}", import.segments.join("::"));
                path.contains(&within)
            });
            lines.extend(imported.map(|import| self.line_at(import.position)));
        }
        lines
    }

    /// A broken rule at a line of this file.
    pub(crate) fn offence(&self, line: usize, problem: impl Into<String>, remedy: &'static str) -> Offence {
        Offence { place: format!("{}:{line}", self.path), problem: problem.into(), remedy }
    }
}

/// Every Rust file of the workspace.
pub(crate) fn read_workspace() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for member in ["probe-core", "probe-cli", "probe-exporter", "benches", "examples", "tests"] {
        collect_rust_files(&root.join(member), &mut files);
    }
    let mut sources: Vec<Source> = files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).expect("a source file is readable text");
            let relative = file.strip_prefix(&root).expect("the file was found below the root");
            Source::new(&relative.to_string_lossy().replace('\\', "/"), &text)
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    mark_test_files(&mut sources);
    sources
}

fn collect_rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a member of the workspace has a folder") {
        let path = entry.expect("a folder lists its entries").path();
        if path.is_dir() && !path.ends_with("target") {
            collect_rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Marks the files that `#[cfg(test)] mod name;` pulls in.
pub(crate) fn mark_test_files(sources: &mut [Source]) {
    let modules: Vec<String> = sources
        .iter()
        .flat_map(|source| {
            let folder = child_folder(&source.path);
            source.test_files.iter().map(move |name| format!("{folder}/{name}"))
        })
        .collect();
    for source in sources {
        source.test_only = modules.iter().any(|module| source.is_in(module));
    }
}

/// Where the files of a file's child modules lie.
fn child_folder(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.trim_end_matches(".rs"),
    }
}

/// The name in `mod name;` at the end of a test item.
fn declared_file(item: &str) -> Option<String> {
    let declaration = item.trim_end().strip_suffix(';')?;
    let name = &declaration[declaration.rfind(|c| !is_word(c))? + 1..];
    declaration.strip_suffix(name)?.trim_end().ends_with("mod").then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_in_code() {
        let source = Source::new(
            "probe-core/src/a.rs",
            "let a = \"crate::x // no\"; /* crate::y /* z */ */ let b = 'c'; // crate::w\nfn f<'q>() { r#\"un\"safe\"# }",
        );
        for gone in ["crate", "no", "safe", "'c'"] {
            assert!(!source.code.contains(gone), "{gone} is left in {}", source.code);
        }
        assert!(source.code.contains("let b") && source.code.contains("fn f<'q>()"));
        assert!(source.literal.contains("crate::x // no") && !source.literal.contains("crate::w"));
        assert_eq!(source.code.len(), source.text.len());
    }

    #[test]
    fn quotes_in_literals_do_not_end_them() {
        let source = Source::new("a.rs", r#"f('\'', '"', "\"", b'\\', b"x"); end()"#);
        assert!(source.code.contains("end()"), "{}", source.code);
        assert!(!source.code.contains('x'), "{}", source.code);
    }

    #[test]
    fn test_modules_are_not_production() {
        let text = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::x;\n}\n";
        let source = Source::new("probe-core/src/a.rs", text);
        assert!(!source.code.contains("crate") && source.all_code.contains("crate"));
        assert_eq!(source.production_lines(), 2);
    }

    #[test]
    fn code_after_a_test_module_still_counts() {
        let source = Source::new("probe-core/src/a.rs", "#[cfg(test)]\nmod tests {}\nfn f() {}\nfn g() {}\n");
        assert_eq!(source.production_lines(), 2);
        assert!(source.code.contains("fn f()"));
    }

    #[test]
    fn files_of_test_modules_are_not_production() {
        let mut sources = [
            Source::new("probe-core/src/a/mod.rs", "#[cfg(test)]\npub(crate) mod cases;\nmod real;\n"),
            Source::new("probe-core/src/a/cases.rs", "fn f() {}"),
            Source::new("probe-core/src/a/real.rs", "fn f() {}"),
        ];
        mark_test_files(&mut sources);
        assert_eq!(sources.map(|source| source.is_production()), [true, false, true]);
    }

    #[test]
    fn mentions_see_grouped_imports_and_whole_words_only() {
        let source = Source::new("a.rs", "use std::{env::{self, var}, fmt};\neprintln!();\nprintln!();\n");
        assert_eq!(source.mentions("env::var"), [1].into());
        assert_eq!(source.mentions("println!"), [3].into());
    }
}
