//! The program from outside: exit codes, streams, and what is on them. Runs with any privileges, with and without IPv6.

mod support;

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{json, probe, program};

/// A port that accepts connections as long as the listener lives, and how it is written.
fn open_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let target = listener.local_addr().expect("it is bound").to_string();
    (listener, target)
}

/// Nobody listens there: what this machine offers to itself is on 127.0.0.1, and port 1 is nobody's.
fn closed_port() -> String {
    "127.9.9.9:1".to_owned()
}

fn config_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the test's directory can be written");
    path
}

/// The row of `probe doctor` for ICMP over IPv4: the judge of what the ICMP tests may expect.
fn doctor_on_icmp() -> Value {
    let findings = json(&probe(&["doctor", "--format", "json"]).stdout);
    findings["probers"][0].clone()
}

#[test]
fn open_port_succeeds_and_closed_port_fails() {
    let (_listener, open) = open_port();
    let run = probe(&["tcp", &open]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with(&format!("ok   tcp {open}  ")), "{}", run.stdout);

    let closed = closed_port();
    let run = probe(&["tcp", &closed]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert!(run.stdout.starts_with(&format!("FAIL tcp {closed}  ")), "{}", run.stdout);
    assert!(run.stdout.contains("  connect/connect: "), "{}", run.stdout);
}

#[test]
fn one_failure_fails_the_run_and_results_keep_their_order() {
    let (_listener, open) = open_port();
    let closed = closed_port();
    let targets = [closed.as_str(), &open, &closed, &open, &open];
    let run = probe(&[["tcp", "--quiet"].as_slice(), &targets].concat());
    assert_eq!(run.code, Some(1));
    let shown: Vec<&str> = run.stdout.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(shown, targets);

    let lines = probe(&[["tcp", "--format", "jsonl"].as_slice(), &targets].concat());
    let success: Vec<bool> = lines.stdout.lines().map(|line| json(line)["success"] == true).collect();
    assert_eq!(success, [false, true, false, true, true]);
}

#[test]
fn json_is_one_document_with_kernel_figures() {
    let (_listener, open) = open_port();
    let closed = closed_port();
    let run = probe(&["tcp", "--format", "json", "--timeout", "2s", &open, &closed]);
    assert_eq!(run.code, Some(1));
    let document = json(&run.stdout);
    assert_eq!(document["version"], 1);
    assert_eq!(document["reports"][0]["target"], open.as_str());
    assert_eq!(document["reports"][0]["timeout_seconds"], 2);
    assert!(document["reports"][0]["measurements"]["probe_tcp_rtt_seconds"].is_number());
    assert_eq!(document["reports"][1]["reason"], "connect");
}

#[test]
fn prometheus_series_are_told_apart_by_target() {
    let (_listener, open) = open_port();
    let one = probe(&["tcp", "--format", "prometheus", &open]);
    assert_eq!(one.code, Some(0));
    assert!(one.stdout.contains("\nprobe_success 1\n"), "{}", one.stdout);
    let closed = closed_port();
    let two = probe(&["tcp", "--format", "prometheus", &open, &closed]);
    let series = format!("\nprobe_success{{module=\"tcp\",target=\"{closed}\"}} 0\n");
    assert!(two.stdout.contains(&series), "{}", two.stdout);
}

#[test]
fn attempts_are_counted() {
    let run = probe(&["tcp", "--attempts", "3", "--format", "json", &closed_port()]);
    assert_eq!(json(&run.stdout)["reports"][0]["measurements"]["probe_attempts"], 3);
}

#[test]
fn half_open_probes_or_says_why_it_connects() {
    let (_listener, open) = open_port();
    let run = probe(&["tcp", "--half-open", "--format", "json", &open]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let findings = json(&probe(&["doctor", "--format", "json"]).stdout);
    let half_open = &findings["probers"][2];
    assert_eq!((&half_open["prober"], &half_open["family"]), (&"tcp half-open".into(), &"IPv4".into()));
    let report = json(&run.stdout)["reports"][0].clone();
    let used = report["notes"].as_array().expect("notes").iter().find(|note| note["name"] == "socket");
    assert_eq!(used.expect("the socket is noted")["value"], half_open["uses"]);
}

#[test]
fn wrong_arguments_are_usage_errors_that_name_the_remedy() {
    for (arguments, remedy) in [
        (&["icmp"][..], "<HOST>"),
        (&["bogus"], "--help"),
        (&["icmp", "-i", "0", "::1"], "0.001"),
        (&["icmp", "-W", "soon", "::1"], "200ms"),
        (&["icmp", "-c", "x", "::1"], "whole number from 0"),
        (&["icmp", "--max-loss", "3", "::1"], "10%"),
        (&["icmp", "--socket", "packet", "::1"], "auto, datagram, raw"),
        (&["icmp", "localhost:80"], "write localhost"),
        (&["tcp", "localhost"], "HOST:PORT"),
        (&["tcp", "-4", "-6", "localhost:1"], "--ipv6"),
        (&["tcp", "h:1", "--dialogue", "telnet"], "ssh_banner"),
        (&["tcp", "h:1", "--expect", "("], "^OK"),
        (&["tcp", "h:1", "--cert", "a.pem"], "--key"),
        (&["udp", "h:1", "--send", r"\q"], r"\xNN"),
        (&["dns", "ns1"], "--name"),
        (&["dns", "ns1", "--name", "a", "--type", "b"], "AAAA"),
        (&["dns", "ns1", "--name", "a", "--rcode", "bad"], "NXDOMAIN"),
        (&["http", "ftp://h/"], "http://"),
        (&["http", "h", "-H", "a"], "Accept: text/html"),
        (&["http", "h", "--match-json", "nobody.x"], "body.status"),
        (&["http", "h", "--compression", "zip"], "gzip, br"),
        (&["tls", "h", "--starttls", "ldap"], "smtp"),
        (&["tls", "h", "--tls-min", "3"], "1.2"),
        (&["grpc", "h:1", "--metadata", "a"], "x-tenant=blue"),
        (&["ws", "http://h/"], "wss://"),
        (&["unix", ""], "what to probe"),
        (&["completions", "tcsh"], "bash, zsh, fish"),
        (&["man", "bogus"], "icmp, tcp"),
        (&["module", "icmp", "::1"], "--config"),
    ] {
        let run = probe(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains(remedy), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(probe(&[]).code, Some(2));
}

#[test]
fn help_man_and_completions_know_every_verb() {
    let help = probe(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    let man = probe(&["man"]);
    for verb in [
        "icmp",
        "tcp",
        "udp",
        "dns",
        "http",
        "tls",
        "grpc",
        "ws",
        "unix",
        "module",
        "doctor",
        "config",
        "completions",
        "man",
    ] {
        assert!(help.stdout.contains(&format!("\n  {verb} ")), "{verb}");
        assert!(man.stdout.contains(&format!("probe\\-{verb}(1)")), "{verb}");
        let page = probe(&["man", verb]);
        assert_eq!(page.code, Some(0));
        assert!(page.stdout.contains(&format!(".SH NAME\nprobe\\-{verb} ")), "{}", page.stdout);
        for flag in ["-h", "--help"] {
            assert!(probe(&[verb, flag]).stdout.contains("Examples:"), "{verb} {flag}");
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        let run = probe(&["completions", shell]);
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.contains("half-open"), "{shell}");
    }
    assert_eq!(probe(&["--version"]).stdout, format!("probe {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn config_check_lists_every_problem_with_its_place() {
    let text =
        "modules:\n  a:\n    prober: icmp\n    icmp: {ttl: 300}\n  b:\n    prober: tcp\n    timeuot: 5s\n";
    let file = config_file("wrong.yml", text);
    let name = file.to_str().expect("a plain path");
    let run = probe(&["config", "check", name]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let places: Vec<String> = run.stderr.lines().map(|line| line.replace(name, "F")).collect();
    assert_eq!(places.len(), 2, "{}", run.stderr);
    assert!(places[0].starts_with("F:4:12: modules.a.icmp.ttl: "), "{}", run.stderr);
    assert!(places[1].starts_with("F:7:5: modules.b.timeuot: "), "{}", run.stderr);

    let probed = probe(&["module", "a", "::1", "--config", name]);
    assert_eq!((probed.code, probed.stderr), (Some(2), run.stderr));
    let missing = probe(&["config", "check", "/nonexistent/blackbox.yml"]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.starts_with("probe: cannot read /nonexistent/blackbox.yml: "),
        "{}",
        missing.stderr
    );
}

#[test]
fn hopeless_setting_is_an_error_of_the_check_and_a_warning_elsewhere() {
    let text = "modules:\n  big:\n    prober: icmp\n    icmp: {payload_size: 70000}\n";
    let file = config_file("hopeless.yml", text);
    let name = file.to_str().expect("a plain path");
    let check = probe(&["config", "check", name]);
    assert_eq!((check.code, check.stdout.as_str()), (Some(2), ""));
    assert!(check.stderr.contains(":4:12: "), "{}", check.stderr);
    let dump = probe(&["config", "dump", name]);
    assert_eq!((dump.code, dump.stderr), (Some(0), check.stderr));
    assert!(dump.stdout.contains("payload_size: 70000"), "{}", dump.stdout);
    let probed = probe(&["module", "big", "127.0.0.1", "--config", name]);
    assert_eq!(probed.code, Some(1));
    assert!(probed.stdout.contains("  configuration/setup: "), "{}", probed.stdout);
}

#[test]
fn modules_are_probed_by_name() {
    let text = "modules:\n  ports: {prober: tcp, timeout: 3s}\n  web: {prober: http}\n";
    let file = config_file("modules.yml", text);
    let name = file.to_str().expect("a plain path");
    let (_listener, open) = open_port();
    let run = probe(&["module", "ports", &open, "--config", name, "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let report = &json(&run.stdout)["reports"][0];
    assert_eq!((&report["module"], &report["timeout_seconds"]), (&"ports".into(), &3.into()));
    let overridden =
        probe(&["module", "ports", &open, "--config", name, "--format", "json", "--timeout", "1"]);
    assert_eq!(json(&overridden.stdout)["reports"][0]["timeout_seconds"], 1);

    let unknown = probe(&["module", "prots", &open, "--config", name]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert!(unknown.stderr.contains("it has ports, web"), "{}", unknown.stderr);
}

#[test]
fn good_configuration_is_counted() {
    let file = config_file("good.yml", "modules:\n  a: {prober: tcp}\n  b: {prober: icmp}\n");
    let name = file.to_str().expect("a plain path");
    let run = probe(&["config", "check", name]);
    assert_eq!(
        (run.code, run.stdout, run.stderr.as_str()),
        (Some(0), format!("{name}: ok, 2 modules\n"), "")
    );
}

#[test]
fn doctor_has_every_row_in_both_formats() {
    let run = probe(&["doctor", "--format", "json"]);
    let findings = json(&run.stdout);
    assert_eq!(run.code, Some(i32::from(findings["works"] != true)));
    let rows = findings["probers"].as_array().expect("probers");
    let names: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["prober"].as_str().expect("prober"), row["family"].as_str().expect("family")))
        .collect();
    let expected = ["icmp", "tcp half-open", "tcp connect"].map(|name| [(name, "IPv4"), (name, "IPv6")]);
    assert_eq!(names, expected.concat());
    for row in rows {
        assert_eq!(row["works"], row["uses"].is_string());
        let tried = row["rungs"].as_array().expect("rungs");
        assert!(row["absent"].is_string() || !tried.is_empty(), "{row}");
        for rung in tried.iter().filter(|rung| rung["available"] == false) {
            assert!(rung["refusal"]["error"].is_string(), "{row}");
        }
    }
    let text = probe(&["doctor"]);
    assert_eq!(text.code, run.code);
    let mut lines = text.stdout.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("prober ")), "{}", text.stdout);
    for ((name, family), line) in names.into_iter().zip(lines) {
        assert!(line.starts_with(name) && line.contains(family), "{line}");
    }
    for remedy in findings["remedies"].as_array().expect("remedies") {
        assert!(text.stdout.contains(remedy["line"].as_str().expect("a line")), "{remedy}");
    }
}

#[test]
fn ping_answers_or_explains() {
    let run = probe(&["icmp", "-c", "2", "-i", "0.01", "127.0.0.1"]);
    let doctor = doctor_on_icmp();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "icmp 127.0.0.1");
    if doctor["works"] == true {
        assert_eq!((run.code, lines.len()), (Some(0), 4), "{}", run.stdout);
        assert!(lines[1].starts_with("seq   0  ") && lines[2].starts_with("seq   1  "), "{}", run.stdout);
        assert!(lines[3].starts_with("2 sent, 2 received, 0% lost; min "), "{}", run.stdout);
    } else {
        assert_eq!(run.code, Some(1));
        assert!(lines[1].starts_with("FAIL privilege/setup: "), "{}", run.stdout);
        for rung in doctor["rungs"].as_array().expect("rungs") {
            for remedy in rung["refusal"]["remedies"].as_array().expect("remedies") {
                assert!(run.stdout.contains(remedy["line"].as_str().expect("a line")), "{}", run.stdout);
            }
        }
    }
}

#[test]
fn refusals_are_explained_once_for_many_targets() {
    let run = probe(&["icmp", "-c", "1", "127.0.0.1", "127.0.0.2", "127.0.0.3"]);
    if doctor_on_icmp()["works"] == true {
        assert_eq!((run.code, run.stdout.matches("seq   0").count()), (Some(0), 3));
    } else {
        assert_eq!((run.code, run.stdout.matches("raw socket refused").count()), (Some(1), 1));
        assert_eq!(run.stdout.matches("FAIL icmp 127.0.0.").count(), 3, "{}", run.stdout);
    }
}

#[test]
fn watch_writes_a_line_for_each_event_and_then_the_reports() {
    let run =
        probe(&["icmp", "--watch", "-c", "3", "-i", "0.01", "--format", "jsonl", "127.0.0.1", "two..dots"]);
    assert_eq!(run.code, Some(1), "the second host cannot be resolved");
    let lines: Vec<Value> = run.stdout.lines().map(json).collect();
    let (events, reports): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["event"].is_string());
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1]["reason"], "target");
    if doctor_on_icmp()["works"] == true {
        let sequences: Vec<&Value> = events.iter().map(|event| &event["sequence"]).collect();
        assert_eq!(sequences, [0, 1, 2]);
        assert_eq!(reports[0]["measurements"]["probe_icmp_packets_received"], 3);
    } else {
        assert_eq!((events.len(), &reports[0]["reason"]), (0, &"privilege".into()));
    }
}

#[test]
fn interrupt_ends_a_watch_with_its_summary() {
    let mut child = program()
        .args(["icmp", "-c", "0", "-i", "0.01", "127.0.0.1"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut seen = String::new();
    for _ in 0..3 {
        stdout.read_line(&mut seen).expect("text");
    }
    if doctor_on_icmp()["works"] == true {
        let id = child.id();
        assert!(
            Command::new("sh")
                .args(["-c", &format!("kill -INT {id}")])
                .status()
                .expect("kill runs")
                .success()
        );
    }
    stdout.read_to_string(&mut seen).expect("text");
    let code = child.wait().expect("it ends").code();
    if doctor_on_icmp()["works"] == true {
        assert_eq!(code, Some(0), "{seen}");
        assert!(seen.contains(" received, 0% lost; min "), "{seen}");
    } else {
        assert_eq!(code, Some(1), "{seen}");
    }
}

#[test]
fn short_timeout_sends_what_fits_and_says_so() {
    let run = probe(&["icmp", "-c", "10", "-i", "60", "--timeout", "5", "--format", "json", "127.0.0.1"]);
    assert_eq!(run.stderr, "probe: --timeout leaves room for 1 of 10 packets\n");
    if doctor_on_icmp()["works"] == true {
        let notes = json(&run.stdout)["reports"][0]["notes"].clone();
        let packets = notes.as_array().expect("notes").iter().find(|note| note["name"] == "packets");
        assert_eq!(packets.expect("a note")["value"], "1 of 10 packets fit before the deadline");
    }
}

#[test]
fn reader_that_left_changes_no_exit_code() {
    let (_listener, open) = open_port();
    let closed = closed_port();
    for (arguments, code) in [(["tcp", &open], 0), (["tcp", &closed], 1), (["completions", "bash"], 0)] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output =
            program().args(arguments).stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(code), 0), "{arguments:?}");
    }
}

#[test]
fn watch_ends_when_its_reader_leaves() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = program()
        .args(["icmp", "--watch", "-i", "0.01", "127.0.0.1"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("it ends by itself");
    assert_eq!((output.status.code().is_some(), output.stderr.len()), (true, 0));
}

#[test]
fn result_that_cannot_be_written_is_an_error() {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = program().args(["completions", "bash"]).stdout(full).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("probe: cannot write the result: "));
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let (_listener, open) = open_port();
    assert!(!probe(&["tcp", &open]).stdout.contains('\x1b'));
    assert!(probe(&["tcp", "--color", "always", &open]).stdout.starts_with("\x1b[32mok\x1b[0m"));
    assert!(!probe(&["--help"]).stdout.contains('\x1b'));
}
