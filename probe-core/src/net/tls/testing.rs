//! Authorities, certificates and servers for tests, made when they run.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::signature::PROVIDER;
use super::{PemSource, TlsOptions};
use crate::net::stream::Stream;

const DAY: u64 = 24 * 60 * 60;

/// Seconds of Unix time so many days from now.
pub(crate) fn in_days(days: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
    now.cast_signed() + days * DAY.cast_signed()
}

/// A certificate with its key: an authority, or what one has issued.
pub(crate) struct Issued {
    pub(crate) params: CertificateParams,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

/// Parameters of a certificate for these names that holds from yesterday on for so many days.
pub(crate) fn params(common_name: &str, names: &[&str], days: i64) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("good names");
    params.distinguished_name.push(DnType::CommonName, common_name);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let at = |days| epoch + Duration::from_secs(in_days(days).cast_unsigned());
    params.not_before = at((days - 30).min(-1));
    params.not_after = at(days);
    params
}

/// Parameters of an authority.
pub(crate) fn authority_params(common_name: &str, days: i64) -> CertificateParams {
    let mut params = params(common_name, &[], days);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

pub(crate) fn key() -> Arc<KeyPair> {
    Arc::new(KeyPair::generate().expect("a key"))
}

impl Issued {
    /// An authority that signed itself.
    pub(crate) fn authority(common_name: &str, days: i64) -> Self {
        Self::by_itself(authority_params(common_name, days), key())
    }

    pub(crate) fn by_itself(params: CertificateParams, key: Arc<KeyPair>) -> Self {
        let made = params.self_signed(&*key).expect("a certificate");
        Self { der: made.der().clone(), pem: made.pem(), params, key }
    }

    /// What this authority makes of the parameters.
    pub(crate) fn issue(&self, params: CertificateParams) -> Self {
        self.issue_for(params, key())
    }

    pub(crate) fn issue_for(&self, params: CertificateParams, key: Arc<KeyPair>) -> Self {
        let issuer = Issuer::from_params(&self.params, &*self.key);
        let made = params.signed_by(&*key, &issuer).expect("a certificate");
        Self { der: made.der().clone(), pem: made.pem(), params, key }
    }

    /// A server with this certificate and others behind it.
    pub(crate) fn server(&self, others: &[&Self]) -> Arc<ServerConfig> {
        self.server_speaking(others, rustls::ALL_VERSIONS)
    }

    pub(crate) fn server_speaking(
        &self,
        others: &[&Self],
        versions: &[&'static SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let chain = std::iter::once(self).chain(others.iter().copied()).map(|issued| issued.der.clone());
        let key = PROVIDER.key_provider.load_private_key(self.private_key()).expect("a known kind of key");
        let config = ServerConfig::builder_with_provider(PROVIDER.clone())
            .with_protocol_versions(versions)
            .expect("known versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain.collect(), key))));
        Arc::new(config)
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }

    /// Options that trust this authority alone.
    pub(crate) fn trusted(&self) -> TlsOptions {
        TlsOptions { ca: Some(PemSource::Inline(self.pem.clone())), ..TlsOptions::default() }
    }
}

/// The server's side of a handshake.
pub(crate) async fn accept<S: Stream>(config: Arc<ServerConfig>, stream: S) -> std::io::Result<TlsStream<S>> {
    TlsAcceptor::from(config).accept(stream).await
}
