//! Lists of checks, formats for other programs, limits, and textfiles, from outside.

mod support;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{json, probe, program};

fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the test's directory can be written");
    path
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("the folder is ours");
    path.display().to_string()
}

/// Somebody who listens, and a port where nobody does.
fn ports() -> (TcpListener, String, &'static str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let open = listener.local_addr().expect("it is bound").to_string();
    (listener, open, "127.9.9.9:1")
}

#[test]
fn bad_lines_are_named_and_the_others_checked_in_order() {
    let (_listener, open, closed) = ports();
    let folder = folder("batch-lines");
    let list = file(
        &folder,
        "list",
        &format!("tcp_connect {closed} n=1\nnope x\ntcp_connect {open} n=2\ntcp_connect\n"),
    );
    let run = probe(&["batch", &list, "--format", "json"]);
    assert_eq!(run.code, Some(1));
    let reports = json(&run.stdout);
    let found: Vec<_> = reports["reports"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|report| {
            (report["labels"]["n"].as_str().expect("a label").to_owned(), report["success"] == true)
        })
        .collect();
    assert_eq!(found, [("1".to_owned(), false), ("2".to_owned(), true)]);
    assert!(run.stderr.contains(&format!("{list}:2:1: there is no module \"nope\"")), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("{list}:4:1: a target is wanted")), "{}", run.stderr);

    let good = file(&folder, "good", &format!("tcp_connect {open}\n"));
    assert_eq!(probe(&["batch", &good]).code, Some(0));
    let empty = file(&folder, "empty", "# nothing\n");
    assert_eq!(probe(&["batch", &empty]).code, Some(2));
    assert_eq!(probe(&["batch", "/nobody/is/there"]).code, Some(2));
}

#[test]
fn discovery_files_are_lists() {
    let (_listener, open, closed) = ports();
    let text = format!(r#"[{{"targets": ["{open}", "{closed}"], "labels": {{"site": "home"}}}}]"#);
    let list = file(&folder("batch-discovery"), "targets.json", &text);
    let run = probe(&["batch", &list, "--module", "tcp_connect", "--format", "prometheus"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    for (target, value) in [(open.as_str(), 1), (closed, 0)] {
        let series =
            format!("probe_success{{module=\"tcp_connect\",site=\"home\",target=\"{target}\"}} {value}\n");
        assert!(run.stdout.contains(&series), "{}", run.stdout);
    }
}

#[test]
fn plugins_end_with_their_state_and_say_one_line() {
    let (_listener, open, closed) = ports();
    for (args, code, begins) in [
        (&["tcp", open.as_str()][..], 0, "OK - "),
        (&["tcp", closed], 2, "CRITICAL - "),
        (&["tcp", &open, "--warning", "time=@0:1h"], 1, "WARNING - "),
        (&["tcp", &open, "--critical", "time=@0:1h"], 2, "CRITICAL - "),
        (&["tcp", "nonsense"], 3, "UNKNOWN - "),
        (&["tcp", &open, "--bogus"], 3, "UNKNOWN - "),
        (&["batch", "/nobody/is/there"], 3, "UNKNOWN - "),
    ] {
        for format in ["--format=nagios", "--format=nagios3"] {
            let run = probe(&[args, &[format]].concat());
            let begins = match format {
                "--format=nagios3" if code < 3 => format!("[{}]", begins.trim_end_matches(" - ")),
                _ => begins.to_owned(),
            };
            assert_eq!(run.code, Some(code), "{args:?}: {}", run.stdout);
            assert!(run.stdout.starts_with(&begins), "{args:?}: {}", run.stdout);
            assert_eq!(run.stderr, "", "{args:?}");
        }
    }
}

#[test]
fn broken_limits_fail_a_check_in_every_format() {
    let (_listener, open, _) = ports();
    for format in ["text", "json", "csv", "prometheus", "zabbix", "prtg"] {
        let run = probe(&["tcp", &open, "--format", format, "--critical", "time=@0:1h"]);
        assert_eq!(run.code, Some(1), "{format}");
    }
    let run = probe(&["tcp", &open, "--warning", "time=@0:1h"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("time ") && run.stderr.contains("breaks"), "{}", run.stderr);
    assert_eq!(probe(&["tcp", &open, "--warning", "nonsense=1"]).code, Some(2));
}

#[test]
fn a_textfile_holds_what_failed_too_and_is_never_half() {
    let (_listener, open, closed) = ports();
    let folder = folder("textfile");
    let path = folder.join("ports.prom").display().to_string();
    assert_eq!(probe(&["tcp", &open, closed, "--textfile", &path]).code, Some(1));
    let text = fs::read_to_string(&path).expect("it was written");
    for (target, value) in [(open.as_str(), 1), (closed, 0)] {
        let series =
            format!("probe_success{{module=\"tcp\",target=\"{target}\",textfile=\"ports\"}} {value}\n");
        assert!(text.contains(&series), "{text}");
    }
    assert!(text.contains("\nprobe_last_run_timestamp_seconds{textfile=\"ports\"} "), "{text}");
    let refused = probe(&["tcp", &open, "--textfile", &folder.join("ports.txt").display().to_string()]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(fs::read_dir(&folder).expect("ours").count(), 1);
}

/// Kills writers at moments of all kinds while somebody reads. `PROBE_KILLS` makes it longer.
#[test]
fn whoever_reads_a_textfile_sees_a_whole_one_whatever_becomes_of_its_writers() {
    let kills: u64 = std::env::var("PROBE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let (listener, open, _) = ports();
    thread::spawn(move || listener.incoming().for_each(drop));
    let folder = folder("textfile-kills");
    let path = folder.join("a.prom");
    let list = (0..50).map(|number| format!("tcp_connect {open} n={number}")).collect::<Vec<_>>().join("\n");
    let list = file(&folder, "list", &list);
    let args = ["batch", &list, "--quiet", "--textfile", &path.display().to_string()].map(str::to_owned);
    assert_eq!(probe(&args.each_ref().map(String::as_str)).code, Some(0));

    let is_over = Arc::new(AtomicBool::new(false));
    let (over, read) = (is_over.clone(), path.clone());
    let reader = thread::spawn(move || {
        let mut seen = 0_u64;
        while !over.load(Ordering::Relaxed) {
            let text = fs::read_to_string(&read).expect("it is always there");
            assert_eq!(text.matches("\nprobe_success{").count(), 50, "{text}");
            assert!(
                text.contains("\nprobe_last_run_timestamp_seconds{textfile=\"a\"} ") && text.ends_with('\n')
            );
            seen += 1;
        }
        seen
    });
    for number in 0..kills {
        let mut writer = program().args(&args).stdout(Stdio::null()).spawn().expect("it starts");
        // Another moment each time, over the whole of a run.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_micros(number * 7919 % 30_000) {
            thread::yield_now();
        }
        let _ = writer.kill();
        writer.wait().expect("it was started");
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(reader.join().expect("it saw whole files only") > 0);
    assert_eq!(probe(&args.each_ref().map(String::as_str)).code, Some(0));
    let left: Vec<_> =
        fs::read_dir(&folder).expect("ours").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 2, "the list and the textfile, nothing of writers that were killed: {left:?}");
}

#[test]
fn only_what_has_changed_is_shown_and_the_rest_counts() {
    let folder = folder("changes");
    let state = folder.join("state").display().to_string();
    let (listener, open, closed) = ports();
    let list = file(&folder, "list", &format!("tcp_connect {open}\ntcp_connect {closed}\n"));
    let run = || probe(&["batch", &list, "--only-changes", &state]);
    let first = run();
    assert_eq!(first.code, Some(1));
    assert!(first.stdout.starts_with("FAIL ") && !first.stdout.contains(&open), "{}", first.stdout);
    let same = run();
    assert_eq!((same.code, same.stdout.as_str()), (Some(1), ""));
    drop(listener);
    let down = run();
    assert!(down.stdout.contains(&open) && down.stdout.contains("was up since "), "{}", down.stdout);
    assert!(!down.stdout.contains(closed), "{}", down.stdout);
    assert_eq!(probe(&["batch", &list, "--only-changes", &state, "--format", "json"]).code, Some(2));
}

#[test]
fn runs_do_not_overlap() {
    let folder = folder("lock");
    let (listener, open, _) = ports();
    let list = file(&folder, "list", &format!("ssh_banner {open} timeout=20s\n"));
    let quick = file(&folder, "quick", &format!("ssh_banner {open} timeout=10ms\n"));
    let lock = folder.join("lock").display().to_string();
    let mut first =
        program().args(["batch", &list, "--lock", &lock]).stdout(Stdio::null()).spawn().expect("it starts");
    // It takes the lock before it checks anything.
    let _checked = listener.accept().expect("the first checks the port");
    let second = probe(&["batch", &quick, "--lock", &lock]);
    assert_eq!(second.code, Some(5), "{}", second.stderr);
    assert!(second.stderr.contains("another run holds"), "{}", second.stderr);
    first.kill().expect("it runs");
    first.wait().expect("it was started");
    assert_ne!(probe(&["batch", &quick, "--lock", &lock]).code, Some(5));
}
