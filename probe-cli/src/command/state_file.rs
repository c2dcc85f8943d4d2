//! Files in which a run leaves something for the next.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// What a file holds, or nothing if it is not there yet; in words why it cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Puts a line in the place of a file, which is never half; in words what went wrong.
pub(super) fn replace(path: &Path, value: &Value) -> Result<(), String> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".new");
    let written = File::create(&beside)
        .and_then(|mut file| writeln!(file, "{value}").and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// A time as such a file has it: seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Such a time, read back.
pub(super) fn time(value: &Value) -> Option<SystemTime> {
    Duration::try_from_secs_f64(value.as_f64()?).ok().map(|since| UNIX_EPOCH + since)
}
