//! `tls_server_config` as values. Whether the files fit together is found out when they are read.

use std::fmt;
use std::path::{Path, PathBuf};

use probe_core::settings::{Errors, Section};
use rustls::crypto::SupportedKxGroup;
use rustls::crypto::aws_lc_rs::kx_group;

/// How to speak TLS.
#[derive(Debug)]
pub(crate) struct TlsSettings {
    /// The certificate with its chain.
    pub(crate) cert: Option<Pem>,
    /// Its private key.
    pub(crate) key: Option<Pem>,
    /// Who signs the certificates of clients.
    pub(crate) client_ca: Option<Pem>,
    /// What is asked of clients, as written: a bad word shows once TLS is set up, as in the reference.
    pub(crate) client_auth: String,
    /// Names of which a client's certificate must have one.
    pub(crate) client_allowed_sans: Option<Vec<String>>,
    /// The oldest version.
    pub(crate) min_version: Version,
    /// The newest version.
    pub(crate) max_version: Version,
    /// The suites of TLS 1.2; those that are thought best if absent.
    pub(crate) cipher_suites: Option<Vec<Suite>>,
    /// The groups for the exchange of keys, none for those that this library lacks; those that are thought best if absent.
    pub(crate) curves: Option<Vec<Option<&'static dyn SupportedKxGroup>>>,
}

impl TlsSettings {
    pub(super) fn read(section: &mut Section<'_>, folder: &Path, errors: &mut Errors) -> Self {
        let settings = Self {
            cert: read_pem(section, "cert_file", "cert", folder, errors),
            key: read_pem(section, "key_file", "key", folder, errors),
            client_ca: read_pem(section, "client_ca_file", "client_ca", folder, errors),
            client_auth: section.string("client_auth_type", errors).unwrap_or_default(),
            client_allowed_sans: section.strings("client_allowed_sans", errors),
            min_version: read_version(section, "min_version", errors).unwrap_or(Version::Tls12),
            max_version: read_version(section, "max_version", errors).unwrap_or(Version::Tls13),
            cipher_suites: section
                .parsed("cipher_suites", errors, |name| known("cipher", name, &SUITES))
                .filter(|suites| !suites.is_empty()),
            curves: section
                .parsed("curve_preferences", errors, |name| known("curve", name, &CURVES))
                .filter(|curves| !curves.is_empty()),
        };
        // Without effect today, as in the reference.
        section.boolean("prefer_server_cipher_suites", errors);
        settings
    }

    /// Whether there is anything that only TLS needs; as in the reference, versions and the like do not count.
    pub(crate) fn is_given(&self) -> bool {
        self.cert.is_some() || self.key.is_some() || self.client_ca.is_some() || !self.client_auth.is_empty()
    }
}

/// A text with certificates or a key, or where it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Pem {
    File(PathBuf),
    Inline(String),
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Inline(_) => f.write_str("<secret>"),
        }
    }
}

/// A version of TLS. Those that the library lacks are known, so that files that name them load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

const VERSIONS: [(&str, Version); 4] = [
    ("TLS10", Version::Tls10),
    ("TLS11", Version::Tls11),
    ("TLS12", Version::Tls12),
    ("TLS13", Version::Tls13),
];

/// What is asked of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// No certificate.
    None,
    /// A certificate, of whomever; it may be missing.
    Request,
    /// A certificate, of whomever.
    RequireAny,
    /// A certificate of a known authority, if any.
    VerifyIfGiven,
    /// A certificate of a known authority.
    RequireAndVerify,
}

impl ClientAuth {
    /// Reads the word; `None` if it is none.
    pub(crate) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "" | "NoClientCert" => Self::None,
            "RequestClientCert" => Self::Request,
            "RequireAnyClientCert" | "RequireClientCert" => Self::RequireAny,
            "VerifyClientCertIfGiven" => Self::VerifyIfGiven,
            "RequireAndVerifyClientCert" => Self::RequireAndVerify,
            _ => return None,
        })
    }
}

/// A cipher suite by its number in the registry of the IANA, and what else matters about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    /// The number.
    pub(crate) number: u16,
    /// Whether HTTP/2 may not be offered without it or its like (RFC 9113 section 9.2.2).
    pub(crate) is_required_by_http2: bool,
}

const fn suite(number: u16) -> Suite {
    Suite { number, is_required_by_http2: matches!(number, 0xc02b | 0xc02f) }
}

/// The suites that Go thinks safe, by the names it knows them under.
const SUITES: [(&str, Suite); 13] = [
    ("TLS_AES_128_GCM_SHA256", suite(0x1301)),
    ("TLS_AES_256_GCM_SHA384", suite(0x1302)),
    ("TLS_CHACHA20_POLY1305_SHA256", suite(0x1303)),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", suite(0xc009)),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", suite(0xc00a)),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", suite(0xc013)),
    ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", suite(0xc014)),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", suite(0xc02b)),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", suite(0xc02c)),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", suite(0xc02f)),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", suite(0xc030)),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", suite(0xcca8)),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", suite(0xcca9)),
];

/// The library has no exchange over P-521.
static CURVES: [(&str, Option<&'static dyn SupportedKxGroup>); 4] = [
    ("CurveP256", Some(kx_group::SECP256R1)),
    ("CurveP384", Some(kx_group::SECP384R1)),
    ("CurveP521", None),
    ("X25519", Some(kx_group::X25519)),
];

/// The file counts where there is both. Empty is as good as absent.
fn read_pem(
    section: &mut Section<'_>,
    file_key: &'static str,
    inline_key: &'static str,
    folder: &Path,
    errors: &mut Errors,
) -> Option<Pem> {
    let file = section.string(file_key, errors).filter(|path| !path.is_empty());
    let inline = section.string(inline_key, errors).filter(|text| !text.is_empty());
    file.map(|path| Pem::File(folder.join(path))).or(inline.map(Pem::Inline))
}

fn read_version(section: &mut Section<'_>, key: &'static str, errors: &mut Errors) -> Option<Version> {
    let word = section.string(key, errors)?;
    known("TLS version", &word, &VERSIONS).map_err(|problem| section.problem(key, problem, errors)).ok()
}

fn known<T: Clone>(what: &str, name: &str, table: &[(&str, T)]) -> Result<T, String> {
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| format!("unknown {what}: {name}"))
}
