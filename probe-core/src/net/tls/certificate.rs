//! What verification and series need to know of a certificate, read once (RFC 5280).

use rustls::pki_types::CertificateDer;
use x509_parser::asn1_rs::{Any, FromDer, Oid};
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS, OID_X509_EXT_SUBJECT_ALT_NAME,
};
use x509_parser::prelude::X509Certificate;
use x509_parser::x509::X509Version;

use super::constraints::NameConstraints;

/// A certificate, taken apart.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) der: CertificateDer<'static>,
    /// The part that is signed.
    pub(super) signed: Vec<u8>,
    /// The content of the signature's `AlgorithmIdentifier`.
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// The name as it is encoded, which is how issuers are found.
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) validity: Validity,
    pub(super) extensions: Extensions,
    is_version_3: bool,
}

/// A public key as it is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// The content of its `AlgorithmIdentifier`.
    pub(super) algorithm: Vec<u8>,
    pub(super) bits: Vec<u8>,
}

/// When a certificate holds, in seconds of Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

/// The extensions that matter; the others may not be critical.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    /// Whether it may sign certificates; absent if it does not say what it is for.
    may_sign: Option<bool>,
    purposes: Purposes,
    /// The names it is for, as they are encoded, and then one by one.
    pub(super) raw_names: Option<Vec<u8>>,
    pub(super) names: Names,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) constraints: Option<NameConstraints>,
    /// Whether there is a critical extension that nobody here understands.
    pub(super) has_unknown_critical: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BasicConstraints {
    pub(super) is_ca: bool,
    /// How many intermediates may follow below.
    pub(super) path_length: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Purposes {
    /// No extended key usage: good for everything.
    #[default]
    Any,
    /// Among those listed is the authentication of servers, or any purpose.
    Server,
    Others,
}

/// The names that a certificate is for.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) dns: Vec<String>,
    /// 4 or 16 bytes each.
    pub(super) addresses: Vec<Vec<u8>>,
    pub(super) emails: Vec<String>,
    pub(super) uris: Vec<String>,
}

/// Extensions without which a certificate cannot be judged.
const MUST_BE_READABLE: [Oid<'_>; 5] = [
    OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_EXTENDED_KEY_USAGE,
    OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS,
    OID_X509_EXT_SUBJECT_ALT_NAME,
];

/// The bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Certificate {
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Self, Unreadable> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| Unreadable)?;
        if !rest.is_empty() {
            return Err(Unreadable);
        }
        let validity = parsed.validity();
        let key = parsed.public_key();
        Ok(Self {
            signed: parsed.tbs_certificate.as_ref().to_vec(),
            signature_algorithm: signature_algorithm(der).ok_or(Unreadable)?,
            signature: parsed.signature_value.data.to_vec(),
            subject: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
            key: PublicKey {
                algorithm: first_inside(key.raw).ok_or(Unreadable)?,
                bits: key.subject_public_key.data.to_vec(),
            },
            validity: Validity {
                not_before: validity.not_before.timestamp(),
                not_after: validity.not_after.timestamp(),
            },
            extensions: Extensions::read(parsed.extensions())?,
            is_version_3: parsed.version() == X509Version::V3,
            der: der.clone().into_owned(),
        })
    }

    /// Whether it may sign other certificates. One of version 1 may, having no way of saying so.
    pub(super) fn may_sign(&self) -> bool {
        let extensions = &self.extensions;
        let is_ca = extensions.basic_constraints.map_or(!self.is_version_3, |basic| basic.is_ca);
        is_ca && extensions.may_sign.unwrap_or(true)
    }

    /// Whether it may be part of a chain for a server.
    pub(super) fn is_for_servers(&self) -> bool {
        self.extensions.purposes != Purposes::Others
    }
}

impl Validity {
    pub(super) fn contains(self, now: i64) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

impl Extensions {
    fn read(list: &[X509Extension<'_>]) -> Result<Self, Unreadable> {
        let mut extensions = Self::default();
        for extension in list {
            let understood = extensions.take(extension)?;
            extensions.has_unknown_critical |= extension.critical && !understood;
        }
        Ok(extensions)
    }

    /// Takes what an extension says; false if it is not understood.
    fn take(&mut self, extension: &X509Extension<'_>) -> Result<bool, Unreadable> {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                self.basic_constraints =
                    Some(BasicConstraints { is_ca: basic.ca, path_length: basic.path_len_constraint });
            }
            ParsedExtension::KeyUsage(usage) => {
                self.may_sign = (usage.flags != 0).then(|| usage.key_cert_sign());
            }
            ParsedExtension::ExtendedKeyUsage(usage) => self.purposes = purposes(usage),
            ParsedExtension::SubjectAlternativeName(names) => {
                self.raw_names = Some(extension.value.to_vec());
                self.names = Names::read(&names.general_names);
                // Names of no kind that is checked here must not pass for checked (RFC 5280 section 4.2.1.6).
                return Ok(!self.names.is_empty());
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::NameConstraints(constraints) => {
                let read = NameConstraints::read(constraints);
                let understood = read.is_complete();
                self.constraints = Some(read);
                return Ok(understood);
            }
            // Where revocation is looked up, and under which policies it was issued: nobody asks here.
            ParsedExtension::AuthorityInfoAccess(_)
            | ParsedExtension::CRLDistributionPoints(_)
            | ParsedExtension::CertificatePolicies(_)
            | ParsedExtension::InhibitAnyPolicy(_)
            | ParsedExtension::PolicyConstraints(_)
            | ParsedExtension::PolicyMappings(_) => {}
            ParsedExtension::ParseError { .. } if MUST_BE_READABLE.contains(&extension.oid) => {
                return Err(Unreadable);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Names {
    fn read(list: &[GeneralName<'_>]) -> Self {
        let mut names = Self::default();
        for name in list {
            match name {
                GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                GeneralName::IPAddress(address) => names.addresses.push(address.to_vec()),
                GeneralName::RFC822Name(email) => names.emails.push((*email).to_owned()),
                GeneralName::URI(uri) => names.uris.push((*uri).to_owned()),
                _ => {}
            }
        }
        names
    }

    fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.addresses.is_empty() && self.emails.is_empty() && self.uris.is_empty()
    }
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Purposes {
    let others = usage.client_auth
        || usage.code_signing
        || usage.email_protection
        || usage.time_stamping
        || usage.ocsp_signing
        || !usage.other.is_empty();
    match (usage.any || usage.server_auth, others) {
        (true, _) => Purposes::Server,
        (false, true) => Purposes::Others,
        (false, false) => Purposes::Any,
    }
}

/// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }`
fn signature_algorithm(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = Any::from_der(der).ok()?;
    let (rest, _) = Any::from_der(certificate.data).ok()?;
    let (_, algorithm) = Any::from_der(rest).ok()?;
    Some(algorithm.data.to_vec())
}

/// The content of the first element in a sequence.
fn first_inside(sequence: &[u8]) -> Option<Vec<u8>> {
    let (_, outer) = Any::from_der(sequence).ok()?;
    let (_, first) = Any::from_der(outer.data).ok()?;
    Some(first.data.to_vec())
}
