//! TLS as a server: the certificate, what is asked of clients, and which versions and suites there are.

mod clients;
mod error;
mod pair;
mod pem;
mod versions;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::NoServerSessionStorage;
use rustls::sign::SingleCertAndKey;

pub(super) use self::error::TlsError;
use self::pem::PemText;
use super::settings::WebSettings;

/// The files that TLS needs, and what was made of them last.
pub(super) struct TlsSource {
    /// Whether to offer HTTP/2.
    http2: bool,
    /// For which settings all the rest is.
    settings: Arc<WebSettings>,
    cert: Option<PemText>,
    key: Option<PemText>,
    client_ca: Option<PemText>,
    config: Option<Result<Arc<ServerConfig>, Arc<TlsError>>>,
}

impl TlsSource {
    /// Reads the files; `None` if the settings want no TLS.
    pub(super) fn new(settings: &Arc<WebSettings>) -> Option<Self> {
        let tls = &settings.tls;
        tls.is_given().then(|| Self {
            http2: settings.http2,
            cert: tls.cert.as_ref().map(PemText::new),
            key: tls.key.as_ref().map(PemText::new),
            client_ca: tls.client_ca.as_ref().map(PemText::new),
            settings: settings.clone(),
            config: None,
        })
    }

    /// How to speak TLS by these settings and by the files as they are now.
    pub(super) fn config(&mut self, settings: &Arc<WebSettings>) -> Result<Arc<ServerConfig>, Arc<TlsError>> {
        if !Arc::ptr_eq(settings, &self.settings) {
            // Whether to speak TLS was decided at the start; without a certificate there is nothing to say.
            let fresh = Self::new(settings).ok_or(TlsError::NoCertificate)?;
            *self = Self { http2: self.http2, ..fresh };
        }
        let files = [&mut self.cert, &mut self.key, &mut self.client_ca];
        // All of them, so that a change of two is one change.
        let changed = files.into_iter().flatten().fold(false, |changed, file| file.refresh() | changed);
        if changed {
            self.config = None;
        }
        if let Some(config) = &self.config {
            return config.clone();
        }
        let built = self.build().map(Arc::new).map_err(Arc::new);
        self.config.insert(built).clone()
    }

    /// In the reference's order, so that the same thing is found wrong first.
    fn build(&self) -> Result<ServerConfig, TlsError> {
        let tls = &self.settings.tls;
        let cert = self.cert.as_ref().ok_or(TlsError::NoCertificate)?;
        let key = self.key.as_ref().ok_or(TlsError::NoKey)?;
        let provider = Arc::new(versions::provider(tls)?);
        let pair = pair::load(cert, key, &provider)?;
        let clients = clients::verifier(tls, self.client_ca.as_ref(), &provider)?;
        if self.http2 {
            versions::check_http2(tls)?;
        }
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions::usable(tls)?)
            .map_err(TlsError::Settings)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
        config.alpn_protocols =
            if self.http2 { vec![b"h2".into(), b"http/1.1".into()] } else { vec![b"http/1.1".into()] };
        config.ignore_client_order = true;
        // Tickets hold what a session needs; they end with this configuration, and so does what it allowed.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Settings)?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests;
