//! Who runs the prober under test, and how it is run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::bench::Missing;
use super::network::{Namespace, succeed};
use super::outcome::Outcome;

/// The user and group nobody.
pub(crate) const NOBODY: u32 = 65_534;

/// Its number among the capabilities (linux/capability.h).
const CAP_NET_RAW: u32 = 13;

/// Runs a command as that user and that group only.
const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// Who runs the prober.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Nobody,
    /// Nobody, with `cap_net_raw+ep` on the program's file.
    NobodyWithFileCapability,
    Root,
}

/// A program file to run the prober from, readable by everybody.
pub(crate) struct Program(PathBuf);

impl Program {
    /// A copy of the agent of its own, without capabilities.
    pub(crate) fn copy() -> Self {
        Self::copy_of(Path::new(env!("CARGO_BIN_EXE_probe-agent")))
    }

    /// The same of another program.
    pub(crate) fn copy_of(original: &Path) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = folder().join(format!("agent-{number}"));
        fs::copy(original, &path).expect("room for a copy");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own file");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives its file the capability, if files can have such here and the kernel honours it.
    pub(crate) fn give_capability(&self, namespace: &Namespace) -> Result<(), Missing> {
        self.set_capability()?;
        self.has_capability(namespace)
    }

    /// Gives its file the capability.
    pub(crate) fn set_capability(&self) -> Result<(), Missing> {
        let mut command = Command::new("setcap");
        let set = command.arg("cap_net_raw+ep").arg(&self.0).output().expect("`setcap` runs");
        if !set.status.success() {
            let said = String::from_utf8_lossy(&set.stderr);
            return Err(Missing(format!("no file capabilities here: {}", said.trim())));
        }
        Ok(())
    }

    /// Whether the kernel honours the capability of its file.
    pub(crate) fn has_capability(&self, namespace: &Namespace) -> Result<(), Missing> {
        let mut command = self.command(namespace, Identity::NobodyWithFileCapability);
        let status = String::from_utf8(succeed(command.arg("capabilities")).stdout).expect("text");
        let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).expect("a set");
        let effective = u64::from_str_radix(effective.trim(), 16).expect("hexadecimal");
        if effective & (1 << CAP_NET_RAW) == 0 {
            return Err(Missing(format!("file capabilities have no effect in {}", folder().display())));
        }
        Ok(())
    }

    /// Runs the prober as nobody, without the files that mark a container: its explanations are those for a host.
    pub(crate) fn run_on_host(&self, namespace: &Namespace, arguments: &[&str]) -> Outcome {
        // `ip netns exec` has given this shell mounts of its own, which go with it.
        const OTHER_ROOT: &str = r#"
            root=/mnt
            mount -t tmpfs none $root
            for entry in /*; do
                if [ -L "$entry" ]; then cp -P "$entry" $root/
                elif [ -d "$entry" ] && [ "$entry" != $root ]; then
                    mkdir $root"$entry"
                    mount --rbind "$entry" $root"$entry"
                fi
            done
            exec chroot $root "$@""#;
        let mut command = namespace.command();
        command.args(["sh", "-e", "-c", OTHER_ROOT, "sh"]).args(AS_NOBODY).arg(&self.0);
        let output = succeed(command.args(arguments));
        let text = String::from_utf8(output.stdout).expect("text");
        Outcome::parse(text.lines().last().unwrap_or_default())
    }

    /// Runs the prober in a namespace to its end.
    pub(crate) fn run(&self, namespace: &Namespace, identity: Identity, arguments: &[&str]) -> Outcome {
        let mut command = self.command(namespace, identity);
        let output = succeed(command.args(arguments));
        let text = String::from_utf8(output.stdout).expect("text");
        Outcome::parse(text.lines().last().unwrap_or_default())
    }

    pub(crate) fn command(&self, namespace: &Namespace, identity: Identity) -> Command {
        let mut command = namespace.command();
        if identity != Identity::Root {
            command.args(AS_NOBODY);
        }
        command.arg(&self.0);
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs the prober as root.
pub(crate) fn probe(namespace: &Namespace, arguments: &[&str]) -> Outcome {
    shared().run(namespace, Identity::Root, arguments)
}

/// Runs the prober as nobody, without capabilities.
pub(crate) fn probe_as_nobody(namespace: &Namespace, arguments: &[&str]) -> Outcome {
    shared().run(namespace, Identity::Nobody, arguments)
}

/// Runs the agent in another of its roles, as root: what it printed last.
pub(crate) fn run_role(namespace: &Namespace, arguments: &[&str]) -> Value {
    let output = succeed(shared().command(namespace, Identity::Root).args(arguments));
    let text = String::from_utf8(output.stdout).expect("text");
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON")
}

/// The agent running beside the trial, as root; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it.
    pub(crate) fn start(namespace: &Namespace, arguments: &[&str]) -> Self {
        let mut command = shared().command(namespace, Identity::Root);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("the agent starts");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    /// Starts it, and waits until it says that it is ready.
    pub(crate) fn ready(namespace: &Namespace, arguments: &[&str]) -> Self {
        let mut running = Self::start(namespace, arguments);
        assert_eq!(running.line(), "ready");
        running
    }

    /// The next line it prints; empty at the end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }

    /// The last line it prints.
    pub(crate) fn last_line(&mut self) -> String {
        let mut last = String::new();
        loop {
            match self.line() {
                line if line.is_empty() => return last,
                line => last = line,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `timeout`, which passes on what it is told by the polite signal.
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// The copy that trials share which do not change it.
fn shared() -> &'static Program {
    static SHARED: OnceLock<Program> = OnceLock::new();
    SHARED.get_or_init(Program::copy)
}

/// Where copies are kept.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = path_of_folder();
        fs::create_dir_all(&folder).expect("room for a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("our own folder");
        folder
    })
}

fn path_of_folder() -> PathBuf {
    std::env::temp_dir().join(format!("probe-privileged-{}", std::process::id()))
}

/// Removes all copies, at the end of the run.
pub(crate) fn remove_programs() {
    let _ = fs::remove_dir_all(path_of_folder());
}
