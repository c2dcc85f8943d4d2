//! The certificate authorities of the system.

use std::path::PathBuf;
use std::sync::Arc;

/// The certificate authorities of the system. Read when first needed, once for all clones.
#[derive(Clone, Default)]
pub struct SystemRoots {
    places: Arc<Places>,
}

#[derive(Default)]
struct Places {
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
}

impl SystemRoots {
    /// The authorities in a file of certificates and in a directory of such files; where neither is given, those in the
    /// usual places. Programs take them from `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub fn in_places(file: Option<PathBuf>, directory: Option<PathBuf>) -> Self {
        Self { places: Arc::new(Places { file, directory }) }
    }
}
