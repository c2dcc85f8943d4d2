//! Running servers.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::bench::Problem;
use super::folder::Folder;
use super::programs::{self, Program};
use super::{user, wait};

/// Ends a server with its test, however that ends.
const KEEPER: &str = include_str!("keeper.sh");

/// How long a server may take to be ready; loaded machines are slow.
const READY: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped, and its folder with it.
pub(crate) struct Server {
    keeper: Child,
    _folder: Folder,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// How a server is started.
pub(crate) struct Launch<'p> {
    program: &'p Program,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    bindings: Vec<(PathBuf, &'static str)>,
    with_libraries: bool,
}

impl<'p> Launch<'p> {
    pub(crate) fn new(program: &'p Program) -> Self {
        Self {
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            bindings: Vec::new(),
            with_libraries: program.is_unpacked(),
        }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Lets it find the libraries that were unpacked, though it was not.
    pub(crate) fn with_libraries(mut self) -> Self {
        self.with_libraries = true;
        self
    }

    /// Lets the server see a file or folder elsewhere: for those that have paths built in.
    pub(crate) fn seeing(mut self, path: impl Into<PathBuf>, at: &'static str) -> Self {
        self.bindings.push((path.into(), at));
        self
    }

    /// Starts it and waits until it listens on all of these ports.
    pub(crate) fn listening(self, ports: &[u16], folder: Folder) -> Result<Server, Problem> {
        self.ready(folder, |_| ports.iter().all(|port| wait::listens(*port)))
    }

    /// Starts it and waits until its log has these words.
    pub(crate) fn saying(self, words: &str, folder: Folder) -> Result<Server, Problem> {
        self.ready(folder, |log| log.contains(words))
    }

    /// Starts it and waits until `is_ready`, which is shown what it has said.
    fn ready(self, folder: Folder, is_ready: impl Fn(&str) -> bool) -> Result<Server, Problem> {
        let log = folder.file("log");
        let mut command = self.command()?;
        let out = File::create(&log).expect("room for a log");
        command.stdin(Stdio::piped()).stderr(out.try_clone().expect("a descriptor")).stdout(out);
        command.current_dir(folder.path());
        let keeper = command.spawn().map_err(|error| Problem::Broken(format!("{command:?}: {error}")))?;
        let mut server = Server { keeper, _folder: folder };
        let state = wait::until(READY, || match server.keeper.try_wait() {
            Ok(None) => is_ready(&read(&log)).then_some(None),
            Ok(Some(status)) => Some(Some(status.to_string())),
            Err(error) => Some(Some(error.to_string())),
        });
        match state {
            Some(None) => Ok(server),
            Some(Some(end)) => Err(broken(&command, &end, &log)),
            None => Err(broken(&command, "not ready in time", &log)),
        }
    }

    fn command(&self) -> Result<Command, Problem> {
        let mut command = if self.bindings.is_empty() {
            user::command("sh".as_ref())
        } else {
            let proot = Program::find("proot", "proot")?;
            may_trace(&proot)?;
            let mut command = user::command(proot.path.as_os_str());
            for (path, at) in &self.bindings {
                command.arg("-b").arg(format!("{}:{at}", path.display()));
            }
            command.arg("sh");
            command
        };
        if self.with_libraries {
            programs::add_libraries(&mut command);
        }
        command.args(["-c", KEEPER, "keeper"]).arg(self.path()).args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// The program where the server itself sees it.
    fn path(&self) -> PathBuf {
        let seen =
            |(path, at): &(PathBuf, &'static str)| (*path == self.program.path).then(|| PathBuf::from(at));
        self.bindings.iter().find_map(seen).unwrap_or_else(|| self.program.path.clone())
    }
}

/// Showing files elsewhere takes tracing, which some containers forbid.
fn may_trace(proot: &Program) -> Result<(), Problem> {
    programs::run(proot.command().arg("true")).map_err(|problem| match problem {
        Problem::Absent(reason) | Problem::Broken(reason) => {
            Problem::Absent(format!("processes may not be traced here: {reason}"))
        }
    })
}

fn read(log: &Path) -> String {
    fs::read(log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}

fn broken(command: &Command, end: &str, log: &Path) -> Problem {
    let program = command.get_args().skip_while(|argument| *argument != "keeper").nth(1).unwrap_or_default();
    Problem::Broken(format!("{}: {end}; it said:\n{}", program.display(), read(log)))
}
