//! Whether a file is still the one it was, without reading it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// What tells one state of a file from another: which file it is at the end of all symbolic links, how long, and since
/// when. A `ConfigMap` of Kubernetes changes by a swap of links, which makes it another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    device: u64,
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
    /// Moves also where the modification time is set back.
    changed: (i64, i64),
}

impl Fingerprint {
    /// Of the file at this path; `None` if there is none.
    pub(crate) fn take(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_swap_of_links_is_another_file() {
        let folder = std::env::temp_dir().join(format!("probe-exporter-{}-links", std::process::id()));
        // As the kubelet does it: the file is a link through `..data`, which is replaced by renaming.
        for version in ["one", "two"] {
            std::fs::create_dir_all(folder.join(version))
                .expect("the folder for temporary files can be written");
            std::fs::write(folder.join(version).join("b.yml"), "modules: {}").expect("a file");
            // What an earlier run left behind.
            let _ = std::fs::remove_file(folder.join(format!("link-{version}")));
            symlink(version, folder.join(format!("link-{version}"))).expect("a link");
        }
        let (data, file) = (folder.join("..data"), folder.join("b.yml"));
        let _ = std::fs::remove_file(&file);
        symlink("..data/b.yml", &file).expect("a link");
        std::fs::rename(folder.join("link-one"), &data).expect("the same folder");
        let before = Fingerprint::take(&file);
        assert!(before.is_some());
        assert_eq!(before, Fingerprint::take(&file));
        std::fs::rename(folder.join("link-two"), &data).expect("the same folder");
        assert_ne!(before, Fingerprint::take(&file));
        assert_eq!(Fingerprint::take(&folder.join("absent")), None);
    }
}
