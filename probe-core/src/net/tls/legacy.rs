//! Versions of TLS that rustls has left behind, by OpenSSL.
//!
//! OpenSSL does the handshake and the records; who the peer is, is judged as everywhere else. Used for clients whose options
//! admit TLS 1.0 or 1.1, and for no others.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{
    self, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSessionCacheMode,
    SslVerifyMode, SslVersion,
};
use openssl::x509::{X509, X509StoreContext, X509StoreContextRef};
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::time::Instant;
use tokio_openssl::SslStream;

use super::chain::{Chain, Presented};
use super::client::server_name;
use super::error::alert_words;
use super::fault::Fault;
use super::identity::Identity;
use super::judge::Judge;
use super::versions::Versions;
use super::{TlsError, TlsFacts, TlsVersion};
use crate::net::stream::{BoxStream, Stream};

/// Suites until TLS 1.2: those of Go in its order, and behind them those whose key exchange is by RSA, which Go offered until
/// 2024 and which is all that some old devices have. The security level lets SHA-1 sign handshakes, as TLS 1.0 demands.
const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
    ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
    ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
    ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:\
    AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA:@SECLEVEL=0";
/// Suites of TLS 1.3, in Go's order.
const SUITES_13: &str = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
/// `SSL_OP_LEGACY_SERVER_CONNECT`: servers need not know secure renegotiation (RFC 5746); nothing is ever renegotiated.
const OLD_SERVERS: SslOptions = SslOptions::from_bits_retain(1 << 2);
/// `SSL_R_TLSV1_ALERT_…` begin here: the number of the alert is added to it.
const ALERTS: i32 = 1000;
/// What OpenSSL calls bytes that are no record of TLS.
const NOT_TLS: [&str; 4] =
    ["wrong version number", "http request", "packet length too long", "wrong ssl version"];

/// Does a handshake as `versions` allow it.
pub(super) async fn connect<S: Stream + 'static>(
    stream: S,
    judge: Judge,
    versions: Versions,
    identity: Option<&Identity>,
    alpn: &[&[u8]],
) -> Result<(BoxStream, TlsFacts), TlsError> {
    let witness = Arc::new(Witness { judge, seen: Mutex::default() });
    let name = server_name(&witness.judge.host);
    let ssl = prepare(&witness, &name, versions, identity, alpn)
        .map_err(|error| TlsError::Options(format!("OpenSSL refuses the options: {error}")))?;
    let begun = Instant::now();
    let mut stream = SslStream::new(ssl, stream).map_err(|error| TlsError::Handshake(error.into()))?;
    let connected = Pin::new(&mut stream).connect().await;
    if let Some(refusal) = witness.refusal() {
        return Err(refusal);
    }
    connected.map_err(|error| TlsError::Handshake(in_words(error)))?;
    let facts = witness.facts(stream.ssl(), begun)?;
    Ok((Box::new(stream), facts))
}

fn prepare(
    witness: &Arc<Witness>,
    name: &ServerName<'_>,
    versions: Versions,
    identity: Option<&Identity>,
    alpn: &[&[u8]],
) -> Result<Ssl, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_security_level(0);
    context.set_cipher_list(SUITES)?;
    context.set_ciphersuites(SUITES_13)?;
    // The system's configuration of OpenSSL may forbid old versions in one of these ways.
    context.set_min_proto_version(Some(number(versions.oldest)))?;
    context.set_max_proto_version(Some(number(versions.newest)))?;
    context.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    context.set_options(OLD_SERVERS | SslOptions::NO_RENEGOTIATION);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    if !alpn.is_empty() {
        context.set_alpn_protos(&on_the_wire(alpn))?;
    }
    if let Some(identity) = identity {
        present(identity, &mut context)?;
    }
    let witness = witness.clone();
    // What OpenSSL itself thinks of the certificates does not count; it knows no authorities here.
    context.set_verify_callback(SslVerifyMode::PEER, move |_, store| witness.accepts(store));
    let mut ssl = Ssl::new(&context.build())?;
    if let ServerName::DnsName(name) = name {
        ssl.set_hostname(name.as_ref().trim_end_matches('.'))?;
    }
    Ok(ssl)
}

fn present(identity: &Identity, context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    let (chain, key) = &*identity.texts;
    let mut chain = X509::stack_from_pem(chain)?.into_iter();
    if let Some(own) = chain.next() {
        context.set_certificate(&own)?;
    }
    for certificate in chain {
        context.add_extra_chain_cert(certificate)?;
    }
    let key = PKey::private_key_from_pem(key)?;
    context.set_private_key(&key)
}

/// Each with its length before it (RFC 7301 section 3.1). Names that are too long for that are left out.
fn on_the_wire(alpn: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for protocol in alpn {
        if let Ok(length) = u8::try_from(protocol.len()) {
            bytes.push(length);
            bytes.extend_from_slice(protocol);
        }
    }
    bytes
}

fn number(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::Tls10 => SslVersion::TLS1,
        TlsVersion::Tls11 => SslVersion::TLS1_1,
        TlsVersion::Tls12 => SslVersion::TLS1_2,
        TlsVersion::Tls13 => SslVersion::TLS1_3,
    }
}

/// Judges the peer while the handshake is under way, before it is shown who we are.
struct Witness {
    judge: Judge,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    presented: Vec<CertificateDer<'static>>,
    verdict: Option<Result<Vec<Chain>, Fault>>,
}

impl Witness {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asked once for each certificate; the first time decides. Before OpenSSL 3 the certificates are not to be had yet, and
    /// [`facts`](Self::facts) decides.
    fn accepts(&self, store: &mut X509StoreContextRef) -> bool {
        let Ok(index) = X509StoreContext::ssl_idx() else { return true };
        let Some(ssl) = store.ex_data(index) else { return true };
        self.look(ssl);
        !matches!(self.seen().verdict, Some(Err(_)))
    }

    /// Judges what the peer has presented, unless that was done already.
    fn look(&self, ssl: &SslRef) {
        let mut seen = self.seen();
        let Some(chain) = ssl.peer_cert_chain().filter(|_| seen.verdict.is_none()) else { return };
        let der = chain.iter().map(|certificate| certificate.to_der().map(CertificateDer::from));
        let Ok(presented) = der.collect::<Result<Vec<_>, _>>() else { return };
        let judged = Presented::read(&presented).map_err(|_| Fault::Unreadable);
        seen.verdict = Some(judged.and_then(|presented| self.judge.judge(&presented)));
        seen.presented = presented;
    }

    fn refusal(&self) -> Option<TlsError> {
        let seen = self.seen();
        match &seen.verdict {
            Some(Err(fault)) => Some(self.judge.refuse(fault, &seen.presented)),
            _ => None,
        }
    }

    fn facts(&self, ssl: &SslRef, begun: Instant) -> Result<TlsFacts, TlsError> {
        self.look(ssl);
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let seen = self.seen();
        let Some(Ok(chains)) = &seen.verdict else {
            return Err(TlsError::Certificate("the peer presented none".to_owned()));
        };
        Ok(TlsFacts {
            version: match ssl.version2() {
                Some(SslVersion::TLS1) => TlsVersion::Tls10,
                Some(SslVersion::TLS1_1) => TlsVersion::Tls11,
                Some(SslVersion::TLS1_2) => TlsVersion::Tls12,
                _ => TlsVersion::Tls13,
            },
            cipher: ssl.current_cipher().map_or(0, |cipher| u16::from_be_bytes(cipher.protocol_id())),
            alpn: ssl.selected_alpn_protocol().map(<[u8]>::to_vec),
            presented: seen.presented.clone(),
            chains: chains.clone(),
            elapsed: begun.elapsed(),
        })
    }
}

/// What went wrong, in the words that are used elsewhere too.
fn in_words(error: ssl::Error) -> io::Error {
    let first = error.ssl_error().and_then(|stack| stack.errors().first());
    if let Some(first) = first {
        let reason = first.reason().unwrap_or_default();
        let alert = first.reason_code().checked_sub(ALERTS).and_then(|number| u8::try_from(number).ok());
        let words = match alert {
            Some(alert) => alert_words(alert.into()),
            None if NOT_TLS.contains(&reason) => "what the peer sent is not TLS".to_owned(),
            None if reason == "unexpected eof while reading" => "the peer closed the connection".to_owned(),
            None => reason.to_owned(),
        };
        return io::Error::new(io::ErrorKind::InvalidData, words);
    }
    match error.into_io_error() {
        Ok(error) if error.kind() != io::ErrorKind::UnexpectedEof => error,
        _ => io::Error::new(io::ErrorKind::UnexpectedEof, "the peer closed the connection"),
    }
}
