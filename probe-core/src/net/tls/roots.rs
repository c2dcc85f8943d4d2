//! Certificate authorities: those of the system, read once, and those of a file.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fs, io};

use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;
use super::pem;

/// Where distributions keep all authorities in one file; the first that is there counts. As in Go.
const USUAL_FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Where they keep a file for each.
const USUAL_DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// The certificate authorities of the system. Read when first needed, once for all clones.
#[derive(Clone, Default)]
pub struct SystemRoots {
    places: Arc<Places>,
}

#[derive(Default)]
struct Places {
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
    read: OnceLock<Arc<Authorities>>,
}

impl SystemRoots {
    /// The authorities in a file of certificates and in a directory of such files, of which several may be given with
    /// colons between them; the usual places stand in for each that is absent. Programs take them from `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR`.
    pub fn in_places(file: Option<PathBuf>, directory: Option<PathBuf>) -> Self {
        Self { places: Arc::new(Places { file, directory, read: OnceLock::new() }) }
    }

    /// Their certificates, for programs that verify somebody themselves.
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.authorities().by_name.values().flatten().map(|authority| authority.der.clone()).collect()
    }

    /// Reads them, unless that was done already. What cannot be read is left out.
    pub(super) fn authorities(&self) -> Arc<Authorities> {
        self.places.read.get_or_init(|| Arc::new(self.places.read())).clone()
    }
}

impl fmt::Debug for SystemRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemRoots")
            .field("file", &self.places.file)
            .field("directory", &self.places.directory)
            .finish_non_exhaustive()
    }
}

impl Places {
    fn read(&self) -> Authorities {
        let mut authorities = Authorities::default();
        let files: Vec<&Path> = match &self.file {
            Some(file) => vec![file],
            None => USUAL_FILES.iter().map(Path::new).collect(),
        };
        if let Some(text) = files.into_iter().find_map(|file| pem::read_file(file).ok()) {
            authorities.add_all(&text);
        }
        let given = self.directory.as_ref().and_then(|directories| directories.to_str());
        let directories: Vec<&str> = match (given, &self.directory) {
            (Some(given), _) => given.split(':').collect(),
            (None, Some(_)) => Vec::new(),
            (None, None) => USUAL_DIRECTORIES.to_vec(),
        };
        for directory in directories {
            for text in files_in(Path::new(directory)).unwrap_or_default() {
                authorities.add_all(&text);
            }
        }
        authorities
    }
}

/// What can be read in a directory.
fn files_in(directory: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths.iter().filter_map(|path| pem::read_file(path).ok()).collect())
}

/// Authorities to trust, each once.
#[derive(Default)]
pub(super) struct Authorities {
    by_name: HashMap<Vec<u8>, Vec<Arc<Certificate>>>,
}

impl Authorities {
    /// Those in a text; `None` if there is not a single one.
    pub(super) fn in_text(text: &[u8]) -> Option<Self> {
        let mut authorities = Self::default();
        authorities.add_all(text);
        (!authorities.is_empty()).then_some(authorities)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Those with this name as it is encoded.
    pub(super) fn named(&self, subject: &[u8]) -> impl Iterator<Item = &Arc<Certificate>> {
        self.by_name.get(subject).into_iter().flatten()
    }

    /// Whether this very certificate is one of them.
    pub(super) fn contain(&self, certificate: &Certificate) -> bool {
        self.named(&certificate.subject).any(|authority| authority.der == certificate.der)
    }

    /// Adds what can be read of a text.
    fn add_all(&mut self, text: &[u8]) {
        for der in pem::certificates(text) {
            self.add(&der);
        }
    }

    fn add(&mut self, der: &CertificateDer<'_>) {
        let Ok(certificate) = Certificate::read(der) else { return };
        if !self.contain(&certificate) {
            self.by_name.entry(certificate.subject.clone()).or_default().push(Arc::new(certificate));
        }
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.by_name.values().map(Vec::len).sum::<usize>())
    }
}
