//! A file that is read again when it has changed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How old a change must be before the times of a file tell it from the next one. Kernels count them in ticks.
const SETTLED: Duration = Duration::from_secs(1);

/// A file and what it held when it was last looked at.
pub(super) struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
    /// Whether an equal stamp means an equal content.
    settled: bool,
    content: io::Result<Vec<u8>>,
}

impl Watched {
    /// Reads the file for the first time.
    pub(super) fn new(path: PathBuf) -> Self {
        // Taken before reading: a file that changes meanwhile is read once more, not missed.
        let stamp = Stamp::of(&path);
        let content = fs::read(&path);
        Self { settled: is_settled(stamp), path, stamp, content }
    }

    /// Looks whether the file has changed, and says whether it holds something else now.
    pub(super) fn refresh(&mut self) -> bool {
        let stamp = Stamp::of(&self.path);
        if self.settled && stamp == self.stamp {
            return false;
        }
        let fresh = Self::new(std::mem::take(&mut self.path));
        let is_same = match (&self.content, &fresh.content) {
            (Ok(before), Ok(now)) => before == now,
            (Err(before), Err(now)) => before.raw_os_error() == now.raw_os_error(),
            _ => false,
        };
        *self = fresh;
        !is_same
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds, or why it cannot be read.
    pub(super) fn content(&self) -> io::Result<&[u8]> {
        match &self.content {
            Ok(content) => Ok(content),
            Err(error) => Err(error
                .raw_os_error()
                .map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error)),
        }
    }
}

/// Tells one version of a file from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// Whether the file was left alone for long enough. What is not there is looked for anew anyway.
fn is_settled(stamp: Option<Stamp>) -> bool {
    let Some(stamp) = stamp else { return true };
    let latest = stamp.modified.max(stamp.changed);
    let age = u64::try_from(latest.0)
        .ok()
        .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        .and_then(|latest| SystemTime::now().duration_since(latest).ok());
    // The fraction of the second is left out, hence one more.
    age.is_some_and(|age| age > SETTLED + Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("probe-exporter-{}-{name}", std::process::id()));
        fs::write(&path, text).expect("the folder for temporary files can be written");
        path
    }

    #[test]
    fn every_change_is_noticed_however_fast() {
        let path = file("watched", "0");
        let mut watched = Watched::new(path.clone());
        for number in 1..200 {
            // The same length, and most likely the same times.
            fs::write(&path, (number % 10).to_string()).expect("it was written before");
            assert!(watched.refresh(), "change {number}");
            assert_eq!(watched.content().expect("it is there"), (number % 10).to_string().as_bytes());
            assert!(!watched.refresh());
        }
    }

    #[test]
    fn the_same_content_is_no_change() {
        let path = file("rewritten", "same");
        let mut watched = Watched::new(path.clone());
        fs::write(&path, "same").expect("it was written before");
        assert!(!watched.refresh());
    }

    #[test]
    fn a_file_may_go_and_come_back() {
        let path = file("gone", "here");
        let mut watched = Watched::new(path.clone());
        fs::remove_file(&path).expect("it is there");
        assert!(watched.refresh() && !watched.refresh());
        assert_eq!(watched.content().expect_err("it is gone").kind(), io::ErrorKind::NotFound);
        fs::write(&path, "here").expect("the folder is there");
        assert!(watched.refresh());
        assert_eq!(watched.content().expect("it is back"), b"here");
    }

    #[test]
    fn a_swapped_link_is_a_change() {
        let (one, other, link) = (file("one", "1"), file("other", "2"), file("link", ""));
        fs::remove_file(&link).expect("it is there");
        std::os::unix::fs::symlink(&one, &link).expect("the name is free");
        let mut watched = Watched::new(link.clone());
        fs::remove_file(&link).expect("it is there");
        std::os::unix::fs::symlink(&other, &link).expect("the name is free");
        assert!(watched.refresh());
        assert_eq!(watched.content().expect("it is there"), b"2");
    }
}
