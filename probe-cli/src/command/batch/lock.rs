//! Runs that must not overlap, and runs that must not all begin at once.

use std::collections::hash_map::RandomState;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use thiserror::Error;

/// A file that only one run at a time holds. The kernel gives it back however the run ends.
pub(super) struct Lock(#[expect(dead_code, reason = "closing it gives the lock back")] File);

/// Why there is no lock.
#[derive(Debug, Error)]
pub(super) enum LockError {
    #[error("another run holds {}", .0.display())]
    Held(PathBuf),
    #[error("cannot lock {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl LockError {
    /// Whether another run has it.
    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }
}

impl Lock {
    /// Takes the lock, or says who has it. Waits for nobody.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::File { path: path.to_owned(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Err(LockError::Held(path.to_owned())),
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// A random part of a time.
pub(super) fn random_part(whole: Duration) -> Duration {
    // The standard library seeds its hashes anew in every process.
    let random = RandomState::new().build_hasher().finish();
    whole.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one_and_given_back() {
        let path = std::env::temp_dir().join(format!("probe-lock-{}", std::process::id()));
        let lock = Lock::take(&path).expect("nobody has it");
        assert!(Lock::take(&path).is_err_and(|error| error.is_held()));
        drop(lock);
        assert!(Lock::take(&path).is_ok());
        assert!(Lock::take(Path::new("/nobody/is/there")).is_err_and(|error| !error.is_held()));
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn parts_are_within_the_whole() {
        let whole = Duration::from_secs(10);
        assert!((0..100).all(|_| random_part(whole) < whole));
    }
}
