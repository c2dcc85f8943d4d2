//! An exporter as a program: found, started, asked, stopped.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

use super::fetch::{self, Response};
use super::page::read_fields;

/// How long a program may take to start, or to say what it is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The version that the cases describe.
const VERSION: &str = "version 0.28.0";

/// Which of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// `probe-exporter`.
    Ours,
    /// `blackbox_exporter`.
    Reference,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "ours",
            Self::Reference => "the reference",
        })
    }
}

impl Side {
    /// Where the program is, or why it cannot be used.
    pub fn program(self) -> Result<PathBuf, String> {
        static FOUND: [OnceLock<Result<PathBuf, String>>; 2] = [const { OnceLock::new() }; 2];
        FOUND[usize::from(self == Self::Reference)].get_or_init(|| self.find()).clone()
    }

    fn find(self) -> Result<PathBuf, String> {
        match self {
            Self::Ours => built("probe-exporter", "PROBE_EXPORTER_BIN"),
            Self::Reference => {
                let names = ["prometheus-blackbox-exporter", "blackbox_exporter"];
                let program = names
                    .iter()
                    .find_map(|name| installed(name))
                    .ok_or("blackbox_exporter is not installed")?;
                let output =
                    Command::new(&program).arg("--version").output().map_err(|error| error.to_string())?;
                let version =
                    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
                if version.contains(VERSION) {
                    Ok(program)
                } else {
                    Err(format!("the cases are of {VERSION}, here is {version}"))
                }
            }
        }
    }
}

/// A program of this workspace: named by a variable, or beside the test programs.
fn built(name: &str, variable: &str) -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = test.ancestors().nth(2).map(|folder| folder.join(name));
    path.filter(|path| path.exists()).ok_or_else(|| format!("{name} is not built: cargo build -p {name}"))
}

/// A program on the path, or where `tests/run` unpacks it.
fn installed(name: &str) -> Option<PathBuf> {
    let unpacked = std::env::current_exe().ok()?.ancestors().nth(3)?.join("peers/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain([unpacked]).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A running exporter; ends with the value.
#[derive(Debug)]
pub struct Exporter {
    /// Which one.
    pub side: Side,
    /// Where it listens.
    pub address: SocketAddr,
    process: Mutex<Child>,
    log: Arc<Log>,
    configuration: Option<File>,
}

/// A file that goes with the value.
#[derive(Debug)]
pub struct File(PathBuf);

impl File {
    /// A file with this text.
    ///
    /// # Panics
    /// If the folder for temporary files cannot be written.
    pub fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file =
            Self(std::env::temp_dir().join(format!("probe-compat-{}-{number}.yml", std::process::id())));
        file.write(text);
        file
    }

    /// Gives it another text.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, text: &str) {
        std::fs::write(&self.0, text).expect("the folder for temporary files can be written");
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // It may have been taken away already.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[derive(Debug, Default)]
struct Log {
    lines: Mutex<(Vec<String>, bool)>,
    changed: Condvar,
}

impl Exporter {
    /// Starts it with these arguments on a port of its own. Fails in words if it does not start.
    pub fn start<A: AsRef<OsStr>>(side: Side, arguments: &[A]) -> Result<Self, String> {
        Self::start_by(side, |program| {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        })
    }

    /// Starts it with this configuration.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn with(side: Side, configuration: &str, arguments: &[&str]) -> Self {
        let file = File::new(configuration);
        let option = format!("--config.file={}", file.path().display());
        let started = Self::start(side, &[&[option.as_str()], arguments].concat());
        let mut exporter = started.unwrap_or_else(|error| panic!("{error}"));
        exporter.configuration = Some(file);
        exporter
    }

    /// The file of its configuration.
    ///
    /// # Panics
    /// If it was not started [`with`](Self::with) one.
    pub fn configuration(&self) -> &File {
        self.configuration.as_ref().expect("it was started with a configuration")
    }

    /// Starts it with a command that `build` makes of the program's path.
    pub fn start_by(side: Side, build: impl FnOnce(&Path) -> Command) -> Result<Self, String> {
        let mut process = build(&side.program()?)
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let errors = process.stderr.take().ok_or("no log")?;
        let log = Arc::new(Log::default());
        let keeper = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
                keeper.add(String::from_utf8_lossy(&line).into_owned());
            }
            keeper.end();
        });
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let mut exporter =
            Self { side, address: any, process: Mutex::new(process), log, configuration: None };
        exporter.address =
            exporter.wait_for(listens_on).map_err(|log| format!("{side} does not start:\n{log}"))?;
        Ok(exporter)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    /// Asks for a path with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.answer(fetch::get(self.address, path, &headers))
    }

    /// Asks with any method.
    pub fn request(&self, method: &str, path: &str) -> Response {
        self.answer(fetch::request(self.address, method, path, &[], ""))
    }

    /// Posts a form.
    pub fn post(&self, path: &str, form: &str) -> Response {
        let headers = [("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        self.answer(fetch::request(self.address, "POST", path, &headers, form))
    }

    fn answer(&self, answer: Result<Response, String>) -> Response {
        answer.unwrap_or_else(|error| panic!("{}: {error}", self.side))
    }

    /// Waits for a line of the program's log that says something to `read`; gives all lines if it ends without.
    pub fn wait_for<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let lines = self.log.lines.lock().expect("no panic while holding it");
        let mut found = None;
        let mut seen = 0;
        let done = |state: &mut (Vec<String>, bool)| {
            found = state.0[seen..].iter().find_map(|line| read(line));
            seen = state.0.len();
            found.is_none() && !state.1
        };
        let waited = self.log.changed.wait_timeout_while(lines, PATIENCE, done);
        let (lines, _) = waited.expect("no panic while holding it");
        let text = lines.0.join("\n");
        drop(lines);
        found.ok_or(text)
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lines.lock().expect("no panic while holding it").0.clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.lock().expect("no panic while holding it").id()
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(kill.expect("there is a kill command").success());
    }

    /// Waits until it ends and its log is there to the last line; gives its exit code.
    pub fn wait(&self) -> Option<i32> {
        let status = self.process.lock().expect("no panic while holding it").wait().expect("a child");
        self.log.await_end();
        status.code()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already.
        if let Ok(process) = self.process.get_mut() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Log {
    fn add(&self, line: String) {
        self.lines.lock().expect("no panic while holding it").0.push(line);
        self.changed.notify_all();
    }

    fn await_end(&self) {
        let lines = self.lines.lock().expect("no panic while holding it");
        let ended = self.changed.wait_while(lines, |(_, has_ended)| !*has_ended);
        drop(ended.expect("no panic while holding it"));
    }

    fn end(&self) {
        self.lines.lock().expect("no panic while holding it").1 = true;
        self.changed.notify_all();
    }
}

/// The address in a line that says where the program listens, in logfmt or JSON.
fn listens_on(line: &str) -> Option<SocketAddr> {
    if line.starts_with('{') {
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        return (value["msg"] == "Listening on").then(|| value["address"].as_str()?.parse().ok()).flatten();
    }
    let fields = read_fields(line)?;
    let of = |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    (of("msg") == Some("Listening on")).then(|| of("address")?.parse().ok()).flatten()
}

/// Runs a program to its end.
pub fn run<A: AsRef<OsStr>>(side: Side, arguments: &[A]) -> Result<Output, String> {
    let mut command = Command::new(side.program()?);
    command.args(arguments).stdin(Stdio::null()).output().map_err(|error| error.to_string())
}
