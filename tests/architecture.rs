//! Keeps the architecture as it is written down: reads the sources as text and refuses what breaks a rule.
//!
//! The tables below are the rules' data. Whoever changes one says why in the same commit, and changes
//! `ARCHITECTURE.md` with it.

#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/metrics.rs"]
mod metrics;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/text.rs"]
mod text;
#[path = "architecture/unsafety.rs"]
mod unsafety;
#[path = "architecture/words.rs"]
mod words;

use std::collections::BTreeSet;

use source::{Offence, read_workspace};

/// Which module of probe-core may import which. `lib.rs` is exempt: it lists them all.
const MAY_IMPORT: &imports::Table = &[
    ("model", &[]),
    ("settings", &["model"]),
    ("wire", &["model"]),
    ("net", &["wire", "settings", "model"]),
    ("sim", &["net", "wire", "model"]),
    ("prober/api", &["net", "wire", "settings", "model"]),
    ("prober/shared", &["prober/api", "net", "wire", "settings", "model"]),
    ("prober/PROTOCOL", &["prober/api", "prober/shared", "net", "wire", "settings", "model"]),
    ("sweep", &["net", "wire", "model"]),
    ("prober/run", &["prober/api", "net", "model"]),
    // The registry, which also re-exports the public face of its folder.
    ("prober/mod", &["prober/PROTOCOL", "prober/api", "prober/shared", "prober/run"]),
    ("config", &["prober/api", "prober/shared", "prober/mod", "net", "settings", "model"]),
    ("render", &["model"]),
    ("sink", &["render", "net", "settings", "model"]),
];

/// Who may open sockets besides `net`.
const MAY_OPEN_SOCKETS: &words::Exceptions = &[
    ("probe-exporter/src/server.rs", "listens for scrapes"),
    ("probe-exporter/src/server/", "listens for scrapes"),
];

/// Who may contact what the operator configured, past a module's policy.
const MAY_USE_THE_OPERATORS_POLICY: &words::Exceptions = &[
    ("probe-core/src/net/name_server.rs", "a module's `resolver` is asked about any name"),
    ("probe-core/src/prober/dns/probe.rs", "a module's `server` is asked about any target"),
    ("probe-core/src/prober/shared/http_client/authorize.rs", "the token server of a module"),
    ("probe-core/src/prober/shared/http_client/client.rs", "the proxy of a module or of the environment"),
    ("probe-core/src/sink/address.rs", "where reports are sent"),
    ("probe-core/src/sink/client.rs", "where reports are sent"),
];

/// Which files of the library may start a runtime.
const MAY_START_A_RUNTIME: &words::Exceptions =
    &[("probe-core/src/net/icmp/own_thread.rs", "the embedder asks for a thread of the engine's own")];

/// Which tests may wait by the clock.
const MAY_SLEEP: &words::Exceptions = &[
    ("tests/compat/servers/pace.rs", "servers that answer late on purpose, against deadlines far longer"),
    ("tests/soak_load.rs", "no test but a load of so many probes a second"),
    ("tests/peers/wait.rs", "other people's servers do not tell when they are ready"),
];

#[test]
fn imports_follow_the_table() {
    let outcome = imports::check(&read_workspace(), MAY_IMPORT);
    assert!(outcome.edges.len() >= 7, "saw only {:?}: does the check still read imports?", outcome.edges);
    assert!(outcome.edges.contains("prober/run -> prober/api"), "{:?}", outcome.edges);
    none(&outcome.offences);
}

#[test]
fn the_table_has_no_cycle() {
    // Takes out, again and again, what imports nothing that is left.
    let mut left: Vec<_> = MAY_IMPORT.iter().collect();
    while !left.is_empty() {
        let names: BTreeSet<&str> = left.iter().map(|(module, _)| *module).collect();
        let before = left.len();
        left.retain(|(_, imports)| imports.iter().any(|import| names.contains(import)));
        assert!(left.len() < before, "these import each other: {names:?}");
    }
}

#[test]
fn files_stay_short() {
    let sources = read_workspace();
    let production = sources.iter().filter(|source| source.is_production()).count();
    assert!(production >= 18, "saw only {production} files: does the check still find the sources?");
    none(&words::long_files(&sources));
}

#[test]
fn unsafe_code_lives_in_one_place_and_says_why() {
    none(&unsafety::check(&read_workspace()));
}

#[test]
fn sockets_are_opened_in_net_alone() {
    none(&words::socket_calls(&read_workspace(), MAY_OPEN_SOCKETS));
}

#[test]
fn policies_are_not_bypassed() {
    none(&words::operator_policies(&read_workspace(), MAY_USE_THE_OPERATORS_POLICY));
}

#[test]
fn metrics_are_named_once_with_unit_and_help() {
    let outcome = metrics::check(&read_workspace());
    assert!(outcome.families >= 4, "saw only {} families: does the check still read them?", outcome.families);
    none(&outcome.offences);
}

#[test]
fn the_library_leaves_the_program_alone() {
    none(&words::forbidden_words(&read_workspace(), MAY_START_A_RUNTIME));
}

#[test]
fn tests_neither_sleep_nor_hide() {
    none(&words::careless_tests(&read_workspace(), MAY_SLEEP));
}

/// Fails with every offence at once.
#[track_caller]
fn none(offences: &[Offence]) {
    let listed: Vec<String> = offences.iter().map(ToString::to_string).collect();
    assert!(listed.is_empty(), "{} offences:\n{}", listed.len(), listed.join("\n"));
}
