//! Files that are replaced as a whole.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Puts a text in the place of a file, which is never half; in words what went wrong.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), String> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".new");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
