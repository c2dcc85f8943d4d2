//! Files for `node_exporter`'s textfile collector: written as a whole or not at all, and so that no file spoils another.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

use crate::model::Report;
use crate::render::GoFloat;
use crate::render::prometheus::{self, Identity, Options};

/// The collector reads nothing else.
const EXTENSION: &str = "prom";
/// The label that keeps the series of one file apart from those of all others.
const LABEL: &str = "textfile";
/// The collector runs as another user.
const MODE: u32 = 0o644;

/// A file of series, replaced each time checks ran.
///
/// Whoever reads it sees the whole of one run or the whole of the run before, at any time, also if this process is killed: the new
/// text goes to a file beside it, to the disk, and then takes its place. If that fails the old file stays, and its age shows.
/// Every series carries `module`, `target` and `textfile`, the name of the file, so that no two files have a series in common, which
/// would make the collector drop both. `probe_last_run_timestamp_seconds` says when the checks ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Textfile {
    path: PathBuf,
    name: String,
}

/// Why a textfile cannot be written. What was there before still is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TextfileError {
    /// The collector would not read it.
    #[error("{} is not read by the textfile collector: its name must end in .{EXTENSION} and must not begin with a dot", .0.display())]
    Name(PathBuf),
    /// It is no folder, or not there.
    #[error("{} is no folder", .0.display())]
    Folder(PathBuf),
    /// What is at its place is no file.
    #[error("{} is no regular file", .0.display())]
    NoFile(PathBuf),
    /// The new text could not be written beside it.
    #[error("cannot write beside {}", path.display())]
    Write {
        /// The textfile.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The new text is there, but could not take the place of the old.
    #[error("cannot replace {}", path.display())]
    Replace {
        /// The textfile.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Textfile {
    /// The textfile at `path`, which need not be there yet; its folder must.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, TextfileError> {
        let path = path.into();
        let name = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
        let is_read = path.extension().is_some_and(|extension| extension == EXTENSION);
        let name = name.filter(|name| is_read && !name.starts_with('.'));
        let Some(name) = name else { return Err(TextfileError::Name(path)) };
        if !folder(&path).is_dir() {
            return Err(TextfileError::Folder(folder(&path).to_owned()));
        }
        if fs::metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(TextfileError::NoFile(path));
        }
        Ok(Self { path, name })
    }

    /// Replaces the file by the series of these reports, which ended at `now`. Failed probes are in it like all others.
    pub fn write(&self, reports: &[Report], now: SystemTime) -> Result<(), TextfileError> {
        self.replace(self.text(reports, now).as_bytes())
    }

    /// What the file will hold.
    pub fn text(&self, reports: &[Report], now: SystemTime) -> String {
        let labels = [(LABEL, self.name.as_str())];
        let options = Options { identity: Identity::Always, labels: &labels, ..Options::default() };
        let mut text = String::new();
        prometheus::write(&mut text, reports, options);
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        text.push_str(
            "# HELP probe_last_run_timestamp_seconds When the checks of this file ran last, in seconds since 1970\n\
             # TYPE probe_last_run_timestamp_seconds gauge\nprobe_last_run_timestamp_seconds",
        );
        prometheus::push_labels(&mut text, &labels);
        text.push_str(&format!(" {}\n", GoFloat(seconds)));
        text
    }

    fn replace(&self, text: &[u8]) -> Result<(), TextfileError> {
        self.sweep_up();
        let beside = self.beside(process::id());
        if let Err(source) = write(&beside, text) {
            let _ = fs::remove_file(&beside);
            return Err(TextfileError::Write { path: self.path.clone(), source });
        }
        // The folder too, or a crash of the machine may bring the old name back without either text.
        let replaced =
            fs::rename(&beside, &self.path).and_then(|()| File::open(folder(&self.path))?.sync_all());
        replaced.map_err(|source| {
            let _ = fs::remove_file(&beside);
            TextfileError::Replace { path: self.path.clone(), source }
        })
    }

    /// The file that the new text goes to: of this process alone, and not read by the collector.
    fn beside(&self, process: u32) -> PathBuf {
        folder(&self.path).join(format!(".{}.{EXTENSION}.{process}.new", self.name))
    }

    /// Removes what processes left that were killed while they wrote.
    fn sweep_up(&self) {
        let Ok(entries) = fs::read_dir(folder(&self.path)) else { return };
        let prefix = format!(".{}.{EXTENSION}.", self.name);
        for entry in entries.flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(&prefix)?.strip_suffix(".new"));
            let Some(process) = process.and_then(|process| process.parse::<u32>().ok()) else { continue };
            if !Path::new("/proc").join(process.to_string()).exists() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(path)?;
    // Whatever the umask is.
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text)?;
    file.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::render::samples;

    fn folder_of(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("probe-textfile-{}-{test}", process::id()));
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        folder
    }

    #[test]
    fn names_that_the_collector_passes_over_are_refused() {
        let folder = folder_of("names");
        for name in ["a.txt", ".a.prom", "prom", "a.prom.new"] {
            let refused = Textfile::new(folder.join(name));
            assert!(matches!(refused, Err(TextfileError::Name(_))), "{name}: {refused:?}");
        }
        assert!(matches!(Textfile::new(folder.join("no/a.prom")), Err(TextfileError::Folder(_))));
        fs::create_dir_all(folder.join("b.prom")).expect("the folder is ours");
        assert!(matches!(Textfile::new(folder.join("b.prom")), Err(TextfileError::NoFile(_))));
        assert!(Textfile::new("a.prom").is_ok());
    }

    #[test]
    fn series_say_which_file_they_are_of_and_when() {
        let textfile = Textfile::new(folder_of("series").join("gate \"way\".prom")).expect("a good name");
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        let text = textfile.text(&[samples::refused_connection()], at);
        let success = text.lines().find(|line| line.starts_with("probe_success")).expect("it is there");
        assert!(
            success.contains("textfile=\"gate \\\"way\\\"\"") && success.contains("target="),
            "{success}"
        );
        assert!(
            text.ends_with(
                "probe_last_run_timestamp_seconds{textfile=\"gate \\\"way\\\"\"} 1.7000000005e+09\n"
            ),
            "{text}"
        );
        assert!(text.lines().all(|line| line.starts_with('#') || line.split(' ').count() >= 2));
    }

    #[test]
    fn the_file_is_replaced_and_can_be_read_by_all() {
        let folder = folder_of("replace");
        let path = folder.join("a.prom");
        let textfile = Textfile::new(&path).expect("a good name");
        fs::write(folder.join(".a.prom.4294967295.new"), "left by somebody who is gone").expect("ours");
        fs::write(&path, "old").expect("ours");
        textfile.write(&[samples::success()], SystemTime::now()).expect("it can be written");
        assert!(fs::read_to_string(&path).expect("it is there").contains("probe_success{"));
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o644);
        let names: Vec<_> =
            fs::read_dir(&folder).expect("ours").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names, ["a.prom"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let folder = folder_of("failure");
        let path = folder.join("a.prom");
        let textfile = Textfile::new(&path).expect("a good name");
        fs::write(&path, "old").expect("ours");
        // Nothing can be written where a folder is.
        fs::create_dir_all(textfile.beside(process::id())).expect("ours");
        assert!(matches!(textfile.write(&[], SystemTime::now()), Err(TextfileError::Write { .. })));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
    }
}
