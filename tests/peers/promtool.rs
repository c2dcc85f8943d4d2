//! promtool finds nothing to say against any of our Prometheus output.

use std::io::Write as _;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::exporter::{Exporter, get};
use super::folder::Folder;
use super::programs::{self, Program};

struct Promtool(Program);

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "promtool",
        || Ok::<_, Problem>(Promtool(Program::find("promtool", "prometheus")?)),
        &[
            ("the series of every verb are well formed", verbs),
            ("textfiles are well formed", textfiles),
            ("the pages of the exporter are well formed", pages),
        ],
    )
}

impl Promtool {
    #[track_caller]
    fn check(&self, what: &str, text: &str) {
        assert!(text.contains("probe_") || text.contains("process_"), "{what} has no series: {text:?}");
        let mut command = self.0.command();
        command
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = command.spawn().expect("it starts");
        running.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
        let output = running.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && said.is_empty(), "{what}: {said}\n{text}");
    }
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(programs::probe()).args(arguments).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn verbs(promtool: &Promtool) {
    for line in [
        "tcp 127.0.0.1:1 127.9.9.9:1",
        "icmp -c 3 -i 0.01 127.0.0.1",
        "http http://127.0.0.1:1/",
        "dns 127.0.0.1:1 --name a.test --timeout 0.2",
        "udp 127.0.0.1:1 --timeout 0.2",
        "unix /nowhere",
        "grpc 127.0.0.1:1",
        "ws ws://127.0.0.1:1/",
        "tls 127.0.0.1:1",
        "sweep 127.0.0.0/29",
    ] {
        let words: Vec<&str> = line.split(' ').chain(["--format", "prometheus"]).collect();
        promtool.check(line, &printed(&words));
    }
}

fn textfiles(promtool: &Promtool) {
    let folder = Folder::new("promtool");
    let list = folder
        .write("checks", "tcp_connect 127.0.0.1:1 site=a\nicmp 127.0.0.1 site=b\n")
        .display()
        .to_string();
    let file = std::env::temp_dir().join(format!("probe-promtool-{}.prom", std::process::id()));
    printed(&["batch", &list, "-q", "--textfile", &file.display().to_string()]);
    let text = std::fs::read_to_string(&file).expect("it was written");
    let _ = std::fs::remove_file(&file);
    promtool.check("textfile", &text);
}

fn pages(promtool: &Promtool) {
    let exporter = Exporter::start("  tcp: {prober: tcp, timeout: 2s}\n  http: {prober: http, timeout: 2s}");
    for page in [
        "/metrics",
        "/probe?module=tcp&target=127.0.0.1:1",
        "/probe?module=http&target=http://127.0.0.1:1/",
        "/batch?module=tcp&target=127.0.0.1:1&target=127.9.9.9:1",
        "/metrics",
    ] {
        let (status, text) = get(exporter.port, page);
        assert_eq!(status, 200, "{page}: {text}");
        promtool.check(page, &text);
    }
}
