//! `tls_config` in the section of a prober, and the series of a connection over TLS.

use super::tls_details::describe_tls;
use crate::model::{Count, Family, Gauge, Number, Recorder};
use crate::net::tls::{PemSource, TlsFacts, TlsOptions, TlsVersion};
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

/// What the reference exporter shows as the end of the last chain where no chain was verified: Go's zero time.
const NO_CHAIN: f64 = -62_135_596_800.0;

/// Reads the section `tls_config` inside `section`. Problems are those of the reference exporter, in its words.
pub fn read_tls_options(section: &mut Section<'_>, errors: &mut Errors) -> TlsOptions {
    let mut inner = section.section_or_empty("tls_config", errors);
    let ca = read_source(["ca", "ca_file", "ca_ref"], &mut inner, errors);
    let cert = read_source(["cert", "cert_file", "cert_ref"], &mut inner, errors);
    let key = read_source(["key", "key_file", "key_ref"], &mut inner, errors);
    check_sources(&ca, &cert, &key, &inner, errors);
    let options = TlsOptions {
        ca: ca.into_iter().next().map(|(_, source)| source),
        cert: cert.into_iter().next().map(|(_, source)| source),
        key: key.into_iter().next().map(|(_, source)| source),
        server_name: inner.string("server_name", errors).unwrap_or_default(),
        insecure_skip_verify: inner.boolean("insecure_skip_verify", errors).unwrap_or(false),
        min_version: read_version("min_version", &mut inner, errors),
        max_version: read_version("max_version", &mut inner, errors),
    };
    warn_of_versions(&options, &inner, errors);
    inner.finish(errors);
    options
}

/// Where a text comes from, with the key that says so. More than one is a problem.
type Sources = Vec<(&'static str, PemSource)>;

/// Reads what is given of the text itself, its file, and its name in a secret store; empty is not given.
fn read_source(keys: [&'static str; 3], section: &mut Section<'_>, errors: &mut Errors) -> Sources {
    let kinds: [fn(String) -> PemSource; 3] =
        [PemSource::Inline, |path| PemSource::File(path.into()), PemSource::Reference];
    let mut sources = Sources::new();
    for (key, kind) in keys.into_iter().zip(kinds) {
        let text = section.string(key, errors).filter(|text| !text.is_empty());
        sources.extend(text.map(|text| (key, kind(text))));
    }
    for (key, source) in &sources {
        let warning = match source {
            PemSource::File(path) if !path.exists() => "there is no such file; probes fail until there is",
            PemSource::Reference(_) => "there is no secret store, so every probe will fail",
            _ => continue,
        };
        section.warn(key, warning, errors);
    }
    sources
}

fn check_sources(ca: &Sources, cert: &Sources, key: &Sources, section: &Section<'_>, errors: &mut Errors) {
    let several = [
        (ca, "at most one of ca, ca_file & ca_ref must be configured"),
        (cert, "at most one of cert, cert_file & cert_ref must be configured"),
        (key, "at most one of key and key_file must be configured"),
    ];
    for (sources, message) in several {
        if let [_, (second, _), ..] = sources.as_slice() {
            return section.problem(second, message, errors);
        }
    }
    match (cert.as_slice(), key.as_slice()) {
        ([(given, _)], []) => section.problem(
            given,
            "exactly one of key or key_file must be configured when a client certificate is configured",
            errors,
        ),
        ([], [(given, _)]) => section.problem(
            given,
            "exactly one of cert or cert_file must be configured when a client key is configured",
            errors,
        ),
        _ => {}
    }
}

fn read_version(key: &'static str, section: &mut Section<'_>, errors: &mut Errors) -> Option<TlsVersion> {
    let word = section.string(key, errors)?;
    let known = TlsVersion::WORDS.iter().find(|(known, _)| *known == word);
    if known.is_none() {
        section.problem(key, format!("unknown TLS version: {}", word.escape_debug()), errors);
    }
    known.map(|(_, version)| *version)
}

fn warn_of_versions(options: &TlsOptions, section: &Section<'_>, errors: &mut Errors) {
    let oldest = options.min_version.unwrap_or(TlsVersion::Tls12);
    let newest = options.max_version.unwrap_or(TlsVersion::Tls13);
    let has_legacy = cfg!(feature = "legacy-tls");
    if newest < oldest {
        let message =
            format!("{newest} is older than the oldest version allowed, {oldest}; every probe will fail");
        section.warn("max_version", message, errors);
    } else if newest < TlsVersion::Tls12 && !has_legacy {
        let message = "this build lacks the feature legacy-tls; probes that need TLS will fail";
        section.warn("max_version", message, errors);
    } else if oldest < TlsVersion::Tls12 && !has_legacy {
        let message = "this build lacks the feature legacy-tls and begins at TLS 1.2";
        section.warn("min_version", message, errors);
    }
}

/// Writes the section `tls_config`, if there is anything to write.
pub fn dump_tls_options(options: &TlsOptions, out: &mut Dump) {
    if *options == TlsOptions::default() {
        return;
    }
    let sources = [("ca", &options.ca), ("cert", &options.cert), ("key", &options.key)];
    out.section("tls_config", |out| {
        for (key, source) in sources {
            match source {
                Some(PemSource::Inline(text)) if key == "key" => out.secret(key, text),
                Some(PemSource::Inline(text)) => out.string(key, text),
                _ => {}
            }
        }
        for (key, (_, source)) in ["ca_file", "cert_file", "key_file"].into_iter().zip(sources) {
            if let Some(PemSource::File(path)) = source {
                out.string(key, &path.to_string_lossy());
            }
        }
        for (key, (_, source)) in ["ca_ref", "cert_ref", "key_ref"].into_iter().zip(sources) {
            if let Some(PemSource::Reference(name)) = source {
                out.string(key, name);
            }
        }
        out.string("server_name", &options.server_name);
        // The one key of the block that is shown even if it is false, as the reference exporter does.
        out.switch("insecure_skip_verify", options.insecure_skip_verify);
        out.string("min_version", word(options.min_version));
        out.string("max_version", word(options.max_version));
    });
}

fn word(version: Option<TlsVersion>) -> &'static str {
    let found = TlsVersion::WORDS.iter().find(|(_, known)| Some(*known) == version);
    found.map_or("", |(word, _)| word)
}

/// Records earliest and last expiry, the peer's certificate and the version: what tcp and unix show. `http` adds
/// [`CIPHER`]; `grpc` takes back [`LAST_CHAIN_EXPIRY`].
pub fn record_tls(facts: &TlsFacts, out: &mut Recorder) {
    describe_tls(facts, out);
    let seconds = |expiry: i64| expiry as f64;
    if let Some(expiry) = facts.earliest_expiry() {
        out.put(&EARLIEST_EXPIRY, seconds(expiry));
    }
    out.put(&LAST_CHAIN_EXPIRY, facts.last_chain_expiry().map_or(NO_CHAIN, seconds));
    if let Some(leaf) = facts.leaf() {
        let labels = [
            leaf.fingerprint_sha256,
            leaf.subject,
            leaf.issuer,
            leaf.subject_alternative,
            leaf.serial_number,
        ];
        out.set(&LAST_CHAIN_INFO, labels, 1);
    }
    out.set(&VERSION, [facts.version.as_str()], 1);
}

#[cfg(test)]
mod tests;
