//! Receivers of remote write, OTLP and lines of `InfluxDB`: what was sent is there, once, whatever becomes of them meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use super::bench::{Problem, trials};
use super::exporter::get;
use super::folder::Folder;
use super::programs::{self, Program};
use super::server::{Launch, Server};
use super::{ports, wait};

/// How long a receiver may take to show what it has taken.
const SHOWN: Duration = Duration::from_secs(30);

pub(crate) fn trials_of() -> Vec<Trial> {
    let mut all = trials(
        "remote write",
        || Store::start(&PROMETHEUS, "prometheus"),
        &[
            ("Prometheus has what was sent", exact),
            ("a check that is gone ends its series", gone),
            ("a version that Prometheus does not know is not a loss", old_receiver),
        ],
    );
    all.extend(trials("remote write", killable, &[("Prometheus is killed and nothing is lost", outage)]));
    all.extend(trials(
        "remote write",
        stoppable,
        &[("VictoriaMetrics is stopped and nothing is lost", outage)],
    ));
    all.extend(trials("influx", victoria, &[("VictoriaMetrics has the lines that were sent", lines)]));
    all.extend(trials(
        "remote write",
        || Store::start(&NEWEST, "newest"),
        &[("version 2.0 brings values and ends to the newest Prometheus", version_2)],
    ));
    all.extend(trials(
        "otlp",
        with_otlp,
        &[("the newest Prometheus has values and ends", otlp_of_prometheus)],
    ));
    all.extend(trials(
        "otlp",
        || Store::start(&NEWEST_VICTORIA, "otlp"),
        &[("the newest VictoriaMetrics has values and ends", otlp)],
    ));
    all
}

/// What is told apart about stores.
struct Kind {
    command: &'static str,
    package: &'static str,
    arguments: fn(&std::path::Path, u16) -> Vec<String>,
    /// Where it takes remote write.
    path: &'static str,
    /// Whether it is the newest, which is fetched by a script of its own.
    is_newest: bool,
    /// How it is brought to its end.
    signal: &'static str,
}

const PROMETHEUS: Kind = Kind {
    command: "prometheus",
    package: "prometheus",
    arguments: |folder, port| {
        vec![
            format!("--config.file={}", folder.join("empty.yml").display()),
            format!("--storage.tsdb.path={}", folder.join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--web.enable-remote-write-receiver".to_owned(),
        ]
    },
    path: "/api/v1/write",
    is_newest: false,
    signal: "KILL",
};

/// It takes version 2.0 and nothing else.
const NEWEST: Kind = Kind {
    arguments: |folder, port| {
        let mut arguments = (PROMETHEUS.arguments)(folder, port);
        let only = "--web.remote-write-receiver.accepted-protobuf-messages=io.prometheus.write.v2.Request";
        arguments.push(only.to_owned());
        arguments
    },
    is_newest: true,
    ..PROMETHEUS
};

const NEWEST_WITH_OTLP: Kind = Kind {
    arguments: |folder, port| {
        let mut arguments = (PROMETHEUS.arguments)(folder, port);
        arguments.push(OTLP_FLAG.to_owned());
        arguments
    },
    is_newest: true,
    ..PROMETHEUS
};

/// Debian builds Prometheus without the receiver that this turns on.
const OTLP_FLAG: &str = "--web.enable-otlp-receiver";

fn with_otlp() -> Result<Store, Problem> {
    let program = NEWEST_WITH_OTLP.program()?;
    let help = program.command().arg("--help").output();
    let help = help.map_err(|error| Problem::Broken(format!("{}: {error}", program.path.display())))?;
    let said = [help.stdout, help.stderr].concat();
    if !String::from_utf8_lossy(&said).contains(OTLP_FLAG.trim_start_matches("--")) {
        return Err(Problem::Absent("this Prometheus was built without its receiver of OTLP".to_owned()));
    }
    Store::start(&NEWEST_WITH_OTLP, "otlp-prometheus")
}

const VICTORIA: Kind = Kind {
    command: "victoria-metrics",
    package: "victoria-metrics",
    arguments: |folder, port| {
        vec![
            format!("-storageDataPath={}", folder.join("data").display()),
            format!("-httpListenAddr=127.0.0.1:{port}"),
            "-dedup.minScrapeInterval=1ms".to_owned(),
            // What came last is shown at once.
            "-search.latencyOffset=1ms".to_owned(),
        ]
    },
    path: "/api/v1/write",
    is_newest: false,
    signal: "TERM",
};

const NEWEST_VICTORIA: Kind = Kind { is_newest: true, ..VICTORIA };

/// A store and the folder of its data, which outlives it.
struct Store {
    kind: &'static Kind,
    port: u16,
    folder: Folder,
    server: std::sync::Mutex<Option<Server>>,
}

fn killable() -> Result<Store, Problem> {
    Store::start(&PROMETHEUS, "killed")
}

fn stoppable() -> Result<Store, Problem> {
    Store::start(&VICTORIA, "stopped")
}

fn victoria() -> Result<Store, Problem> {
    Store::start(&VICTORIA, "lines")
}

impl Kind {
    fn program(&self) -> Result<Program, Problem> {
        if !self.is_newest {
            return Program::find(self.command, self.package);
        }
        let path = programs::newest().join("bin").join(self.command);
        if path.is_file() {
            return Ok(Program { path });
        }
        Err(Problem::Absent(format!("no newest {}: tests/newest could not fetch it", self.package)))
    }
}

impl Store {
    fn start(kind: &'static Kind, name: &str) -> Result<Self, Problem> {
        let folder = Folder::new(name);
        folder.write("empty.yml", "global: {}\n");
        let store = Self { kind, port: ports::free(), folder, server: std::sync::Mutex::default() };
        store.begin()?;
        Ok(store)
    }

    fn begin(&self) -> Result<(), Problem> {
        let program = self.kind.program()?;
        let launch = Launch::new(&program).args((self.kind.arguments)(self.folder.path(), self.port));
        let server = launch.listening(&[self.port], Folder::new("store-log"))?;
        *self.server.lock().expect("nobody panics with it") = Some(server);
        // It listens before it is ready.
        let ready = wait::until(SHOWN, || {
            (get(self.port, "/-/ready").0 == 200 || get(self.port, "/health").0 == 200).then_some(())
        });
        ready.ok_or_else(|| Problem::Broken(format!("{} does not get ready", self.kind.command)))
    }

    /// Sends a signal to the process that listens on our port, and waits for its end.
    fn end(&self) {
        let wanted = format!("127.0.0.1:{}", self.port);
        let processes: Vec<String> = fs::read_dir("/proc")
            .expect("there are processes")
            .flatten()
            .filter(|entry| {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).into_owned();
                line.split('\0').next().is_some_and(|program| program.ends_with(self.kind.command))
                    && line.contains(&wanted)
            })
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(processes.len(), 1, "{} on {wanted}", self.kind.command);
        let signal = format!("-{}", self.kind.signal);
        assert!(
            Command::new("kill").args([&signal, &processes[0]]).status().expect("there is kill").success()
        );
        assert!(wait::until(SHOWN, || (!wait::listens(self.port)).then_some(())).is_some(), "it goes on");
        *self.server.lock().expect("nobody panics with it") = None;
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The values of a series by their times in milliseconds, once there are as many as wanted.
    fn values(&self, selector: &str, wanted: usize) -> Vec<(i64, f64)> {
        let mut values = Vec::new();
        wait::until(SHOWN, || {
            values = self.look(selector);
            (values.len() >= wanted).then_some(())
        });
        values
    }

    fn look(&self, selector: &str) -> Vec<(i64, f64)> {
        if self.kind.command == VICTORIA.command {
            let (_, body) = get(self.port, &format!("/api/v1/export?match[]={}", escaped(selector)));
            return body.lines().flat_map(exported).collect();
        }
        let query = escaped(&format!("{selector}[1h]"));
        let (_, body) = get(self.port, &format!("/api/v1/query?query={query}"));
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        series.iter().flat_map(|series| pairs(&series["values"])).collect()
    }

    /// Whether a series has a value now.
    fn is_present(&self, selector: &str) -> bool {
        let (_, body) = get(self.port, &format!("/api/v1/query?query={}", escaped(selector)));
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        answer["data"]["result"].as_array().is_some_and(|result| !result.is_empty())
    }
}

/// `[[seconds, "value"], …]`.
fn pairs(values: &Value) -> Vec<(i64, f64)> {
    let pair = |pair: &Value| {
        let time = (pair[0].as_f64()? * 1000.0).round() as i64;
        Some((time, pair[1].as_str()?.parse().ok()?))
    };
    values.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// A line of the export of `VictoriaMetrics`.
fn exported(line: &str) -> Vec<(i64, f64)> {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let times = value["timestamps"].as_array().cloned().unwrap_or_default();
    let values = value["values"].as_array().cloned().unwrap_or_default();
    times.iter().zip(&values).filter_map(|(time, value)| Some((time.as_i64()?, value.as_f64()?))).collect()
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// One run of some checks, whose series carry a label.
struct Run {
    output: Output,
    /// When the check of the open port ended, in milliseconds.
    time: i64,
}

fn run(store: &Store, label: &str, targets: &[String], arguments: &[&str]) -> Run {
    let list: Vec<String> = targets.iter().map(|target| format!("tcp_connect {target}")).collect();
    let folder = Folder::new("checks");
    let file = folder.write("checks", list.join("\n")).display().to_string();
    let label = format!("run={label}");
    let output = Command::new(programs::probe())
        .args(["batch", &file, "--format", "json", "--send-label", &label])
        .args(arguments)
        .output()
        .expect("it runs");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let of_store = |report: &&Value| report["target"].as_str().is_some_and(|target| target == open(store));
    let report =
        document["reports"].as_array().expect("reports").iter().find(of_store).expect("our own port");
    let started = report["started"].as_str().expect("a time");
    let elapsed = report["elapsed_seconds"].as_f64().expect("seconds");
    let time = (milliseconds(started) + elapsed * 1000.0).floor() as i64;
    Run { output, time }
}

/// The port that is checked: one that is open while the store is, or shut, as it is all the same to series.
fn open(store: &Store) -> String {
    format!("127.0.0.1:{}", store.port)
}

/// Milliseconds since 1970 of `2026-11-27T00:44:48.167936Z`, as the system's `date` reads it.
fn milliseconds(time: &str) -> f64 {
    let output = Command::new("date").args(["-u", "-d", time, "+%s.%N"]).output().expect("there is date");
    let seconds: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    seconds * 1000.0
}

fn spool(folder: &Folder) -> (PathBuf, String) {
    let spool = folder.file("spool");
    (spool.clone(), spool.display().to_string())
}

#[track_caller]
fn quiet(run: &Run) {
    assert_eq!(String::from_utf8_lossy(&run.output.stderr), "");
}

fn exact(store: &Store) {
    let url = store.url(store.kind.path);
    let closed = format!("127.0.0.1:{}", ports::free());
    let runs: Vec<Run> = (0..5)
        .map(|_| run(store, "exact", &[open(store), closed.clone()], &["--remote-write", &url]))
        .collect();
    runs.iter().for_each(quiet);
    let of =
        |target: &str| format!("probe_success{{run=\"exact\",module=\"tcp_connect\",target=\"{target}\"}}");
    let wanted: Vec<i64> = runs.iter().map(|run| run.time).collect();
    let found = store.values(&of(&open(store)), 5);
    same_times(&found, &wanted);
    assert!(found.iter().all(|(_, value)| *value == 1.0), "{found:?}");
    let found = store.values(&of(&closed), 5);
    assert!(found.len() == 5 && found.iter().all(|(_, value)| *value == 0.0), "{found:?}");
}

/// The same times, each once. A microsecond more or less may be another millisecond.
#[track_caller]
fn same_times(found: &[(i64, f64)], wanted: &[i64]) {
    let times: Vec<i64> = found.iter().map(|(time, _)| *time).collect();
    let distinct: BTreeSet<i64> = times.iter().copied().collect();
    assert_eq!(distinct.len(), times.len(), "{times:?}");
    let mut sorted = times.clone();
    sorted.sort_unstable();
    assert_eq!(sorted.len(), wanted.len(), "{sorted:?} for {wanted:?}");
    assert!(
        sorted.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() <= 1),
        "{sorted:?} for {wanted:?}"
    );
}

fn gone(store: &Store) {
    ends(store, "gone", &["--remote-write", &store.url(store.kind.path)]);
}

/// Two checks, then one of them: the other's series end at once and not after five minutes.
fn ends(store: &Store, label: &str, arguments: &[&str]) {
    let folder = Folder::new("spool");
    let (_, spool) = spool(&folder);
    let arguments = [arguments, &["--spool", &spool]].concat();
    let closed = format!("127.0.0.1:{}", ports::free());
    quiet(&run(store, label, &[open(store), closed.clone()], &arguments));
    let of = |target: &str| format!("probe_success{{run=\"{label}\",target=\"{target}\"}}");
    let shown = |target: &str, wanted: bool| {
        wait::until(SHOWN, || (store.is_present(&of(target)) == wanted).then_some(()))
    };
    assert!(shown(&closed, true).is_some());
    quiet(&run(store, label, &[open(store)], &arguments));
    assert!(shown(&closed, false).is_some(), "it goes on for five minutes");
    assert!(store.is_present(&of(&open(store))));
}

fn old_receiver(store: &Store) {
    let url = store.url(store.kind.path);
    let run = run(store, "old", &[open(store)], &["--remote-write", &url, "--remote-write-version", "2"]);
    quiet(&run);
    same_times(&store.values("probe_success{run=\"old\"}", 1), &[run.time]);
}

/// The store ends in the midst of a stream and comes back: every value is there, once.
fn outage(store: &Store) {
    let folder = Folder::new("spool");
    let (spool, argument) = spool(&folder);
    let url = store.url(store.kind.path);
    let send = || run(store, "outage", &[open(store)], &["--remote-write", &url, "--spool", &argument]);
    let mut times = Vec::new();
    for _ in 0..3 {
        let run = send();
        quiet(&run);
        times.push(run.time);
    }
    store.end();
    for waiting in 1..=2 {
        let run = send();
        let said = String::from_utf8_lossy(&run.output.stderr).into_owned();
        assert!(said.contains("values wait in the spool"), "{said}");
        assert_ne!(run.output.status.code(), Some(4), "nothing is lost: {said}");
        times.push(run.time);
        let batches = fs::read_dir(spool.join("remote-write")).expect("a spool").flatten();
        let batches =
            batches.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "points"));
        assert_eq!(batches.count(), waiting);
    }
    store.begin().expect("it comes back");
    for _ in 0..3 {
        let run = send();
        quiet(&run);
        times.push(run.time);
    }
    let selector = "probe_success{run=\"outage\"}";
    let found = store.values(selector, times.len());
    same_times(&found, &times);
}

fn lines(store: &Store) {
    let url = store.url("/write");
    let run = run(store, "lines", &[open(store)], &["--influx", &url]);
    quiet(&run);
    // It calls the field by the measurement and its own name.
    let found = store.values("probe_success_value{run=\"lines\",module=\"tcp_connect\"}", 1);
    same_times(&found, &[run.time]);
    assert_eq!(found[0].1, 1.0);
}

fn version_2(store: &Store) {
    let url = store.url(store.kind.path);
    let arguments = ["--remote-write", &url, "--remote-write-version", "2"];
    let run = run(store, "second", &[open(store)], &arguments);
    quiet(&run);
    same_times(&store.values("probe_success{run=\"second\"}", 1), &[run.time]);
    ends(store, "second-ends", &arguments);
}

fn otlp(store: &Store) {
    otlp_at(store, "/opentelemetry/v1/metrics");
}

fn otlp_of_prometheus(store: &Store) {
    otlp_at(store, "/api/v1/otlp/v1/metrics");
}

fn otlp_at(store: &Store, path: &str) {
    let url = store.url(path);
    let run = run(store, "otlp", &[open(store)], &["--otlp", &url]);
    quiet(&run);
    let found = store.values("probe_success{run=\"otlp\",module=\"tcp_connect\"}", 1);
    same_times(&found, &[run.time]);
    assert_eq!(found[0].1, 1.0);
    assert_eq!(store.values("probe_duration_seconds{run=\"otlp\"}", 1).len(), 1, "its name is what it was");
    ends(store, "otlp-ends", &["--otlp", &url]);
}
