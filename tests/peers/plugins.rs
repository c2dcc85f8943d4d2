//! monitoring-plugins: ours by the same names come to the same state, exit status and labels.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::folder::Folder;
use super::ports;
use super::programs::{self, Program};
use super::server::{Launch, Server};

struct Plugins {
    folder: PathBuf,
    /// A server of pages.
    pages: SocketAddr,
    /// A server of TLS, whose certificate is good for 29 days and some hours.
    tls: u16,
    closed: u16,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let facts: &[(&str, fn(&Plugins))] = &[
        ("check_tcp is the same", tcp),
        ("check_http is the same", http),
        ("check_http is the same over TLS", https),
        ("check_icmp and check_ping are the same", pings),
        ("what cannot be understood is unknown", misuse),
    ];
    let mut all = trials("plugins", start, facts);
    all.extend(trials("plugins", start_names, &[("check_dns is the same", names)]));
    all
}

/// A page for each path, over and over.
fn serve_pages(listener: &TcpListener) {
    for connection in listener.incoming().flatten() {
        thread::spawn(move || {
            let mut connection = connection;
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|count| count == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head);
            let path = head.split(' ').nth(1).unwrap_or_default();
            let (status, more) = match path {
                "/missing" => ("404 Not Found", ""),
                "/broken" => ("500 Internal Server Error", ""),
                "/forbidden" => ("403 Forbidden", ""),
                "/moved" => ("302 Found", "Location: /\r\n"),
                _ => ("200 OK", ""),
            };
            let body = if head.starts_with("POST") { "posted\n" } else { "hello\nworld\n" };
            let length = body.len();
            let _ = connection.write_all(
                format!("HTTP/1.1 {status}\r\nX-Kind: page\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n{body}")
                    .as_bytes(),
            );
        });
    }
}

fn folder(plugin: &str, package: &str) -> Result<PathBuf, Problem> {
    let program = Program::find(plugin, package)?;
    Ok(program.path.parent().expect("it is in a folder").to_owned())
}

fn start() -> Result<Plugins, Problem> {
    let folder = folder("check_http", "monitoring-plugins-basic")?;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let pages = listener.local_addr().expect("it is bound");
    thread::spawn(move || serve_pages(&listener));
    let openssl = Program::find("openssl", "openssl")?;
    let files = Folder::new("plugins");
    let certificates = Certificates::new(&files)?;
    let tls = ports::free();
    let launch = Launch::new(&openssl)
        .args(["s_server", "-www", "-quiet", "-accept", &format!("127.0.0.1:{tls}"), "-cert"])
        .args([&certificates.server.certificate])
        .args(["-key"])
        .args([&certificates.server.key]);
    let server = launch.listening(&[tls], files)?;
    Ok(Plugins { folder, pages, tls, closed: ports::free(), _server: server })
}

/// What a plugin has come to.
#[derive(Debug, PartialEq)]
struct Outcome {
    code: Option<i32>,
    /// The labels of its performance data.
    labels: BTreeSet<String>,
}

fn outcome(command: &mut Command) -> (Outcome, String) {
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let data = text.rsplit_once('|').map_or("", |(_, data)| data);
    let labels =
        data.split_whitespace().filter_map(|word| Some(word.split_once('=')?.0.to_owned())).collect();
    (Outcome { code: output.status.code(), labels }, text)
}

/// The state that a line names first, for plugins that name one.
fn state(line: &str) -> Option<&'static str> {
    line.split(|letter: char| !letter.is_ascii_uppercase())
        .find_map(|word| ["OK", "WARNING", "CRITICAL", "UNKNOWN"].into_iter().find(|state| *state == word))
}

/// Runs both on a line, and panics unless they agree.
#[track_caller]
fn agree_in(folder: &std::path::Path, line: &[&str]) {
    let mut theirs = Command::new(folder.join(line[0]));
    if folder.starts_with(programs::unpacked()) {
        programs::add_libraries(&mut theirs);
    }
    let (theirs, said) = outcome(theirs.args(&line[1..]));
    let (ours, we_said) = outcome(Command::new(programs::probe()).args(line));
    assert_eq!(ours, theirs, "{line:?}\nthey said {said:?}\nwe said {we_said:?}");
    if let Some(state_of_theirs) = state(said.lines().next().unwrap_or_default()) {
        assert_eq!(state(&we_said), Some(state_of_theirs), "{line:?}: {we_said:?}, not {said:?}");
    }
}

impl Plugins {
    #[track_caller]
    fn agree(&self, line: &[&str]) {
        agree_in(&self.folder, line);
    }
}

fn tcp(plugins: &Plugins) {
    let (open, closed) = (plugins.pages.port().to_string(), plugins.closed.to_string());
    let check = |more: &[&str]| plugins.agree(&[&["check_tcp", "-H", "127.0.0.1"], more].concat());
    const GET: &str = r"GET / HTTP/1.0\r\n\r\n";
    check(&["-p", &open]);
    check(&["-p", &open, "-w", "5", "-c", "9"]);
    check(&["-p", &open, "-w", "0.0000001", "-c", "9"]);
    check(&["-p", &open, "-w", "5", "-c", "0.0000001"]);
    check(&["-p", &closed]);
    check(&["-p", &closed, "-r", "ok"]);
    check(&["-p", &closed, "-r", "warn"]);
    for expected in
        [&["HTTP/1.1 200"][..], &["200 OK"], &["world"], &["nope", "hello"], &["X-Kind", "page", "-A"]]
    {
        let texts =
            expected.iter().flat_map(|text| if *text == "-A" { vec!["-A"] } else { vec!["-e", *text] });
        check(&[&["-p", &open, "-E", "-s", GET][..], &texts.collect::<Vec<_>>()].concat());
    }
    plugins.agree(&["check_tcp", "--hostname=127.0.0.1", "--port", &open, "-4v"]);
    let tls = plugins.tls.to_string();
    check(&["-p", &tls, "-S", "-D", "10,5"]);
    // Theirs tells no time if the certificate is what is wrong.
    for (days, code) in [("60,5", 1), ("90,60", 2)] {
        let line = ["check_tcp", "-H", "127.0.0.1", "-p", &tls, "-S", "-D", days];
        for program in [programs::probe(), plugins.folder.join("check_tcp")] {
            let skipped = usize::from(program.ends_with("check_tcp"));
            assert_eq!(
                outcome(Command::new(&program).args(&line[skipped..])).0.code,
                Some(code),
                "{}",
                program.display()
            );
        }
    }
    // Theirs tells the time of a wrong answer, and ours does not.
    for (state, code) in [(None, 1), (Some("crit"), 2), (Some("ok"), 0)] {
        let mut command = Command::new(programs::probe());
        command.args(["check_tcp", "-H", "127.0.0.1", "-p", &open, "-E", "-s", GET, "-e", "SSH-2"]);
        command.args(state.map(|state| ["-M", state]).into_iter().flatten());
        assert_eq!(outcome(&mut command).0.code, Some(code), "{state:?}");
    }
}

fn http(plugins: &Plugins) {
    let port = plugins.pages.port().to_string();
    let check =
        |more: &[&str]| plugins.agree(&[&["check_http", "-I", "127.0.0.1", "-p", &port], more].concat());
    check(&[]);
    for path in ["/", "/missing", "/broken", "/forbidden", "/moved"] {
        check(&["-u", path]);
    }
    for what in ["ok", "warning", "critical", "follow"] {
        check(&["-u", "/moved", "-f", what]);
    }
    check(&["-H", "localhost", "-s", "hello"]);
    check(&["-s", "absent"]);
    check(&["-r", "w.rld"]);
    check(&["-r", "W.RLD"]);
    check(&["-R", "W.RLD"]);
    check(&["-r", "absent"]);
    check(&["-r", "absent", "--invert-regex"]);
    check(&["-r", "hello", "--invert-regex"]);
    check(&["-r", "hello.world"]);
    check(&["-l", "-r", "hello.world"]);
    check(&["-d", "X-Kind: page", "-e", "200"]);
    check(&["-d", "X-Kind: none"]);
    check(&["-u", "/missing", "-e", "404"]);
    check(&["-e", "HTTP/1.1 200,302"]);
    check(&["-e", "HTTP/1."]);
    check(&["-P", "a=b", "-s", "posted"]);
    check(&["-m", "1"]);
    check(&["-m", "100000"]);
    check(&["-w", "0.0000001", "-c", "9"]);
    check(&["-w", "0.0000001", "-c", "0.0000002"]);
    check(&["-A", "somebody", "-k", "X-Test: 1", "-a", "user:password", "-j", "GET"]);
    plugins.agree(&["check_http", "-I", "127.0.0.1", "-p", &plugins.closed.to_string()]);
}

fn https(plugins: &Plugins) {
    let port = plugins.tls.to_string();
    let check = |more: &[&str]| {
        plugins.agree(&[&["check_http", "-H", "localhost", "-I", "127.0.0.1", "-p", &port], more].concat());
    };
    check(&["-S"]);
    check(&["-S", "--sni", "-s", "s_server"]);
    check(&["--ssl=1.2"]);
    check(&["-S1.2+"]);
    check(&["-C", "10"]);
    check(&["-C", "10,5", "--sni"]);
    check(&["-C", "60,5"]);
    check(&["-C", "90,60"]);
    let ssl = |more: &[&str]| {
        let line = [&["check_ssl_validity", "-H", "127.0.0.1", "-p", &port], more].concat();
        outcome(Command::new(programs::probe()).args(line))
    };
    // The authority is not known to the system.
    assert_eq!(ssl(&[]).0.code, Some(2), "{ssl:?}", ssl = ssl(&[]));
}

fn pings(plugins: &Plugins) {
    plugins.agree(&["check_icmp", "-H", "127.0.0.1"]);
    plugins.agree(&["check_icmp", "-n", "2", "-i", "10", "127.0.0.1", "127.0.0.2"]);
    plugins.agree(&["check_icmp", "-H", "127.0.0.1", "-w", "200,40%", "-c", "500,80%"]);
    plugins.agree(&["check_icmp", "-H", "127.0.0.1", "-n", "1", "-w", "200,0%", "-c", "500,80%"]);
    plugins.agree(&["check_ping", "-H", "127.0.0.1", "-p", "1", "-w", "100,20%", "-c", "500,60%"]);
    plugins.agree(&["check_ping", "-H", "127.0.0.1", "-p", "1", "-w", "0.00001,20%", "-c", "500,60%"]);
    plugins.agree(&[
        "check_ping",
        "-4",
        "-H",
        "127.0.0.1",
        "-p",
        "1",
        "-w",
        "0.00001,20%",
        "-c",
        "0.00001,60%",
    ]);
}

fn misuse(plugins: &Plugins) {
    for line in [
        &["check_tcp", "--bogus"][..],
        &["check_http"],
        &["check_ping", "-H", "127.0.0.1"],
        &["check_icmp"],
        &["check_tcp", "-V"],
        &["check_http", "-h"],
    ] {
        let theirs = Command::new(plugins.folder.join(line[0])).args(&line[1..]).output().expect("it runs");
        let ours = Command::new(programs::probe()).args(line).output().expect("it runs");
        assert_eq!((ours.status.code(), theirs.status.code()), (Some(3), Some(3)), "{line:?}");
        let text = String::from_utf8_lossy(&ours.stdout);
        assert!(!text.is_empty() && ours.stderr.is_empty(), "{line:?}: {ours:?}");
        assert!(line.contains(&"-h") || text.lines().count() == 1, "{line:?}: {text:?}");
    }
}

struct Names {
    folder: PathBuf,
    server: &'static str,
}

/// `check_dns` asks port 53, and a command that has to be there.
fn start_names() -> Result<Names, Problem> {
    const SERVER: &str = "127.0.0.77";
    let folder = folder("check_dns", "monitoring-plugins-standard")?;
    if !PathBuf::from("/usr/bin/nslookup").exists() {
        return Err(Problem::Absent("no `nslookup` where `check_dns` looks for it".to_owned()));
    }
    let socket = UdpSocket::bind((SERVER, 53))
        .map_err(|error| Problem::Absent(format!("port 53 of {SERVER} is not to be had: {error}")))?;
    thread::spawn(move || answer_questions(&socket));
    Ok(Names { folder, server: SERVER })
}

/// Knows `known.test` at 192.0.2.1, and nothing else.
fn answer_questions(socket: &UdpSocket) {
    let mut query = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut query) {
        let Some(question) = query.get(12..length) else { continue };
        let Some(end) = question.iter().position(|byte| *byte == 0) else { continue };
        let Some(question) = question.get(..end + 5) else { continue };
        let is_known = question.starts_with(b"\x05known\x04test\0");
        let is_address = question.ends_with(&[0, 1, 0, 1]);
        let answers = u8::from(is_known && is_address);
        let mut answer = query[..2].to_vec();
        answer.extend([0x85, if is_known { 0x80 } else { 0x83 }, 0, 1, 0, answers, 0, 0, 0, 0]);
        answer.extend_from_slice(question);
        if answers == 1 {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
        }
        let _ = socket.send_to(&answer, from);
    }
}

fn names(names: &Names) {
    let check = |name: &str, more: &[&str]| {
        agree_in(&names.folder, &[&["check_dns", "-s", names.server, "-H", name], more].concat());
    };
    check("known.test", &[]);
    check("known.test", &["-a", "192.0.2.1"]);
    check("known.test", &["-a", "192.0.2.2"]);
    check("known.test", &["-w", "0.0000001", "-c", "9"]);
    check("known.test", &["-w", "5", "-c", "9"]);
    check("unknown.test", &[]);
    check("unknown.test", &["-n"]);
    check("known.test", &["-n"]);
}
