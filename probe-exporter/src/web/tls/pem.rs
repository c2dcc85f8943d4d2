//! A text in PEM form (RFC 7468), inline or from a file that is read again when it has changed.

use std::io;
use std::path::Path;

use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::web::settings::Pem;
use crate::web::watched::Watched;

/// A text in PEM form.
pub(super) enum PemText {
    File(Watched),
    Inline(String),
}

impl PemText {
    /// Reads the file, if it is one.
    pub(super) fn new(pem: &Pem) -> Self {
        match pem {
            Pem::File(path) => Self::File(Watched::new(path.clone())),
            Pem::Inline(text) => Self::Inline(text.clone()),
        }
    }

    /// Looks at the file, and says whether it holds something else now.
    pub(super) fn refresh(&mut self) -> bool {
        match self {
            Self::File(file) => file.refresh(),
            Self::Inline(_) => false,
        }
    }

    /// The text, or the file that cannot be read, and why.
    pub(super) fn content(&self) -> Result<&[u8], (&Path, io::Error)> {
        match self {
            Self::File(file) => file.content().map_err(|error| (file.path(), error)),
            Self::Inline(text) => Ok(text.as_bytes()),
        }
    }
}

/// The certificates in a text, up to the first thing in it that cannot be read.
pub(super) fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).map_while(Result::ok).collect()
}

/// The first private key in a text.
pub(super) fn private_key(text: &[u8]) -> Option<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(text).ok()
}

/// Whether a text holds anything in PEM form.
pub(super) fn holds_anything(text: &[u8]) -> bool {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(text).any(|section| section.is_ok())
}
