//! What was found at the last run, so that only news are told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use probe_core::model::{Report, Rfc3339};
use probe_core::render::news;
use serde_json::{Value, json};

use super::super::state_file;

/// What every check found, and since when; kept in a file that is replaced as a whole.
pub(super) struct Changes {
    path: PathBuf,
    before: BTreeMap<String, Found>,
    now: BTreeMap<String, Found>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    success: bool,
    since: SystemTime,
}

impl Changes {
    /// What the file remembers; nothing if it is not there yet.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = state_file::read(path)?.unwrap_or_else(|| "{}".to_owned());
        let before = parse(&text).ok_or_else(|| {
            format!("{} is no memory of an earlier run; remove it to begin anew", path.display())
        })?;
        Ok(Self { path: path.to_owned(), before, now: BTreeMap::new() })
    }

    /// Whether a report is news: it is not as it was, or fails and was never seen. Then how it was, in words.
    pub(super) fn look(&mut self, report: &Report) -> Option<String> {
        let key = key(report);
        let success = report.is_success();
        let before = self.before.get(&key).copied();
        let is_same = before.is_some_and(|before| before.success == success);
        let since = before.filter(|_| is_same).map_or(report.started, |before| before.since);
        self.now.insert(key, Found { success, since });
        match before {
            None if success => None,
            None => Some(String::new()),
            Some(_) if is_same => None,
            Some(before) => {
                let word = if before.success { "up" } else { "down" };
                let length = report.started.duration_since(before.since).unwrap_or_default();
                Some(format!("was {word} since {}, for {}", Rfc3339(before.since), news::length(length)))
            }
        }
    }

    /// Remembers what was found.
    pub(super) fn write(self) -> Result<(), String> {
        let entry = |(key, found): (&String, &Found)| {
            (key.clone(), json!({ "success": found.success, "since": state_file::seconds(found.since) }))
        };
        state_file::replace(&self.path, &Value::Object(self.now.iter().map(entry).collect()))
    }
}

/// What tells one check from the others.
pub(super) fn key(report: &Report) -> String {
    let labels: Vec<String> = report.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{} {}{}", report.module, report.target, labels.concat())
}

fn parse(text: &str) -> Option<BTreeMap<String, Found>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let entry = |(key, value): (&String, &Value)| {
        let since = state_file::time(&value["since"])?;
        Some((key.clone(), Found { success: value["success"].as_bool()?, since }))
    };
    value.as_object()?.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn what_is_no_memory_is_refused_and_not_overwritten() {
        let path = std::env::temp_dir().join(format!("probe-changes-{}", std::process::id()));
        fs::write(&path, "precious").expect("the folder for temporary files can be written");
        assert!(Changes::read(&path).is_err_and(|problem| problem.contains("no memory of an earlier run")));
        fs::write(&path, r#"{"icmp a": {"success": true, "since": 1.5}}"#).expect("ours");
        let changes = Changes::read(&path).expect("a memory");
        let since = UNIX_EPOCH + Duration::from_millis(1500);
        assert_eq!(changes.before["icmp a"], Found { success: true, since });
        let _ = fs::remove_file(&path);
        assert!(Changes::read(&path).expect("nothing yet").before.is_empty());
    }
}
