//! How to speak TLS: `tls_config` of the reference exporter as data.

use std::fmt;
use std::path::PathBuf;

/// How to speak TLS. The default is TLS 1.2 or 1.3, the system's authorities, and no client certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// The only authorities to trust; those of the system if absent.
    pub ca: Option<PemSource>,
    /// The certificate to present if asked for one, with its chain.
    pub cert: Option<PemSource>,
    /// Its private key.
    pub key: Option<PemSource>,
    /// The name to ask for and to find in the certificate; that of the host if empty.
    pub server_name: String,
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
    /// The oldest version to accept; TLS 1.2 if absent.
    pub min_version: Option<TlsVersion>,
    /// The newest version to accept; TLS 1.3 if absent.
    pub max_version: Option<TlsVersion>,
}

/// Where certificates or a key come from.
#[derive(Clone, PartialEq, Eq)]
pub enum PemSource {
    /// A file, read for every probe. Relative to the working directory.
    File(PathBuf),
    /// The PEM text itself.
    Inline(String),
    /// A name in a secret store, which there is none of: a probe with it fails, as in the reference exporter.
    Reference(String),
}

impl fmt::Debug for PemSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Inline(_) => f.write_str("Inline(<secret>)"),
            Self::Reference(name) => f.debug_tuple("Reference").field(name).finish(),
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// TLS 1.0 (RFC 2246).
    Tls10,
    /// TLS 1.1 (RFC 4346).
    Tls11,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsVersion {
    /// Every version, oldest first, with its word in configurations.
    pub const WORDS: [(&'static str, Self); 4] =
        [("TLS10", Self::Tls10), ("TLS11", Self::Tls11), ("TLS12", Self::Tls12), ("TLS13", Self::Tls13)];

    /// As series and people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
