//! Where programs are: ours where they were built, servers where they are installed or were unpacked.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;

use super::bench::Problem;
use super::{exporter, user};

/// `probe`.
pub(crate) fn probe() -> PathBuf {
    exporter::ours("PROBE_BIN", "probe")
}

/// Whether our own programs are there.
pub(crate) fn are_built() -> Result<(), Problem> {
    for program in [probe(), exporter::program()] {
        exporter::absent(&program).map_or(Ok(()), |reason| Err(Problem::Absent(reason)))?;
    }
    Ok(())
}

fn target_folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder")
}

/// Where `tests/run` unpacks servers with what they need: the root of a file system in little.
pub(crate) fn unpacked() -> PathBuf {
    peers().join("root")
}

/// Where `tests/newest` unpacks what Debian's stable suite has too old.
pub(crate) fn newest() -> PathBuf {
    static NEWEST: OnceLock<PathBuf> = OnceLock::new();
    let path = NEWEST.get_or_init(|| {
        let fetched = target_folder().join("newest");
        if !fetched.exists() || user::may_enter(&fetched) {
            return fetched;
        }
        let copy = copy().with_extension("root");
        fs::create_dir(&copy).expect("room for a folder");
        run(Command::new("cp").arg("-aL").args([&fetched.join("bin"), &copy])).expect("room for a copy");
        copy
    });
    path.clone()
}

/// What `tests/run` has fetched; a copy of it if those who run servers may not go there.
fn peers() -> &'static Path {
    static PEERS: OnceLock<PathBuf> = OnceLock::new();
    PEERS.get_or_init(|| {
        let fetched = target_folder().join("peers");
        if !fetched.exists() || user::may_enter(&fetched) {
            return fetched;
        }
        run(Command::new("cp").arg("-a").args([&fetched, &copy()])).expect("room for a copy");
        copy()
    })
}

/// Where such a copy is.
fn copy() -> PathBuf {
    env::temp_dir().join(format!("probe-peers-{}", process::id()))
}

/// Removes it, at the end of the run.
pub(crate) fn remove_copy() {
    let _ = fs::remove_dir_all(copy());
    let _ = fs::remove_dir_all(copy().with_extension("root"));
}

/// A server's program.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
}

impl Program {
    /// Looks where administrators' commands are and where servers are unpacked.
    pub(crate) fn find(command: &str, package: &str) -> Result<Self, Problem> {
        let found = folders().into_iter().map(|folder| folder.join(command)).find(|path| path.is_file());
        found.map(|path| Self { path }).ok_or_else(|| {
            Problem::Absent(format!(
                "no `{command}` on this host; on Debian, tests/run fetches package {package}"
            ))
        })
    }

    /// Whether it needs to be told where its files are.
    pub(crate) fn is_unpacked(&self) -> bool {
        self.path.starts_with(unpacked())
    }

    /// It, for the user who runs servers.
    pub(crate) fn command(&self) -> Command {
        let mut command = user::command(self.path.as_os_str());
        if self.is_unpacked() {
            add_libraries(&mut command);
        }
        command
    }

    /// Runs it to its end, which must be a good one.
    pub(crate) fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<(), Problem> {
        run(self.command().args(arguments))
    }
}

/// Lets a command find the libraries that were unpacked.
pub(crate) fn add_libraries(command: &mut Command) {
    command.env("LD_LIBRARY_PATH", env::join_paths(libraries()).expect("no colons in these paths"));
}

/// Runs a command to its end, which must be a good one.
pub(crate) fn run(command: &mut Command) -> Result<(), Problem> {
    let output = command.output().map_err(|error| Problem::Broken(format!("{command:?}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Problem::Broken(format!("{command:?}: {}\n{}", output.status, said.trim_end())))
}

fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    let unpacked = unpacked();
    for root in [Path::new("/"), &unpacked] {
        folders.extend(subfolders(&root.join("usr/lib/postgresql")).map(|version| version.join("bin")));
    }
    folders.extend(["usr/bin", "usr/sbin"].map(|folder| unpacked.join(folder)));
    folders.extend([Path::new("/"), &unpacked].map(|root| root.join("usr/lib/nagios/plugins")));
    folders.push(peers().join("prometheus/usr/bin"));
    folders
}

/// The folders of libraries for this machine, and those of programs with libraries of their own.
fn libraries() -> Vec<PathBuf> {
    let root = unpacked();
    let mut libraries = Vec::new();
    for folder in ["usr/lib", "lib"] {
        let for_machine = |path: &PathBuf| path.to_string_lossy().ends_with("-linux-gnu");
        libraries.extend(subfolders(&root.join(folder)).filter(for_machine));
    }
    libraries.push(root.join("usr/lib/dovecot"));
    libraries
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}
