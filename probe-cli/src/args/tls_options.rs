//! How to speak TLS: the same arguments for every verb that can.

use std::path::PathBuf;

use clap::Args;
use probe_core::net::tls::{PemSource, TlsOptions, TlsVersion};

use super::values;

/// How to speak TLS.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Trust the authorities in this file alone (PEM)
    #[arg(long, visible_alias = "cacert", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Present this certificate if asked for one (PEM, with its chain)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Take any certificate
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// The name to ask for and to find in the certificate [default: that of the host]
    #[arg(long, value_name = "NAME")]
    pub(crate) server_name: Option<String>,
    /// Oldest version to accept, 1.0 to 1.3 [default: 1.2]
    #[arg(long, value_name = "VERSION", value_parser = values::tls_version)]
    pub(crate) tls_min: Option<TlsVersion>,
    /// Newest version to accept
    #[arg(long, value_name = "VERSION", value_parser = values::tls_version)]
    pub(crate) tls_max: Option<TlsVersion>,
}

impl TlsArgs {
    /// As the probers are told.
    pub(crate) fn options(&self) -> TlsOptions {
        let file = |path: &Option<PathBuf>| path.clone().map(PemSource::File);
        TlsOptions {
            ca: file(&self.ca),
            cert: file(&self.cert),
            key: file(&self.key),
            server_name: self.server_name.clone().unwrap_or_default(),
            insecure_skip_verify: self.insecure,
            min_version: self.tls_min,
            max_version: self.tls_max,
        }
    }

    /// Whether anything is said about TLS, which then is spoken.
    pub(crate) fn is_given(&self) -> bool {
        self.options() != TlsOptions::default()
    }
}
