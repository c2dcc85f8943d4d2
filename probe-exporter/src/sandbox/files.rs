//! Files: some may still be read, none written or run.

use std::fs;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    make_bitflags, path_beneath_rules,
};

/// What is confined, as far as the kernel knows it.
const KNOWN: ABI = ABI::V5;
/// What stays readable: the system's configuration and certificates, what the kernel says about the process, and
/// randomness. Folders rather than files, for files are replaced.
const SYSTEM: [&str; 6] = ["/etc", "/usr/share", "/usr/lib", "/proc", "/dev/null", "/dev/urandom"];
/// Files of the system that may be links to somewhere else.
const LINKED: [&str; 3] = ["/etc/hosts", "/etc/localtime", "/etc/resolv.conf"];

/// Leaves the system's files and these, each with all of its folder.
pub(super) fn give_up(readable: impl IntoIterator<Item = PathBuf>) -> Result<RulesetStatus, RulesetError> {
    let linked = LINKED.iter().filter_map(|link| fs::canonicalize(link).ok());
    let folders = readable.into_iter().chain(linked).filter_map(|file| folder(&file));
    let paths = SYSTEM.iter().map(PathBuf::from).chain(folders);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .create()?
        .add_rules(path_beneath_rules(paths, make_bitflags!(AccessFs::{ReadFile | ReadDir})))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// The folder that a file is in. A file at the root stands for itself, lest everything were readable.
fn folder(file: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(file).or_else(|_| std::path::absolute(file)).ok()?;
    let folder = file.parent()?;
    Some(if folder.parent().is_none() { file } else { folder.to_owned() })
}

/// The files that a configuration names, by its text: every key that ends in `_file` has one.
pub(super) fn named(dump: &str) -> Vec<PathBuf> {
    let file = |line: &str| {
        let (key, value) = line.trim_start_matches([' ', '-']).split_once(": ")?;
        key.ends_with("_file").then(|| PathBuf::from(value.trim_matches(['"', '\''])))
    };
    dump.lines().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_keys() {
        let dump = "modules:\n    a:\n        http:\n            tls_config:\n                ca_file: /a/ca.pem\n        \
            x:\n            - body_file: 'b c'\n            file: no\n            profile: no\n";
        assert_eq!(named(dump), [Path::new("/a/ca.pem"), Path::new("b c")]);
    }

    #[test]
    fn a_file_stands_for_its_folder_but_not_for_the_root() {
        for (file, expected) in
            [("/no/such/file", "/no/such"), ("/no-such-file", "/no-such-file"), ("/dev/null", "/dev")]
        {
            assert_eq!(folder(Path::new(file)).as_deref(), Some(Path::new(expected)), "{file}");
        }
    }
}
