//! Our exporter, running, and what it serves.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The exporter until it is dropped.
pub(crate) struct Exporter {
    pub(crate) port: u16,
    pub(crate) child: Child,
}

impl Exporter {
    /// Runs it with modules as in a configuration file, names and all.
    pub(crate) fn start(modules: &str) -> Self {
        Self::start_with(modules, &[])
    }

    /// The same with further arguments.
    pub(crate) fn start_with(modules: &str, arguments: &[String]) -> Self {
        let file = Configuration::new(modules);
        let mut child = Command::new(program())
            .arg("--config.file")
            .arg(&file.0)
            .arg("--web.listen-address=127.0.0.1:0")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the exporter starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let port = listening(&mut log);
        // What it says further is of no interest, and must go somewhere.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let mut exporter = Self { port: 0, child };
        exporter.port =
            port.unwrap_or_else(|said| panic!("the exporter does not listen:\n{said}\n{modules}"));
        exporter
    }

    /// The series of one probe. Characters of the target that mean something in a URL must be encoded.
    #[track_caller]
    pub(crate) fn probe(&self, module: &str, target: &str) -> String {
        let (status, page) = get(self.port, &format!("/probe?module={module}&target={target}"));
        assert_eq!(status, 200, "{page}");
        page
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the program is: as told, or beside this test's folder.
pub(crate) fn program() -> PathBuf {
    ours("PROBE_EXPORTER_BIN", "probe-exporter")
}

/// Where one of our programs is.
pub(crate) fn ours(variable: &str, name: &str) -> PathBuf {
    let built = || {
        let test = std::env::current_exe().expect("a path");
        test.ancestors().nth(2).expect("profile/deps/test").join(name)
    };
    std::env::var_os(variable).map_or_else(built, PathBuf::from)
}

/// Why one of our programs is not there, if it is not.
pub(crate) fn absent(program: &Path) -> Option<String> {
    let reason = || format!("{} is not there: `cargo build` builds it", program.display());
    (!program.exists()).then(reason)
}

/// Status and body of a page on loopback.
pub(crate) fn get(port: u16, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("it is a length of time");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers end");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// The port that the log names, or what it says instead.
fn listening(log: &mut impl BufRead) -> Result<u16, String> {
    let mut said = String::new();
    while log.read_line(&mut said).is_ok_and(|length| length > 0) {
        let last = said.lines().next_back().unwrap_or_default();
        if let Some((_, address)) = last.split_once("msg=\"Listening on\" address=") {
            return address.trim().parse().map(|address: SocketAddr| address.port()).map_err(|_| said);
        }
    }
    Err(said)
}

/// A configuration file, gone when dropped.
struct Configuration(PathBuf);

impl Configuration {
    fn new(modules: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("probe-exporter-test-{}-{number}.yml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, format!("modules:\n{modules}\n")).expect("room for a file");
        Self(path)
    }
}

impl Drop for Configuration {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
