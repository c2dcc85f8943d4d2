//! `tls_config` in the section of a prober, and the series of a connection over TLS.

use crate::model::{Count, Family, Gauge, Number, Recorder};
use crate::net::tls::{TlsFacts, TlsOptions};
use crate::settings::{Dump, Errors, Section};

/// End of validity of the certificate presented that ends first, in Unix time.
pub static EARLIEST_EXPIRY: Gauge<Number> =
    Gauge::new("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", &[]);
/// End of the chain that holds longest, in Unix time.
pub static LAST_CHAIN_EXPIRY: Gauge<Number> = Gauge::new(
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "Returns last SSL chain expiry in timestamp",
    &[],
);
/// The peer's own certificate.
pub static LAST_CHAIN_INFO: Gauge<Count, 5> = Gauge::new(
    "probe_ssl_last_chain_info",
    "Contains SSL leaf certificate information",
    &["fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"],
);
/// The version.
pub static VERSION: Gauge<Count, 1> =
    Gauge::new("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", &["version"]);
/// The cipher suite.
pub static CIPHER: Gauge<Count, 1> =
    Gauge::new("probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake", &["cipher"]);

/// What a probe over TLS may record.
pub static TLS_FAMILIES: [&Family; 5] = [
    EARLIEST_EXPIRY.family(),
    LAST_CHAIN_EXPIRY.family(),
    LAST_CHAIN_INFO.family(),
    VERSION.family(),
    CIPHER.family(),
];

/// Reads the section `tls_config` inside `section`. Problems are those of the reference exporter, in its words.
pub fn read_tls_options(section: &mut Section<'_>, errors: &mut Errors) -> TlsOptions {
    let _ = (section, errors);
    todo!()
}

/// Writes the section `tls_config`, if there is anything to write.
pub fn dump_tls_options(options: &TlsOptions, out: &mut Dump) {
    let _ = (options, out);
    todo!()
}

/// Records earliest and last expiry, the peer's certificate and the version: what tcp and unix show. `http` adds
/// [`CIPHER`]; `grpc` takes back [`LAST_CHAIN_EXPIRY`].
pub fn record_tls(facts: &TlsFacts, out: &mut Recorder) {
    let _ = (facts, out);
    todo!()
}
