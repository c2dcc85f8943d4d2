//! Sweeps of a network in which some hosts live, some are dark and some are unreachable.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use libtest_mimic::Trial;
use serde_json::Value;

use super::bench::{Missing, trial};
use super::exporter;
use super::identity::{Identity, Program, Running};
use super::network::{Namespace, link};

/// All of it answers.
const ALIVE: &str = "198.18.0.0/20";
const ALIVE_COUNT: usize = 4096;
/// Nothing of it does.
const DARK: &str = "198.19.64.0/24";
const DARK_COUNT: u64 = 256;
/// The router says so.
const UNREACHABLE: &str = "198.19.32.0/30";
const ALIVE_V6: &str = "fd00:1::/120";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for socket in ["packet", "datagram", "raw"] {
        trials.push(trial(
            format!("sweep: the living, the dead and the unreachable are found ({socket})"),
            move || census(socket),
        ));
        trials.push(trial(format!("sweep: who is lost on the way is asked again ({socket})"), move || {
            lossy(socket)
        }));
    }
    for socket in ["packet", "raw", "connect"] {
        trials.push(trial(format!("sweep: ports are open or closed ({socket})"), move || ports(socket)));
    }
    for socket in ["datagram", "raw"] {
        trials.push(trial(format!("sweep: IPv6 ({socket})"), move || version_6(socket)));
    }
    trials.push(trial("sweep: a closed port is told over UDP", closed_over_udp));
    trials.push(trial("sweep: parts and engines share the targets", parts));
    trials.push(trial("sweep: one that was stopped goes on", stopped));
    trials.push(trial("sweep: everybody sweeps through the socket that he may have", identities));
    trials.push(trial("sweep: who may have none is told why", nothing));
    trials
}

/// A prober behind a gateway; what the gateway says of the rest is above.
pub(crate) struct Bed {
    pub(crate) near: Namespace,
    pub(crate) far: Namespace,
    pub(crate) program: Program,
}

impl Bed {
    pub(crate) fn new() -> Result<Self, Missing> {
        let path = exporter::ours("PROBE_BIN", "probe");
        if let Some(reason) = exporter::absent(&path) {
            return Err(Missing(reason));
        }
        let (near, far) = (Namespace::new(), Namespace::new());
        link(&near, "v0", &far, "v0");
        near.open_ping_sockets();
        near.sh("ip address add 198.19.255.254/30 dev v0
             ip address add fd00::1/64 dev v0 nodad
             ip route add 198.18.0.0/15 via 198.19.255.253
             ip -6 route add fd00:1::/64 via fd00::2");
        far.sh("ip address add 198.19.255.253/30 dev v0
             ip address add fd00::2/64 dev v0 nodad
             echo 1 > /proc/sys/net/ipv4/ip_forward
             ip route add local 198.18.0.0/16 dev lo table main
             ip -6 route add local fd00:1::/64 dev lo table main
             ip route add blackhole 198.19.64.0/18
             ip route add unreachable 198.19.32.0/19");
        near.await_ipv6("fd00::2");
        far.await_ipv6("fd00::1");
        // Packet sockets need to know where the gateway is.
        let gateway = far.sh("cat /sys/class/net/v0/address");
        near.sh(&format!("ip neigh replace 198.19.255.253 lladdr {} dev v0 nud permanent", gateway.trim()));
        Ok(Self { near, far, program: Program::copy_of(&path) })
    }

    fn run(&self, identity: Identity, arguments: &[&str]) -> Output {
        let mut command = self.program.command(&self.near, identity);
        command.arg("sweep").args(arguments).output().expect("it runs")
    }

    fn sweep(&self, arguments: &[&str]) -> Found {
        let output = self.run(Identity::Root, &[arguments, &["--format", "jsonl", "--all"]].concat());
        Found::read(&output)
    }
}

/// What a sweep has told.
#[derive(Debug)]
struct Found {
    lines: Vec<Value>,
    summary: Value,
    said: String,
    code: Option<i32>,
}

impl Found {
    fn read(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let summary = lines.pop().unwrap_or_else(|| panic!("nothing was found: {said}"))["summary"].take();
        Self { lines, summary, said, code: output.status.code() }
    }

    #[track_caller]
    fn counts(&self, expected: &[(&str, u64)]) {
        for (name, number) in expected {
            assert_eq!(self.summary[*name], *number, "{name}: {:#}\n{}", self.summary, self.said);
        }
        assert_eq!(self.summary["complete"], true, "{:#}\n{}", self.summary, self.said);
    }

    fn in_state(&self, state: &str) -> BTreeSet<String> {
        let of_state = self.lines.iter().filter(|line| line["state"] == state);
        of_state.map(|line| format!("{} {}", line["address"], line["port"])).collect()
    }
}

fn census(socket: &'static str) -> Result<(), Missing> {
    let bed = Bed::new()?;
    let found = bed.sweep(&[ALIVE, DARK, UNREACHABLE, "--socket", socket]);
    let alive = ALIVE_COUNT as u64;
    found.counts(&[
        ("targets", alive + DARK_COUNT + 4),
        ("open", alive),
        ("unreachable", 4),
        ("silent", DARK_COUNT),
        ("packets_sent", alive + 4 + 2 * DARK_COUNT),
        ("packets_retried", DARK_COUNT),
        ("answers_duplicate", 0),
        ("answers_foreign", 0),
    ]);
    assert!(found.said.contains(&format!("through {socket} sockets")), "{}", found.said);
    assert_eq!((found.in_state("open").len(), found.code), (ALIVE_COUNT, Some(0)));
    for line in &found.lines {
        let rtt = line["rtt_seconds"].as_f64();
        assert!(line["state"] != "open" || rtt.is_some_and(|rtt| rtt < 5.0), "{line}");
        assert!(line["state"] == "open" || line["from"] == "198.19.255.253", "{line}");
    }
    Ok(())
}

fn lossy(socket: &'static str) -> Result<(), Missing> {
    let bed = Bed::new()?;
    bed.far.filter("input", "ip protocol icmp numgen inc mod 7 0 counter drop");
    let found = bed.sweep(&[ALIVE, "--socket", socket, "--retries", "20", "--wait", "0.2"]);
    found.counts(&[("open", ALIVE_COUNT as u64), ("silent", 0)]);
    assert!(bed.far.counted("input") > 500, "nothing was lost");
    assert_eq!(found.summary["packets_retried"], bed.far.counted("input"));
    Ok(())
}

fn ports(socket: &'static str) -> Result<(), Missing> {
    let bed = Bed::new()?;
    let _listener = Running::ready(&bed.far, &["listen", "198.18.0.5:7"]);
    let found = bed.sweep(&["198.18.0.0/26", "--port", "7-8", "--socket", socket]);
    found.counts(&[("targets", 128), ("open", 1), ("closed", 127), ("silent", 0), ("packets_sent", 128)]);
    assert_eq!(found.in_state("open"), BTreeSet::from(["\"198.18.0.5\" 7".to_owned()]));
    assert!(found.said.contains(&format!("through {socket} sockets")), "{}", found.said);
    if socket != "connect" {
        // What the gateway says about a SYN, five times in a row at most, and what it says nothing about.
        let found = bed.sweep(&["198.19.32.0/31", "198.19.64.0/31", "--port", "7-8", "--socket", socket]);
        found.counts(&[("unreachable", 4), ("silent", 4), ("packets_sent", 12), ("packets_retried", 4)]);
        for line in &found.lines {
            assert_eq!((&line["from"], &line["state"]), (&"198.19.255.253".into(), &"unreachable".into()));
        }
    }
    Ok(())
}

fn version_6(socket: &'static str) -> Result<(), Missing> {
    let bed = Bed::new()?;
    let found = bed.sweep(&[ALIVE_V6, "198.18.0.0/30", "--socket", socket]);
    found.counts(&[("targets", 260), ("open", 260), ("packets_sent", 260)]);
    bed.far.sh("ip address add fd00:1::5/128 dev lo nodad");
    let _listener = Running::ready(&bed.far, &["listen", "[fd00:1::5]:7"]);
    if socket == "raw" {
        let found = bed.sweep(&[ALIVE_V6, "--port", "7"]);
        found.counts(&[("open", 1), ("closed", 255)]);
    }
    Ok(())
}

fn closed_over_udp() -> Result<(), Missing> {
    let bed = Bed::new()?;
    let payload = std::env::temp_dir().join(format!("probe-payload-{}", std::process::id()));
    std::fs::write(&payload, "hello").expect("room for a file");
    let found = bed.sweep(&["198.18.0.0/28", "--udp", &payload.to_string_lossy(), "--port", "9,10"]);
    let _ = std::fs::remove_file(&payload);
    found.counts(&[("targets", 32), ("closed", 32), ("silent", 0)]);
    assert_eq!(found.code, Some(1), "nothing is open");
    Ok(())
}

fn parts() -> Result<(), Missing> {
    let bed = Bed::new()?;
    let mut all = BTreeSet::new();
    for part in ["1/3", "2/3", "3/3"] {
        let found = bed.sweep(&[ALIVE, "--seed", "5", "--shard", part, "--threads", "2"]);
        let open = found.in_state("open");
        assert!(open.is_disjoint(&all), "{part} has targets of another part");
        assert!(open.len().abs_diff(ALIVE_COUNT / 3) <= 1, "{}", open.len());
        all.extend(open);
    }
    assert_eq!(all.len(), ALIVE_COUNT);
    Ok(())
}

fn stopped() -> Result<(), Missing> {
    let bed = Bed::new()?;
    let state = std::env::temp_dir().join(format!("probe-sweep-resume-{}", std::process::id()));
    let state_text = state.to_string_lossy().into_owned();
    let arguments = [ALIVE, "--resume", &state_text, "--threads", "2"];
    let mut command = bed.program.command(&bed.near, Identity::Root);
    command.arg("sweep").args(arguments).args(["--rate", "2k", "--quiet"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines =
        BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
    let mut first: Vec<String> = lines.by_ref().take(100).collect();
    // `timeout` passes it on.
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    first.extend(lines);
    let _ = child.wait();
    assert!((100..ALIVE_COUNT).contains(&first.len()), "{} lines", first.len());
    assert!(state.exists(), "what was known is kept");
    let rest =
        Found::read(&bed.run(
            Identity::Root,
            &[&arguments[..], &["--format", "jsonl", "--all", "--rate", "max"]].concat(),
        ));
    let mut all: Vec<String> =
        rest.lines.iter().filter_map(|line| Some(line["address"].as_str()?.to_owned())).collect();
    all.extend(first);
    assert_eq!(all.len(), ALIVE_COUNT, "everybody is told of once: {:#}", rest.summary);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), ALIVE_COUNT);
    rest.counts(&[("targets", ALIVE_COUNT as u64), ("open", ALIVE_COUNT as u64)]);
    assert!(!state.exists(), "a sweep that is over leaves nothing");
    Ok(())
}

fn identities() -> Result<(), Missing> {
    let bed = Bed::new()?;
    let through = |identity, more: &[&str]| {
        let output = bed.run(identity, &[&["198.18.0.0/28"], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 16, "{said}");
        said
    };
    assert!(through(Identity::Root, &[]).contains("through packet sockets"));
    let said = through(Identity::Nobody, &[]);
    assert!(said.contains("through datagram sockets") && said.contains("CAP_NET_RAW"), "{said}");
    Program::copy().give_capability(&bed.near)?;
    bed.program.set_capability()?;
    let said = through(Identity::NobodyWithFileCapability, &[]);
    assert!(said.contains("through packet sockets"), "{said}");
    Ok(())
}

fn nothing() -> Result<(), Missing> {
    let bed = Bed::new()?;
    bed.near.sh("echo 1 0 > /proc/sys/net/ipv4/ping_group_range");
    let output = bed.run(Identity::Nobody, &["198.18.0.0/28"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    for words in [
        "packet socket refused",
        "datagram socket refused",
        "raw socket refused",
        "ping_group_range",
        "setcap",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    // Ports need no privilege.
    let found = bed.run(Identity::Nobody, &["198.18.0.0/28", "--port", "9", "--format", "jsonl", "--all"]);
    let found = Found::read(&found);
    found.counts(&[("closed", 16)]);
    assert!(found.said.contains("through connect sockets"), "{}", found.said);
    Ok(())
}
