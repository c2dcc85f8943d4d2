//! One probe with our command, and what it came to.

use std::fmt;
use std::process::Command;

use serde_json::Value;

use super::folder::Folder;
use super::programs;

/// Longer than any machine takes.
const TIMEOUT: &str = "30";

/// The report of a probe.
pub(crate) struct Report {
    document: Value,
}

/// Probes a target with a module, which is given as in a configuration file.
#[track_caller]
pub(crate) fn probe(module: &str, target: &str) -> Report {
    let folder = Folder::new("module");
    let file = folder.write("blackbox.yml", format!("modules:\n  m: {module}\n"));
    let mut command = Command::new(programs::probe());
    command.args(["module", "m", target, "--format", "json", "--timeout", TIMEOUT, "--config"]).arg(file);
    let output = command.output().expect("`probe` runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}; {said}"));
    Report { document }
}

/// Panics unless a page of series has this line.
#[track_caller]
pub(crate) fn has_line(page: &str, line: &str) {
    assert!(page.lines().any(|found| found == line), "no {line:?} in:\n{page}");
}

impl Report {
    fn report(&self) -> &Value {
        &self.document["reports"][0]
    }

    /// Panics unless the probe succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.report()["success"] == true, "{self}");
        self
    }

    /// Panics unless the probe failed for this reason in this phase.
    #[track_caller]
    pub(crate) fn failed(self, reason: &str, phase: &str) -> Self {
        let report = self.report();
        assert!(report["success"] == false, "{self}");
        assert!(report["reason"] == reason && report["phase"] == phase, "not {reason}, {phase}: {self}");
        self
    }

    /// Panics unless a series without labels has this value.
    #[track_caller]
    pub(crate) fn with(self, name: &str, value: f64) -> Self {
        let found = self.value(name);
        assert!(found.is_some_and(|found| (found - value).abs() < 1e-9), "{name} is not {value}: {self}");
        self
    }

    /// The value of a series without labels.
    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        self.report()["measurements"][name].as_f64()
    }

    /// Panics unless a family has exactly one series, and its label this value.
    #[track_caller]
    pub(crate) fn labelled(self, name: &str, label: &str, value: &str) -> Self {
        let series = self.report()["measurements"][name].as_array().map_or(&[][..], Vec::as_slice);
        let values: Vec<_> = series.iter().map(|series| &series["labels"][label]).collect();
        assert!(matches!(values[..], [found] if found == value), "{name}: {label} is not {value}: {self}");
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.document)
    }
}
