//! A client: options made ready, and the handshake.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{DnsName, ServerName};
use rustls::sign::SingleCertAndKey;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::identity::Identity;
use super::judge::Judge;
use super::pem::{self, Use};
use super::roots::Authorities;
use super::signature::PROVIDER;
use super::verifier::Verifier;
use super::versions::Versions;
use super::{SystemRoots, TlsError, TlsFacts, TlsOptions, TlsVersion, host_name};
use crate::net::stream::{BoxStream, Stream};

/// Ready to begin handshakes: files read, certificates parsed.
#[derive(Clone, Debug)]
pub struct TlsClient {
    /// Whom to trust; absent where any certificate will do.
    authorities: Option<Arc<Authorities>>,
    identity: Option<Identity>,
    server_name: String,
    versions: Versions,
}

impl TlsClient {
    /// Reads the files that the options name.
    pub fn new(options: &TlsOptions, roots: &SystemRoots) -> Result<Self, TlsError> {
        Ok(Self {
            versions: Versions::read(options)?,
            authorities: read_authorities(options, roots)?,
            identity: Identity::read(options)?,
            server_name: options.server_name.clone(),
        })
    }

    /// Does the handshake. The server's name is that of the options, or else `host`: a name, which is asked for, or a literal
    /// address, which is not. `alpn` lists the protocols to offer, best first.
    pub async fn connect<S: Stream + 'static>(
        &self,
        stream: S,
        host: &str,
        alpn: &[&[u8]],
    ) -> Result<(BoxStream, TlsFacts), TlsError> {
        let judge = self.judge(host)?;
        #[cfg(feature = "legacy-tls")]
        if self.versions.are_legacy() {
            return super::legacy::connect(stream, judge, self.versions, self.identity.as_ref(), alpn).await;
        }
        let name = server_name(&judge.host);
        let verifier = Arc::new(Verifier::new(judge));
        let config = self.config(PROVIDER.clone(), verifier.clone(), self.versions.modern(), alpn)?;
        let begun = Instant::now();
        match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(stream) => {
                let facts = facts(&stream, &verifier, begun);
                Ok((Box::new(stream), facts))
            }
            Err(error) => Err(verifier.refusal().unwrap_or_else(|| TlsError::in_handshake(error))),
        }
    }

    /// Whom to expect at the other end.
    pub(super) fn judge(&self, host: &str) -> Result<Judge, TlsError> {
        let host = if self.server_name.is_empty() { host } else { &self.server_name };
        if host.is_empty() && self.authorities.is_some() {
            let detail = "either server_name or insecure_skip_verify must be specified in tls_config";
            return Err(TlsError::Options(detail.to_owned()));
        }
        Ok(Judge { authorities: self.authorities.clone(), host: host.to_owned() })
    }

    #[cfg(feature = "quic")]
    pub(super) fn newest_version(&self) -> TlsVersion {
        self.versions.newest
    }

    /// The configuration for one handshake.
    pub(super) fn config(
        &self,
        provider: Arc<CryptoProvider>,
        verifier: Arc<Verifier>,
        versions: &[&'static rustls::SupportedProtocolVersion],
        alpn: &[&[u8]],
    ) -> Result<ClientConfig, TlsError> {
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| TlsError::Options(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &self.identity {
            Some(identity) => {
                let resolver = SingleCertAndKey::from(identity.certified.clone());
                builder.with_client_cert_resolver(Arc::new(resolver))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        // Each probe looks anew: a resumed session shows no certificates.
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// Those that the options name, or else those of the system; none where any certificate will do.
fn read_authorities(options: &TlsOptions, roots: &SystemRoots) -> Result<Option<Arc<Authorities>>, TlsError> {
    let own = match &options.ca {
        Some(source) => {
            let text = pem::load(source, Use::Authorities)?;
            let read = Authorities::in_text(&text).ok_or_else(|| {
                TlsError::Options(format!("unable to use specified CA cert {}", pem::name_of(source)))
            })?;
            Some(Arc::new(read))
        }
        None => None,
    };
    Ok(match (options.insecure_skip_verify, own) {
        (true, _) => None,
        (false, Some(own)) => Some(own),
        (false, None) => Some(roots.authorities()),
    })
}

/// The name to ask for. Literal addresses are not asked for (RFC 6066 section 3), and neither is what cannot be a name; what
/// the certificate has to show is another matter.
pub(super) fn server_name(host: &str) -> ServerName<'static> {
    let not_asked_for = || ServerName::from(std::net::IpAddr::from(Ipv4Addr::UNSPECIFIED));
    if host_name::literal(host).is_some() {
        return not_asked_for();
    }
    DnsName::try_from(host.to_owned()).map_or_else(|_| not_asked_for(), ServerName::DnsName)
}

fn facts<S>(stream: &TlsStream<S>, verifier: &Verifier, begun: Instant) -> TlsFacts {
    let (_, connection) = stream.get_ref();
    let presented = connection.peer_certificates().unwrap_or_default();
    TlsFacts {
        version: match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            _ => TlsVersion::Tls13,
        },
        cipher: connection.negotiated_cipher_suite().map_or(0, |suite| suite.suite().into()),
        alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
        presented: presented.iter().map(|der| der.clone().into_owned()).collect(),
        chains: verifier.chains(),
        elapsed: begun.elapsed(),
    }
}
