//! `probe fping` beside fping itself: the same lines to the same streams, and the same codes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use libtest_mimic::Trial;

use super::bench::{Missing, trial};
use super::identity::{Identity, NOBODY};
use super::network::succeed;
use super::sweeps::Bed;

/// Command lines that every fping since 5.1 takes. `.1` and the like live, 198.19.64.1 is dark, and a router says of
/// 198.19.32.1 that it cannot be reached.
const LINES: [&str; 65] = [
    "198.18.0.1 198.19.64.1",
    "-r0 -t100 198.18.0.1 198.19.64.1 198.19.32.1",
    "-a -r0 -t100 198.18.0.1 198.19.64.1",
    "-u -r0 -t100 198.18.0.1 198.19.64.1",
    "-q -r0 -t100 198.18.0.1 198.19.64.1",
    "-a -q 198.18.0.1",
    "-r1 -t100 -e -s 198.18.0.1 198.19.64.1 198.19.32.1",
    "-r 2 -B 1.0 -t 50 -s 198.19.64.1",
    "-c2 -p100 198.18.0.1 198.19.64.1",
    "-c3 -p100 -q -o 198.18.0.1 198.19.64.1",
    "-C2 -p100 198.18.0.1 198.19.64.1",
    "-C3 -p100 -q -t 50 198.19.64.1",
    "-C 5 -q -B1 -r1 -p 100 -i10 198.18.0.1 198.19.64.1",
    "-c7 -p400 -Q1 198.18.0.1 198.19.64.1",
    "-C3 -p400 -Q1 198.18.0.1 198.19.64.1",
    "-x2 -r0 -t100 198.18.0.1 198.19.64.1",
    "-x1 -r0 -t100 198.18.0.1 198.19.64.1",
    "-a -x1 -r0 -t100 198.18.0.1 198.19.64.1",
    "-x3 198.18.0.1",
    "-D -c1 198.18.0.1",
    "-D -r 1 -t 50 198.18.0.1 198.19.64.1",
    "-c1 -q 198.18.0.1 198.18.0.100",
    "-s -c2 -p100 198.18.0.1",
    "-c1 198.18.0.1 198.18.0.1",
    "198.18.0.1 198.18.0.1",
    "-A -c1 -n 198.18.0.1",
    "-A localhost",
    "-n -c1 127.0.0.1",
    "-d -c1 127.0.0.1",
    "-d -n -c1 127.0.0.1",
    "-n -A -c1 127.0.0.1",
    "-d -A -c1 localhost",
    "-4 -c1 ::1",
    "-6 -c1 fd00::2",
    "-g 198.18.0.1/30 -r0 -t200",
    "-g 198.18.0.4/31 -r0 -t200",
    "-g 198.18.0.1/32 -r0 -t200",
    "-g 198.18.0.4 198.18.0.6 -a",
    "-g 198.18.0.9 198.18.0.1",
    "-g 198.18.0.1",
    "-g 198.18.0.1/40",
    "-f /dev/null",
    "-f /nowhere/to/be/found",
    "",
    "-l -c 2 198.18.0.1",
    "-a -u 198.18.0.1",
    "-a -u -l -c 2 198.18.0.1",
    "-H 1 -c1 198.18.0.1",
    "-H 0 198.18.0.1",
    "-a -e 198.18.0.1",
    "-a -q -e 198.18.0.1 198.18.0.2",
    "-S ::1 -c1 198.18.0.1",
    "-b 5 -c1 198.18.0.1",
    "-b 0 -c1 198.18.0.1",
    "-M -b 2000 198.18.0.1",
    "-M -b 2000 -c1 198.18.0.1",
    "-O 0x10 -R -T5 -c1 198.18.0.1",
    "198.20.0.1",
    "-c2 -p100 198.20.0.1",
    "--count=1 --quiet 198.18.0.1",
    // As LibreNMS, Zabbix and check_fping ask.
    "-e -q -c 3 -p 100 -t 100 198.18.0.1",
    "-C 3 -i0 -p100 -b 68 -t 100 198.18.0.1 198.19.64.1",
    "-b 56 -c 1 198.18.0.1",
    "-Z",
    "-c",
];

/// Those that came later.
const NEWER: [&str; 27] = [
    "-c2 -p100 -J 198.18.0.1 198.19.64.1",
    "-C2 -p100 -J -q -s 198.18.0.1 198.19.64.1",
    "-C2 -p100 -J 198.18.0.1 198.19.64.1",
    "-c7 -p400 -Q1 -J 198.18.0.1 198.19.64.1",
    "-c7 -p400 -Q1,cumulative -o 198.18.0.1 198.19.64.1",
    "-c1 -o -J -p100 198.19.64.1",
    "-D -J -c1 198.18.0.1",
    "-D --timestamp-format=iso -c1 198.18.0.1",
    "-D --timestamp-format=ctime -c1 198.18.0.1",
    "-D --timestamp-format=rfc3339 -J -c1 198.18.0.1",
    "-X1 -r0 -t100 198.18.0.1 198.19.64.1",
    "-X2 -a 198.18.0.1 198.18.0.2 198.18.0.3",
    "--print-ttl -c1 198.18.0.1",
    "--print-ttl -c1 -J 198.18.0.1",
    "--print-ttl 198.18.0.1",
    "--print-ttl -e 198.18.0.1",
    "--print-ttl -a -e 198.18.0.1",
    "--print-tos 198.18.0.1",
    "--print-tos -c1 198.18.0.1",
    "--print-tos --print-ttl -O 0x20 -c1 198.18.0.1",
    "--print-tos --print-ttl -O 32 -J -c1 198.18.0.1",
    "--print-tos -O 32 -c1 fd00:1::4",
    "-g 198.18.0.0/8",
    "-g fd00:1::4/127",
    "-J 198.18.0.1",
    "-H 300 198.18.0.1",
    "-c 1 -b 70000 198.18.0.1",
];

/// What is refused in words of our own, since theirs are those of the system calls they make.
const REFUSED: [&str; 3] =
    ["-I nope -c1 198.18.0.1", "-S 198.18.9.9 -c1 198.18.0.1", "-S 198.18.9.9 198.18.0.1"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("fping: what fping does, we do", || same(&LINES, (5, 1), |_| {})),
        trial("fping: what only the newest fping does, we do", || same(&NEWER, (5, 5), |_| {})),
        trial("fping: what fping refuses, we refuse", || {
            same(&REFUSED, (5, 1), |seen| seen.said = vec![format!("something: {}", !seen.said.is_empty())])
        }),
        trial("fping: signals ask how it goes, and end it", signals),
        trial("fping: more pings than there are numbers", crowd),
        trial("fping: everybody pings through the socket that he may have", identities),
        trial("fping: who may have none is told why", nothing),
        trial("fping: targets come from the standard input too", standard_input),
    ]
}

/// The fping to be compared with: the newest that `tests/newest` has fetched, or the system's where that will do.
fn theirs(at_least: (u32, u32)) -> Result<PathBuf, Missing> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let newest = target.join("newest/bin/fping");
    let is_wanted = at_least > (5, 1) && newest.is_file();
    let program = if is_wanted { newest } else { PathBuf::from("fping") };
    let output =
        Command::new(&program).arg("-v").output().map_err(|_| Missing("no `fping` on this host".into()))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = said.split("Version ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let mut numbers = version.unwrap_or_default().split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Err(Missing(format!("`fping -v` says {said:?}")));
    };
    if (major, minor) < at_least {
        return Err(Missing(format!("the fping of this host is {major}.{minor}")));
    }
    Ok(program)
}

/// A bed, and our program in it by the name of theirs.
struct Scene {
    bed: Bed,
    ours: PathBuf,
}

impl Scene {
    fn new() -> Result<Self, Missing> {
        let bed = Bed::new()?;
        // The kernel's own "unreachable" is told five times and then once a second; a rule is not held back.
        bed.far.sh("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
             echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
             echo 0 > /proc/sys/net/ipv4/conf/v0/send_redirects
             ip route del unreachable 198.19.32.0/19
             ip route add 198.19.32.0/19 via 198.19.255.254");
        bed.far.filter("forward", "ip daddr 198.19.32.0/19 reject with icmp type host-unreachable");
        bed.near.sh("ip link set lo up");
        let folder = bed.program.path().with_extension("fping");
        std::fs::create_dir(&folder).expect("a folder of our own");
        let ours = folder.join("fping");
        symlink(bed.program.path(), &ours).expect("room for a link");
        Ok(Self { bed, ours })
    }

    fn start(&self, program: &Path, line: &str) -> std::process::Child {
        let mut command = self.bed.near.command();
        command.arg(program).args(line.split_whitespace()).env("TZ", "UTC").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.bed.program.path().with_extension("fping"));
    }
}

/// Both do the same, but for what `forgive` makes alike.
fn same(lines: &[&str], at_least: (u32, u32), forgive: impl Fn(&mut Seen)) -> Result<(), Missing> {
    let theirs = theirs(at_least)?;
    let scene = Scene::new()?;
    let mut wrong = Vec::new();
    for line in lines {
        let both = [&theirs, &scene.ours].map(|program| scene.start(program, line));
        let [expected, found] = both.map(|child| {
            let mut seen = seen(&child.wait_with_output().expect("it ends"), line);
            forgive(&mut seen);
            seen
        });
        if expected != found {
            wrong.push(format!("{line}\n  theirs {expected:#?}\n  ours {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

/// What a program did, without its times.
#[derive(Debug, PartialEq)]
struct Seen {
    code: Option<i32>,
    result: Vec<String>,
    said: Vec<String>,
}

fn seen(output: &Output, line: &str) -> Seen {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines: Vec<&str> = text.lines().collect();
        // What the options are is told in words of one's own.
        if let Some(usage) = lines.iter().position(|line| line.starts_with("Usage: ")) {
            lines.truncate(usage + 1);
            lines[usage] = "Usage";
        }
        // In an interval more or fewer pings may have ended when it is told. What both targets come to in the end is last.
        let interim = if line.contains("-Q") { lines.len().saturating_sub(2) } else { 0 };
        lines.iter().enumerate().map(|(at, line)| masked(without_path(line), at < interim)).collect()
    };
    let mut result = lines(&output.stdout);
    // Which target's line comes first may be a matter of microseconds; a target's own lines keep their order.
    result.sort_by_key(|line| line.split(" :").next().map(str::to_owned));
    Seen { code: output.status.code(), result, said: lines(&output.stderr) }
}

/// A program names itself by its path.
fn without_path(line: &str) -> &str {
    match line.split_once("fping: ") {
        Some((path, _)) if path.starts_with('/') => &line[path.len()..],
        _ => line,
    }
}

/// A line without its times: a number with a point, one of ten digits, a time of day. All numbers if they vary.
fn masked(line: &str, all: bool) -> String {
    if line.len() == 10 && line.starts_with('[') && line.matches(':').count() == 2 {
        return "[HH:MM:SS]".to_owned();
    }
    let (has_date, mut text, mut number) = (line.contains("202"), String::new(), String::new());
    for letter in line.chars().chain(['\n']) {
        if letter.is_ascii_digit()
            || (letter == '.' && !number.is_empty())
            || (has_date && letter == ':' && !number.is_empty())
        {
            number.push(letter);
            continue;
        }
        let is_address = number.matches('.').count() == 3;
        let is_time =
            number.matches('.').count() == 1 || number.contains(':') || (!is_address && number.len() >= 10);
        text.push_str(if is_time || (all && !is_address && !number.is_empty()) { "N" } else { &number });
        number.clear();
        text.push(letter);
    }
    text.trim_end_matches('\n').to_owned()
}

fn signals() -> Result<(), Missing> {
    let scene = Scene::new()?;
    let mut running = scene.start(&scene.ours, "-l -p 50 198.18.0.1 198.19.64.1");
    let mut lines = BufReader::new(running.stdout.take().expect("it is piped")).lines();
    let mut said = BufReader::new(running.stderr.take().expect("it is piped"));
    // `ip netns exec` becomes the program.
    let signal =
        |name: &str| succeed(Command::new("kill").args([&format!("-{name}"), &running.id().to_string()]));
    assert!(
        lines.any(|line| line.expect("text").contains("198.19.64.1 : [1], timed out (NaN avg, 100% loss)"))
    );
    signal("QUIT");
    let mut told = Vec::new();
    while told.len() < 4 {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it ended: {told:?}");
        told.push(masked(line.trim_end(), true));
    }
    assert_eq!(told[..2], ["", "[HH:MM:SS]"]);
    assert!(told[2].starts_with("198.18.0.1  : xmt/rcv/%loss = N/N/N%, min/avg/max = "), "{told:?}");
    assert_eq!(told[3], "198.19.64.1 : xmt/rcv/%loss = N/N/N%");
    signal("INT");
    let reader = thread::spawn(move || lines.count());
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("text");
    reader.join().expect("it only reads");
    assert!(rest.starts_with("\n198.18.0.1  : xmt/rcv/%loss = "), "{rest:?}");
    assert_eq!(running.wait().expect("it ends").code(), Some(1));
    Ok(())
}

/// Seventy thousand pings within few seconds: sequence numbers have sixteen bits.
fn crowd() -> Result<(), Missing> {
    let scene = Scene::new()?;
    let line = "-q -c 70 -p 1 -i 0 -t 5000 -g 198.18.0.0/22";
    let output = scene.start(&scene.ours, line).wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("xmt/rcv/%loss = 70/70/0%")).count(), 1022, "{said}");
    Ok(())
}

fn identities() -> Result<(), Missing> {
    let bed = Bed::new()?;
    let run = |identity| {
        let mut command = bed.program.command(&bed.near, identity);
        command.args(["fping", "198.18.0.1", "fd00::2"]).output().expect("it runs")
    };
    let expect = |identity| {
        let output = run(identity);
        assert_eq!(output.stdout, b"198.18.0.1 is alive\nfd00::2 is alive\n", "{identity:?}: {output:?}");
        assert_eq!(output.status.code(), Some(0));
    };
    expect(Identity::Root);
    expect(Identity::Nobody);
    bed.near.sh("echo 1 0 > /proc/sys/net/ipv4/ping_group_range");
    bed.program.set_capability()?;
    expect(Identity::NobodyWithFileCapability);
    Ok(())
}

fn nothing() -> Result<(), Missing> {
    let bed = Bed::new()?;
    bed.near.sh("echo 1 0 > /proc/sys/net/ipv4/ping_group_range");
    let mut command = bed.program.command(&bed.near, Identity::Nobody);
    let output = command.args(["fping", "-a", "198.18.0.1"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(4), b"".as_slice()), "{said}");
    assert!(said.contains("ping_group_range"), "user {NOBODY} is not told what would help: {said}");
    Ok(())
}

fn standard_input() -> Result<(), Missing> {
    let scene = Scene::new()?;
    let targets = scene.ours.with_file_name("targets");
    std::fs::write(&targets, "# a list\n198.18.0.1 gateway\n\n  198.18.0.2\n").expect("room for a file");
    let run = |arguments: &[&str]| {
        let mut command = scene.bed.near.command();
        command.arg(&scene.ours).args(arguments);
        command.stdin(std::fs::File::open(&targets).expect("it was written"));
        String::from_utf8_lossy(&command.output().expect("it runs").stdout).into_owned()
    };
    let both = "198.18.0.1\n198.18.0.2\n";
    assert_eq!(run(&["-a"]), both);
    assert_eq!(run(&["-a", "-f", "-"]), both);
    assert_eq!(run(&["-a", "-f", &targets.to_string_lossy()]), both);
    Ok(())
}
