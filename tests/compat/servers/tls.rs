//! The servers' side of TLS.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{Acceptor, ClientHello, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use tokio_rustls::LazyConfigAcceptor;

use super::super::certificates::Certificates;
use super::Stream;
use super::seen::Visit;

/// How a server does TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: &'static str,
    chain: Vec<&'static str>,
    versions: Vec<&'static rustls::SupportedProtocolVersion>,
    client: Client,
    protocols: Vec<&'static [u8]>,
    suite: Option<rustls::CipherSuite>,
    /// The client's order of suites counts, not the server's.
    lets_choose: bool,
}

#[derive(Clone, Copy, Debug)]
enum Client {
    Asked,
    Demanded,
    Ignored,
}

impl From<&'static str> for Tls {
    /// Under this certificate.
    fn from(certificate: &'static str) -> Self {
        Self {
            certificate,
            chain: Vec::new(),
            versions: rustls::ALL_VERSIONS.to_vec(),
            client: Client::Ignored,
            protocols: Vec::new(),
            suite: None,
            lets_choose: false,
        }
    }
}

impl Tls {
    /// Also sends these certificates.
    #[must_use]
    pub fn chain(self, certificates: &[&'static str]) -> Self {
        Self { chain: certificates.to_vec(), ..self }
    }

    /// TLS 1.2 and no other.
    #[must_use]
    pub fn only_12(self) -> Self {
        Self { versions: vec![&TLS12], ..self }
    }

    /// TLS 1.3 and no other.
    #[must_use]
    pub fn only_13(self) -> Self {
        Self { versions: vec![&TLS13], ..self }
    }

    /// One cipher suite and no other.
    #[must_use]
    pub fn suite(self, suite: rustls::CipherSuite) -> Self {
        Self { suite: Some(suite), ..self }
    }

    /// Takes the suite that the client likes best.
    #[must_use]
    pub fn lets_choose(self) -> Self {
        Self { lets_choose: true, ..self }
    }

    /// Asks for a certificate of the client's, from `ca`.
    #[must_use]
    pub fn asks_client(self) -> Self {
        Self { client: Client::Asked, ..self }
    }

    /// Demands one.
    #[must_use]
    pub fn demands_client(self) -> Self {
        Self { client: Client::Demanded, ..self }
    }

    /// Offers these protocols by ALPN.
    #[must_use]
    pub fn protocols(self, protocols: &[&'static [u8]]) -> Self {
        Self { protocols: protocols.to_vec(), ..self }
    }

    /// The handshake. Keeps what the client said hello with, and the certificate that it showed.
    pub(crate) async fn accept(
        &self,
        stream: Box<dyn Stream>,
        mut visit: Visit,
    ) -> Option<(Box<dyn Stream>, Visit)> {
        let (stream, protocol) = self.upgrade(stream, &visit).await?;
        visit.protocol = protocol;
        Some((stream, visit))
    }

    pub(crate) async fn upgrade(
        &self,
        stream: Box<dyn Stream>,
        visit: &Visit,
    ) -> Option<(Box<dyn Stream>, Option<Vec<u8>>)> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
        visit.saw(greeting(&start.client_hello()));
        let stream = start.into_stream(Arc::new(self.config(visit.certificates()))).await.ok()?;
        let (_, connection) = stream.get_ref();
        if let Some([certificate, ..]) = connection.peer_certificates() {
            visit.saw(format!(
                "client certificate {}",
                visit.certificates().name_of(certificate).unwrap_or("unknown")
            ));
        }
        let protocol = connection.alpn_protocol().map(Into::into);
        Some((Box::new(stream), protocol))
    }

    /// For servers that do the handshake themselves.
    pub(crate) fn config(&self, certificates: &Certificates) -> ServerConfig {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        if let Some(suite) = self.suite {
            provider.cipher_suites.retain(|known| known.suite() == suite);
        }
        let builder = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&self.versions)
            .expect("versions that the library knows");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificates.certificate("ca")).expect("an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = match self.client {
            Client::Asked => builder
                .with_client_cert_verifier(verifier.allow_unauthenticated().build().expect("an authority")),
            Client::Demanded => builder.with_client_cert_verifier(verifier.build().expect("an authority")),
            Client::Ignored => builder.with_no_client_auth(),
        };
        let chain: Vec<CertificateDer<'static>> = std::iter::once(&self.certificate)
            .chain(&self.chain)
            .map(|name| certificates.certificate(name))
            .collect();
        let mut config = builder
            .with_single_cert(chain, certificates.key(self.certificate))
            .expect("a certificate and its key");
        config.ignore_client_order = !self.lets_choose;
        config.alpn_protocols = self.protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config
    }
}

fn greeting(hello: &ClientHello<'_>) -> String {
    let mut line = format!("tls sni={}", hello.server_name().unwrap_or("-"));
    let protocols: Vec<_> = hello.alpn().into_iter().flatten().map(String::from_utf8_lossy).collect();
    if !protocols.is_empty() {
        line += &format!(" alpn={}", protocols.join(","));
    }
    line
}
