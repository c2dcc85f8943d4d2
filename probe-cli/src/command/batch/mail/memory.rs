//! What was found and what was told, from run to run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::super::super::state_file::{self, seconds, time};

/// All checks, and when the last mail was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    pub(super) mailed: Option<SystemTime>,
    pub(super) checks: BTreeMap<String, Known>,
}

/// What is known of one check.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    /// Since when it is as it is.
    pub(super) since: SystemTime,
    pub(super) last_success: Option<SystemTime>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// Whether those who get the mail know it as down.
    pub(super) is_told_down: bool,
    /// Why it failed last.
    pub(super) reason: String,
    is_new: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            since: UNIX_EPOCH,
            last_success: None,
            failures: 0,
            is_told_down: false,
            reason: String::new(),
            is_new: true,
        }
    }
}

impl Known {
    /// Takes in one more result.
    pub(super) fn note(&mut self, success: bool, started: SystemTime) {
        let was_well = self.failures == 0;
        if self.is_new || was_well != success {
            self.since = started;
        }
        self.is_new = false;
        if success {
            self.failures = 0;
            self.last_success = Some(started);
        } else {
            self.failures = self.failures.saturating_add(1);
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "since": seconds(self.since),
            "last_success": self.last_success.map(seconds),
            "failures": self.failures,
            "told_down": self.is_told_down,
            "reason": self.reason,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            since: time(&value["since"])?,
            last_success: time(&value["last_success"]),
            failures: value["failures"].as_u64()?.try_into().ok()?,
            is_told_down: value["told_down"].as_bool()?,
            reason: value["reason"].as_str()?.to_owned(),
            is_new: false,
        })
    }
}

impl Memory {
    /// What the file remembers; nothing if it is not there yet.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let Some(text) = state_file::read(path)? else { return Ok(Self::default()) };
        Self::parse(&text).ok_or_else(|| {
            format!("{} is no memory of earlier mails; remove it to begin anew", path.display())
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let checks = value["checks"].as_object()?.iter();
        let checks = checks.map(|(key, value)| Some((key.clone(), Known::from_json(value)?)));
        Some(Self { mailed: time(&value["mailed"]), checks: checks.collect::<Option<_>>()? })
    }

    /// Remembers.
    pub(super) fn write(&self, path: &Path) -> Result<(), String> {
        let checks: serde_json::Map<String, Value> =
            self.checks.iter().map(|(key, known)| (key.clone(), known.to_json())).collect();
        state_file::replace(path, &json!({ "mailed": self.mailed.map(seconds), "checks": checks }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_known_since_when_and_how_often() {
        let mut known = Known::default();
        for (time, success, since, failures) in
            [(1, true, 1, 0), (2, true, 1, 0), (3, false, 3, 1), (4, false, 3, 2), (5, true, 5, 0)]
        {
            known.note(success, at(time));
            assert_eq!((known.since, known.failures), (at(since), failures), "at {time}");
        }
        assert_eq!(known.last_success, Some(at(5)));
        let mut never = Known::default();
        never.note(false, at(7));
        assert_eq!((never.since, never.last_success), (at(7), None));
    }

    #[test]
    fn what_is_no_memory_is_refused_and_not_overwritten() {
        assert_eq!(Memory::parse("precious"), None);
        assert_eq!(Memory::parse("{\"checks\": {\"a\": {}}}"), None);
        let mut memory = Memory { mailed: Some(at(9)), ..Memory::default() };
        memory.checks.entry("icmp a".to_owned()).or_default().note(false, at(3));
        let path = std::env::temp_dir().join(format!("probe-mail-{}", std::process::id()));
        memory.write(&path).expect("the folder for temporary files can be written");
        assert_eq!(Memory::read(&path), Ok(memory));
        let _ = fs::remove_file(path);
    }
}
