//! Certificates and keys as texts (RFC 7468), from files and from settings.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{PemSource, TlsError};

/// Longest file that is read, in bytes: a hundred times the authorities of a system.
const LONGEST_FILE: u64 = 32 << 20;

/// What a text is needed for, in the reference exporter's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Authorities,
    Certificate,
    Key,
}

impl Use {
    fn as_str(self) -> &'static str {
        match self {
            Self::Authorities => "CA cert",
            Self::Certificate => "specified client cert",
            Self::Key => "specified client key",
        }
    }
}

/// The text, read now if it is in a file.
pub(super) fn load(source: &PemSource, purpose: Use) -> Result<Vec<u8>, TlsError> {
    let failed = |why: &str| TlsError::Options(format!("unable to read {}: {why}", purpose.as_str()));
    match source {
        PemSource::File(path) => read_file(path).map_err(|error| {
            let path = path.display();
            failed(&format!("unable to read file {path}: open {path}: {}", in_words(&error)))
        }),
        PemSource::Inline(text) => Ok(text.clone().into_bytes()),
        PemSource::Reference(_) => Err(failed("cannot use secret ref without manager")),
    }
}

/// How messages name where a text is from; never the text.
pub(super) fn name_of(source: &PemSource) -> String {
    match source {
        PemSource::File(path) => format!("file {}", path.display()),
        PemSource::Inline(_) => "<inline>".to_owned(),
        PemSource::Reference(name) => name.clone(),
    }
}

/// Reads a file that is not absurdly long.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(LONGEST_FILE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(text)
}

/// The certificates in a text; what is none is skipped.
pub(super) fn certificates(text: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).filter_map(Result::ok)
}

/// The first private key in a text.
pub(super) fn private_key(text: &[u8]) -> Option<PrivateKeyDer<'static>> {
    PrivateKeyDer::pem_slice_iter(text).find_map(Result::ok)
}

/// As people know these errors.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_skipped() {
        let text = b"intro\n-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n\
            -----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n\
            -----BEGIN OTHER-----\nAAEC\n-----END OTHER-----\n\
            -----BEGIN CERTIFICATE-----\nAwQF\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAEC";
        let found: Vec<_> = certificates(text).map(|der| der.to_vec()).collect();
        assert_eq!(found, [vec![0, 1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn missing_files_and_references_fail_in_the_words_of_the_reference() {
        let file = PemSource::File("/nonexistent/ca".into());
        let error = load(&file, Use::Authorities).expect_err("there is no such file");
        assert_eq!(
            error.to_string(),
            "unable to read CA cert: unable to read file /nonexistent/ca: open /nonexistent/ca: no such file or directory"
        );
        let error = load(&PemSource::Reference("x".into()), Use::Key).expect_err("there is no store");
        assert_eq!(
            error.to_string(),
            "unable to read specified client key: cannot use secret ref without manager"
        );
    }
}
