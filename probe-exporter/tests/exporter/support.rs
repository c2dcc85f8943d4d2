//! Starting the program, talking to it, and endpoints for it to probe.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Far longer than anything here takes; ends a test that would hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often to look again before giving up on something that takes a moment.
pub(crate) const ATTEMPTS: usize = 10_000;

/// A running exporter; ends with the value.
pub(crate) struct Exporter {
    process: Child,
    log: BufReader<ChildStderr>,
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Exporter {
    /// Started with these arguments, listening on this many addresses of 127.0.0.1.
    pub(crate) fn start_on(addresses: usize, arguments: &[&str]) -> Self {
        Self::start_with(addresses, arguments, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn start_with(addresses: usize, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = program()
            .envs(environment.iter().copied())
            .args(vec!["--web.listen-address=127.0.0.1:0"; addresses])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let log = BufReader::new(process.stderr.take().expect("piped"));
        let mut exporter = Self { process, log, addresses: Vec::new() };
        while exporter.addresses.len() < addresses {
            let line = exporter.next_line();
            // In either format of the log.
            if line.contains("\"Listening on\"") {
                let (_, port) = line.split_once("127.0.0.1:").expect("it says where");
                let port: String = port.chars().take_while(char::is_ascii_digit).collect();
                exporter.addresses.push(([127, 0, 0, 1], port.parse().expect("a port")).into());
            }
        }
        exporter
    }

    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_on(1, arguments)
    }

    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        let length = self.log.read_line(&mut line).expect("a log");
        assert!(length > 0, "the exporter has ended");
        line.trim_end().to_owned()
    }

    /// Waits for a log line with this text.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.next_line();
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Looks again and again until it is so.
    pub(crate) fn until(&self, is_so: impl Fn(&Self) -> bool) {
        assert!((0..ATTEMPTS).any(|_| is_so(self)), "it never came to that");
    }

    /// The log lines up to one with this text.
    pub(crate) fn lines_until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.next_line();
            if line.contains(text) {
                return lines;
            }
            lines.push(line);
        }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.get_with(path, "")
    }

    pub(crate) fn get_with(&self, path: &str, headers: &str) -> Response {
        Connection::to(self.addresses[0]).request("GET", path, headers)
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.process.id().to_string()]).status();
        assert!(kill.expect("there is a kill command").success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("a child")
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection to an exporter.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the exporter listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: exporter\r\n{headers}\r\n");
        self.0.get_mut().write_all(request.as_bytes()).expect("the exporter reads");
    }

    pub(crate) fn request(&mut self, method: &str, path: &str, headers: &str) -> Response {
        self.send(method, path, headers);
        self.response(method != "HEAD")
    }

    pub(crate) fn response(&mut self, has_body: bool) -> Response {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).expect("an answer") > 0, "no answer, only {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let mut response = Response { status, head, body: String::new() };
        if has_body {
            let length =
                response.header("content-length").and_then(|text| text.parse().ok()).expect("a length");
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).expect("the whole body");
            // What is compressed or encoded is only counted.
            response.body = String::from_utf8_lossy(&body).into_owned();
        }
        response
    }
}

pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// Bytes of its body.
    pub(crate) fn length(&self) -> usize {
        self.header("content-length").and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// The value of a series.
    pub(crate) fn value(&self, series: &str) -> Option<f64> {
        let lines = self.body.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        lines.map(|value| value.parse().expect("a number")).next()
    }

    /// The families, in their order.
    pub(crate) fn families(&self) -> Vec<&str> {
        let types = self.body.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types.filter_map(|line| line.split(' ').next()).collect()
    }
}

pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_probe-exporter"));
    program.stdin(Stdio::null()).stdout(Stdio::piped());
    program
}

/// Runs it to its end.
pub(crate) fn output(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program was built")
}

pub(crate) fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A configuration file that belongs to one test.
pub(crate) fn config_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder for tests can be written");
    path
}

pub(crate) fn start_with_config(name: &str, text: &str, arguments: &[&str]) -> Exporter {
    let config = format!("--config.file={}", config_file(name, text).display());
    Exporter::start(&[&[config.as_str()], arguments].concat())
}

/// A listener on loopback, and what to write into a target.
pub(crate) fn endpoint() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("bound").to_string();
    (listener, address)
}

/// A listener whose queue is full, so that nothing answers; the connections that fill it, and the target.
pub(crate) fn silent_endpoint() -> (Socket, Vec<Socket>, String) {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let listener = socket();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("loopback has free ports");
    listener.listen(0).expect("it can listen");
    let address = listener.local_addr().expect("bound");
    let fill = || {
        let client = socket();
        client.set_nonblocking(true).expect("a flag");
        // In progress, whether it is answered or not.
        let _ = client.connect(&address);
        client
    };
    let waiting = std::iter::repeat_with(fill).take(4).collect();
    (listener, waiting, address.as_socket().expect("IPv4").to_string())
}
