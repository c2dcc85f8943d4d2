//! Rules about unix sockets.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use super::rules::RuleError;

/// The word for every unix socket.
const EVERY: &str = "unix";

/// A rule about the paths of unix sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRule {
    /// Every socket.
    Every,
    /// Paths that look like this; a star stands for any characters, slashes too. `@` begins an abstract name.
    Pattern(String),
}

impl PathRule {
    /// Whether it covers a path. The folders that a rule names may be symbolic links themselves, as `/var/run` is.
    pub(super) fn contains(&self, path: &Path) -> bool {
        let Self::Pattern(pattern) = self else { return true };
        let text = path.as_os_str().as_bytes();
        matches(pattern.as_bytes(), text) || matches(resolve_pattern(pattern).as_bytes(), text)
    }
}

impl FromStr for PathRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        match text {
            EVERY => Ok(Self::Every),
            _ if text.starts_with(['/', '@']) => Ok(Self::Pattern(text.into())),
            _ => Err(RuleError::Path),
        }
    }
}

impl fmt::Display for PathRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Every => EVERY,
            Self::Pattern(pattern) => pattern,
        })
    }
}

/// Where a path leads: absolute, without `..` and symbolic links. An abstract name begins with `@`, however it was
/// written.
pub(super) fn resolve(path: &Path) -> PathBuf {
    match path.as_os_str().as_bytes().split_first() {
        Some((b'@', _)) => path.to_owned(),
        Some((0, name)) => {
            let mut text = OsString::from("@");
            text.push(OsStr::from_bytes(name));
            text.into()
        }
        _ => fs::canonicalize(path).unwrap_or_else(|_| without_parents(path)),
    }
}

/// The path that `path` would be if it existed and had no symbolic link in it.
fn without_parents(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut kept = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    kept
}

/// The pattern with the folders before its first star resolved.
fn resolve_pattern(pattern: &str) -> OsString {
    let fixed = pattern.find('*').unwrap_or(pattern.len());
    let (folder, rest) = match pattern[..fixed].rfind('/') {
        Some(slash) if fixed < pattern.len() && slash > 0 => pattern.split_at(slash),
        _ if fixed < pattern.len() => ("", pattern),
        _ => (pattern, ""),
    };
    if folder.is_empty() {
        return pattern.into();
    }
    let mut resolved = resolve(Path::new(folder)).into_os_string();
    resolved.push(rest);
    resolved
}

/// Compares with a pattern in which `*` stands for any bytes. Goes back to the last star only, which is enough.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut last_star = None;
    while seen < text.len() {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            last_star = Some((at, seen));
        } else if pattern.get(at) == Some(&text[seen]) {
            at += 1;
            seen += 1;
        } else if let Some((after_star, from)) = last_star {
            (at, seen) = (after_star, from + 1);
            last_star = Some((after_star, from + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (rule, path, expected) in [
            ("/run/x.sock", "/run/x.sock", true),
            ("/run/x.sock", "/run/x.sock2", false),
            ("/run/*", "/run/a/b.sock", true),
            ("/run/*", "/runa", false),
            ("/run/*.sock", "/run/a.sock.sock", true),
            ("/run/*.sock", "/run/a.sock/b", false),
            ("/*/php*.sock", "/run/php/php8.sock", true),
            ("/a*b*c", "/abxbc", true),
            ("@app-*", "@app-1", true),
            ("@app-*", "/app-1", false),
            ("unix", "anything", true),
        ] {
            let rule: PathRule = rule.parse().expect(rule);
            assert_eq!(rule.contains(Path::new(path)), expected, "{rule} {path}");
        }
    }

    #[test]
    fn folders_of_a_rule_are_resolved_and_stars_are_not() {
        for (pattern, resolved) in [
            ("/dev/../dev/null", "/dev/null"),
            ("/dev/../dev/*", "/dev/*"),
            ("/dev/../dev/n*/x", "/dev/n*/x"),
            ("/*", "/*"),
            ("@a*", "@a*"),
        ] {
            assert_eq!(resolve_pattern(pattern), resolved);
        }
    }

    #[test]
    fn relative_paths_are_no_rules() {
        for text in ["", "run/x", "*", "Unix"] {
            assert_eq!(text.parse::<PathRule>(), Err(RuleError::Path), "{text}");
        }
    }

    #[test]
    fn paths_are_resolved_before_they_are_judged() {
        assert_eq!(resolve(Path::new("/dev/../dev/null")), Path::new("/dev/null"));
        assert_eq!(resolve(Path::new("\0name")), Path::new("@name"));
        assert_eq!(resolve(Path::new("@name")), Path::new("@name"));
        assert_eq!(resolve(Path::new("/no/such/../socket")), Path::new("/no/socket"));
    }
}
