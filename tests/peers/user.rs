//! Who runs the servers: whoever runs the tests, or nobody in place of root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::programs;

/// The user and group nobody.
const NOBODY: u32 = 65_534;

/// The number of the user who runs servers.
pub(crate) fn id() -> u32 {
    if is_root() { NOBODY } else { own().0 }
}

/// The number of their group.
pub(crate) fn group() -> u32 {
    if is_root() { NOBODY } else { own().1 }
}

/// A command for that user. Where unpacked programs lie in a folder that only root may enter, nobody may too.
pub(crate) fn command(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        if everybody_may_enter(&programs::unpacked()) {
            command.uid(NOBODY).gid(NOBODY);
        } else {
            command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]).arg(program);
        }
    }
    command
}

/// Gives them a file or folder.
pub(crate) fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

fn is_root() -> bool {
    own().0 == 0
}

/// The user and group of this process.
fn own() -> (u32, u32) {
    let this = fs::metadata("/proc/self").expect("this is Linux");
    (this.uid(), this.gid())
}

fn everybody_may_enter(folder: &Path) -> bool {
    const ENTER: u32 = 0o001;
    let closed =
        |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & ENTER == 0);
    !folder.ancestors().any(closed)
}
