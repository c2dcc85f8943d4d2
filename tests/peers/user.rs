//! Who runs the servers: whoever runs the tests, or nobody in place of root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::bench::Problem;

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

/// The names of that user and group; some servers do not run for who has none.
pub(crate) fn names() -> Result<[String; 2], Problem> {
    let name = |option: &str| {
        let output =
            command("id".as_ref()).arg(option).output().ok().filter(|output| output.status.success());
        let name = output.and_then(|output| String::from_utf8(output.stdout).ok());
        let nameless =
            || Problem::Absent(format!("user {} of group {} has no name on this host", id(), group()));
        name.map(|name| name.trim_end().to_owned()).ok_or_else(nameless)
    };
    Ok([name("-un")?, name("-gn")?])
}

/// A command for that user.
pub(crate) fn command(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Gives them a file or folder.
pub(crate) fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

/// Whether they may enter a folder, as far as the folders above it decide.
pub(crate) fn may_enter(folder: &Path) -> bool {
    const ENTER: u32 = 0o001;
    let closed =
        |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & ENTER == 0);
    !is_root() || !folder.ancestors().any(closed)
}

fn is_root() -> bool {
    own().0 == 0
}

/// The user and group of this process.
fn own() -> (u32, u32) {
    let this = fs::metadata("/proc/self").expect("this is Linux");
    (this.uid(), this.gid())
}
