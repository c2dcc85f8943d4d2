//! What a policy denies gets no packet, however it is written, wherever a redirect leads and whatever names turn into.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use libtest_mimic::Trial;
use serde_json::Value;

use super::bench::{Missing, trial};
use super::exporter;
use super::network::{Pair, succeed};

const SCRIPT: &str = include_str!("policy.py");
/// Tricks that must reach this host where nothing forbids it.
const TRICKS: usize = 60;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("what a policy denies gets no packet, however it is written", denied_gets_nothing)]
}

/// A file of its own with the script.
struct Script(PathBuf);

impl Script {
    fn write() -> Self {
        let path = std::env::temp_dir().join(format!("probe-policy-{}.py", std::process::id()));
        fs::write(&path, SCRIPT).expect("the folder for temporary files can be written");
        Self(path)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn denied_gets_nothing() -> Result<(), Missing> {
    let program = exporter::program();
    if let Some(reason) = exporter::absent(&program) {
        return Err(Missing(reason));
    }
    if std::process::Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Err(Missing("python3 is not here".into()));
    }
    let (pair, script) = (Pair::new(), Script::write());
    let mut command = pair.far.command();
    command.arg("python3").arg(&script.0).arg("far").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut far = command.spawn().expect("it starts");
    // What this host sends to itself, at the port of its server.
    pair.near.filter("output", "oifname lo tcp dport 8080 counter");

    let open = ask(&pair, &script.0, &program, "open");
    let reached: Vec<&str> =
        open.iter().filter(|(_, success, _)| *success).map(|(trick, _, _)| trick.as_str()).collect();
    assert!(reached.len() >= TRICKS, "only {} of these reach us:\n{open:#?}", reached.len());
    for trick in ["http http://198.18.0.2:8080/to/302/", "tcp rebind-a.test", "http http://rebind-b.test"] {
        assert!(reached.iter().any(|reached| reached.starts_with(trick)), "{trick} must: {open:#?}");
    }
    let before = pair.near.counted("output");
    assert!(before as usize >= reached.len(), "{before} packets for {} probes", reached.len());

    let shut = ask(&pair, &script.0, &program, "shut");
    drop(far.stdin.take());
    far.wait().expect("it was started");
    let after = pair.near.counted("output");
    for (trick, success, reason) in &shut {
        assert!(!success, "{trick} succeeds against the policy");
        if reached.contains(&trick.as_str()) {
            assert_eq!(reason, "policy", "{trick}");
        }
    }
    assert_eq!(after, before, "packets were sent to where the policy forbids it");
    Ok(())
}

/// Every trick, whether its probe succeeded, and the reason if not.
fn ask(pair: &Pair, script: &Path, program: &Path, modules: &str) -> Vec<(String, bool, String)> {
    let mut command = pair.near.command();
    command.arg("python3").arg(script).arg("near").arg(program).arg(modules);
    let text = String::from_utf8(succeed(&mut command).stdout).expect("text");
    let list: Value = serde_json::from_str(text.trim()).expect("JSON");
    let entry = |entry: &Value| {
        let word = |at: usize| entry[at].as_str().unwrap_or_default().to_owned();
        (word(0), entry[1] == true, word(2))
    };
    list.as_array().expect("a list").iter().map(entry).collect()
}
