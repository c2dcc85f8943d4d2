//! Our exporter, running, and what it serves.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use super::bench::Problem;
use super::folder::Folder;
use super::ports;
use super::programs::{self, Program};
use super::server::{Launch, Server};

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The exporter until it is dropped.
pub(crate) struct Exporter {
    pub(crate) port: u16,
    _server: Server,
}

impl Exporter {
    /// Runs it with modules as in a configuration file, names and all.
    pub(crate) fn start(modules: &str) -> Result<Self, Problem> {
        let (folder, port) = (Folder::new("exporter"), ports::free());
        let file = folder.write("blackbox.yml", format!("modules:\n{modules}\n"));
        let program = Program { path: programs::exporter() };
        let launch = Launch::new(&program)
            .run_by_ourselves()
            .args(["--config.file".as_ref(), file.as_os_str()])
            .args([format!("--web.listen-address=127.0.0.1:{port}")]);
        Ok(Self { port, _server: launch.listening(&[port], folder)? })
    }

    /// The series of one probe.
    pub(crate) fn probe(&self, module: &str, target: &str) -> String {
        let (status, page) = get(self.port, &format!("/probe?module={module}&target={target}"));
        assert_eq!(status, 200, "{page}");
        page
    }
}

/// Panics unless a page of series has this line.
#[track_caller]
pub(crate) fn has_line(page: &str, line: &str) {
    assert!(page.lines().any(|found| found == line), "no {line:?} in:\n{page}");
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
