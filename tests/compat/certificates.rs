//! Certificates and other files, made anew for every run. Only their keys differ from run to run.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer,
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize,
    SanType, SerialNumber, date_time_ymd,
};
use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::places::Places;

/// Where the files of a run are. They go with the value.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The certificates by name.
    pub certificates: Arc<Certificates>,
}

/// Certificates by name.
#[derive(Debug, Default)]
pub struct Certificates(BTreeMap<&'static str, Identity>);

#[derive(Debug)]
struct Identity {
    certificate: Certificate,
    key: KeyPair,
    params: CertificateParams,
}

/// How a certificate is made.
#[derive(Clone, Copy, Debug)]
struct Recipe {
    name: &'static str,
    subject: &'static [(&'static [u64], &'static str)],
    /// DNS names, addresses, URIs and mail addresses.
    names: &'static [&'static str],
    issuer: &'static str,
    key: Key,
    valid: (i32, i32),
    serial: &'static [u8],
    authority: bool,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Ed25519,
    P256,
    P384,
    Rsa,
    /// That of another certificate.
    SameAs(&'static str),
}

const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
const COUNTRY: &[u64] = &[2, 5, 4, 6];
const LOCALITY: &[u64] = &[2, 5, 4, 7];
const STATE: &[u64] = &[2, 5, 4, 8];
const STREET: &[u64] = &[2, 5, 4, 9];
const ORGANISATION: &[u64] = &[2, 5, 4, 10];
const UNIT: &[u64] = &[2, 5, 4, 11];
const TITLE: &[u64] = &[2, 5, 4, 12];
const POSTAL_CODE: &[u64] = &[2, 5, 4, 17];
const MAIL: &[u64] = &[1, 2, 840, 113_549, 1, 9, 1];

/// Names that the ordinary ones are good for.
const USUAL: &[&str] = &["localhost", "target.test", "*.wild.test", "127.0.0.1", "::1"];

const PLAIN: Recipe = Recipe {
    name: "",
    subject: &[(COMMON_NAME, "server")],
    names: USUAL,
    issuer: "ca",
    key: Key::P256,
    valid: (2020, 2060),
    serial: &[0x12, 0x34],
    authority: false,
};

const ROOT: Recipe = Recipe {
    subject: &[(ORGANISATION, "Probe Tests"), (COMMON_NAME, "Root")],
    names: &[],
    issuer: "",
    valid: (2020, 2070),
    serial: &[1],
    authority: true,
    ..PLAIN
};

/// In an order that issuers come first.
const RECIPES: &[Recipe] = &[
    Recipe { name: "ca", ..ROOT },
    Recipe { name: "other_ca", subject: &[(COMMON_NAME, "Other Root")], ..ROOT },
    Recipe { name: "server", ..PLAIN },
    Recipe { name: "named", names: &["target.test"], ..PLAIN },
    Recipe { name: "elsewhere", names: &["elsewhere.test"], ..PLAIN },
    Recipe { name: "common_name", names: &[], subject: &[(COMMON_NAME, "target.test")], ..PLAIN },
    Recipe { name: "rsa", key: Key::Rsa, ..PLAIN },
    Recipe { name: "p384", key: Key::P384, ..PLAIN },
    Recipe { name: "ed25519", key: Key::Ed25519, ..PLAIN },
    Recipe { name: "expired", valid: (2020, 2021), ..PLAIN },
    Recipe { name: "future", valid: (2059, 2060), ..PLAIN },
    Recipe { name: "self_signed", issuer: "", subject: &[(COMMON_NAME, "alone")], ..PLAIN },
    Recipe {
        name: "intermediate",
        subject: &[(COMMON_NAME, "Between")],
        valid: (2020, 2052),
        names: &[],
        authority: true,
        ..PLAIN
    },
    Recipe { name: "leaf", issuer: "intermediate", valid: (2020, 2055), ..PLAIN },
    Recipe { name: "client", subject: &[(COMMON_NAME, "client")], names: &[], ..PLAIN },
    Recipe {
        name: "other_client",
        subject: &[(COMMON_NAME, "stranger")],
        names: &[],
        issuer: "other_ca",
        ..PLAIN
    },
    // Two roots of one name and key, of which the older expires first.
    Recipe { name: "new_root", subject: &[(COMMON_NAME, "Twice")], valid: (2020, 2080), ..ROOT },
    Recipe {
        name: "old_root",
        subject: &[(COMMON_NAME, "Twice")],
        key: Key::SameAs("new_root"),
        valid: (2020, 2045),
        serial: &[2],
        ..ROOT
    },
    Recipe { name: "two_chains", issuer: "new_root", valid: (2020, 2050), ..PLAIN },
    Recipe { name: "serial_zero", serial: &[0], ..PLAIN },
    Recipe { name: "serial_nibble", serial: &[0x0b, 0xff, 0xbc], ..PLAIN },
    Recipe { name: "serial_high", serial: &[0xff, 0x00, 0x01], ..PLAIN },
    Recipe { name: "serial_long", serial: &[0x7e; 20], ..PLAIN },
    Recipe { name: "no_subject", subject: &[], ..PLAIN },
    Recipe {
        name: "long_subject",
        subject: &[
            (COUNTRY, "DE"),
            (STATE, "Saxony"),
            (LOCALITY, "Leipzig"),
            (STREET, "Street 1"),
            (POSTAL_CODE, "04109"),
            (ORGANISATION, "Org"),
            (UNIT, "One"),
            (UNIT, "Two"),
            (COMMON_NAME, "server"),
            (SERIAL_NUMBER, "77"),
            (TITLE, "Dr"),
            (MAIL, "a@b.test"),
        ],
        ..PLAIN
    },
    Recipe {
        name: "escaped_subject",
        subject: &[(ORGANISATION, " a, b; c=d "), (UNIT, "#1 \"quoted\" <x>+y\\z"), (COMMON_NAME, "Zoë\n")],
        ..PLAIN
    },
    Recipe {
        name: "many_names",
        names: &[
            "b.test",
            "a.test",
            "*.wild.test",
            "127.0.0.1",
            "mail@c.test",
            "https://d.test/x",
            "target.test",
        ],
        ..PLAIN
    },
];

/// What is in the folder besides certificates and keys.
const FILES: &[(&str, &str)] = &[
    ("body.txt", "from a file\n"),
    ("username", "file-user\n"),
    ("password", "from-file\n"),
    ("token", "file-token\n"),
    ("garbage.pem", "no certificate\n"),
    ("empty", ""),
];

impl Folder {
    /// Makes everything.
    ///
    /// # Panics
    /// If the folder for temporary files cannot be written.
    pub fn make() -> Self {
        let path = std::env::temp_dir().join(format!("probe-compat-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        let certificates = Certificates::make();
        let folder = Self { path, certificates: Arc::new(certificates) };
        for (name, identity) in &folder.certificates.0 {
            folder.write(&format!("{name}.pem"), &identity.certificate.pem());
            folder.write(&format!("{name}.key"), &identity.key.serialize_pem());
        }
        for (file, parts) in
            [("roots.pem", ["new_root", "old_root"]), ("leaf_chain.pem", ["leaf", "intermediate"])]
        {
            let pems: String =
                parts.iter().map(|name| folder.certificates.of(name).certificate.pem()).collect();
            folder.write(file, &pems);
        }
        for (file, text) in FILES {
            folder.write(file, text);
        }
        folder
    }

    /// Writes a file; gives its path.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path.join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path.display().to_string()
    }

    /// Where a file is.
    pub fn file(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// `@dir` is the folder, `@NAME.fingerprint` that of a certificate, `@NAME.pem` and `@NAME.key` are its PEM texts as
    /// strings of YAML.
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        places.add("dir", self.path.display().to_string());
        for (name, identity) in &self.certificates.0 {
            places.add(format!("{name}.fingerprint"), fingerprint(identity.certificate.der()));
            places.add(format!("{name}.pem"), format!("{:?}", identity.certificate.pem()));
            places.add(format!("{name}.key"), format!("{:?}", identity.key.serialize_pem()));
        }
        places
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Certificates {
    fn make() -> Self {
        let mut made = Self::default();
        for recipe in RECIPES {
            let identity = recipe.cook(&made);
            made.0.insert(recipe.name, identity);
        }
        made
    }

    fn of(&self, name: &str) -> &Identity {
        self.0.get(name).unwrap_or_else(|| panic!("no certificate is called {name}"))
    }

    /// A certificate.
    pub fn certificate(&self, name: &str) -> CertificateDer<'static> {
        self.of(name).certificate.der().clone()
    }

    /// Its key.
    ///
    /// # Panics
    /// If there is no such certificate.
    pub fn key(&self, name: &str) -> PrivateKeyDer<'static> {
        self.of(name).key.serialize_der().try_into().expect("it was made by the same library")
    }

    /// Who presented this certificate.
    pub fn name_of(&self, certificate: &CertificateDer<'_>) -> Option<&'static str> {
        self.0.iter().find(|(_, identity)| identity.certificate.der() == certificate).map(|(name, _)| *name)
    }
}

impl Recipe {
    fn cook(&self, made: &Certificates) -> Identity {
        let key = self.key.make(made);
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (oid, text) in self.subject {
            let value = if *oid == MAIL {
                DnValue::Ia5String((*text).try_into().expect("ASCII"))
            } else {
                (*text).into()
            };
            // The library keeps one value a type, unless a type is written in two ways.
            let kind =
                Some(DnType::from_oid(oid)).filter(|kind| params.distinguished_name.get(kind).is_none());
            params.distinguished_name.push(kind.unwrap_or_else(|| DnType::CustomDnType(oid.to_vec())), value);
        }
        params.subject_alt_names = self.names.iter().map(|name| alternative(name)).collect();
        params.not_before = date_time_ymd(self.valid.0, 1, 1);
        params.not_after = date_time_ymd(self.valid.1, 1, 1);
        params.serial_number = Some(SerialNumber::from_slice(self.serial));
        if self.authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = if self.issuer.is_empty() {
            params.self_signed(&key)
        } else {
            let issuer = made.of(self.issuer);
            params.signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key))
        };
        Identity { certificate: certificate.expect("a recipe that works"), key, params }
    }
}

impl Key {
    fn make(self, made: &Certificates) -> KeyPair {
        let key = match self {
            Self::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Self::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            Self::SameAs(name) => KeyPair::from_pem(&made.of(name).key.serialize_pem()),
        };
        key.expect("a key")
    }
}

fn alternative(name: &str) -> SanType {
    let text = || name.try_into().expect("ASCII");
    match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) if name.contains("://") => SanType::URI(text()),
        Err(_) if name.contains('@') => SanType::Rfc822Name(text()),
        Err(_) => SanType::DnsName(text()),
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let suite = TLS13_AES_128_GCM_SHA256.tls13().expect("a suite of TLS 1.3");
    let hash = suite.common.hash_provider.hash(certificate);
    hash.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
