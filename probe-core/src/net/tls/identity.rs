//! Who we are: the certificate that is presented to servers which ask for one.

use std::sync::Arc;

use rustls::sign::CertifiedKey;

use super::pem::{self, Use, load, name_of};
use super::signature::PROVIDER;
use super::{TlsError, TlsOptions};

/// A certificate with its chain and key.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
    /// The texts of certificates and key, for whoever reads them in a way of his own.
    #[cfg(feature = "legacy-tls")]
    pub(super) texts: Arc<(Vec<u8>, Vec<u8>)>,
}

impl Identity {
    /// Reads certificate and key, if there are any, and sees that they belong together.
    pub(super) fn read(options: &TlsOptions) -> Result<Option<Self>, TlsError> {
        let (Some(cert), Some(key)) = (&options.cert, &options.key) else { return Ok(None) };
        let chain_text = load(cert, Use::Certificate)?;
        let key_text = load(key, Use::Key)?;
        let failed = |why: &str| {
            let (cert, key) = (name_of(cert), name_of(key));
            TlsError::Options(format!("unable to use specified client cert ({cert}) & key ({key}): {why}"))
        };
        let chain: Vec<_> = pem::certificates(&chain_text).collect();
        if chain.is_empty() {
            return Err(failed("there is no certificate in it"));
        }
        let key = pem::private_key(&key_text).ok_or_else(|| failed("there is no private key in it"))?;
        let signing =
            PROVIDER.key_provider.load_private_key(key).map_err(|error| failed(&error.to_string()))?;
        let certified = CertifiedKey::new(chain, signing);
        certified.keys_match().map_err(|_| failed("private key does not match public key"))?;
        Ok(Some(Self {
            certified: Arc::new(certified),
            #[cfg(feature = "legacy-tls")]
            texts: Arc::new((chain_text, key_text)),
        }))
    }
}
