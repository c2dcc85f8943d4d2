//! Handshakes by OpenSSL, with servers that are too.

use std::pin::Pin;

use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_openssl::SslStream;

use super::testing::{Issued, authority_params, in_days, key, params};
use super::*;
use crate::model::{ProbeError, Reason};

/// What a server allows.
#[derive(Clone, Copy)]
struct Server<'a> {
    version: SslVersion,
    suites: &'a str,
    /// Whether to ask for a certificate.
    asks: bool,
}

const OLD: Server<'_> = Server { version: SslVersion::TLS1, suites: "ALL", asks: false };

impl Server<'_> {
    fn with(self, issued: &Issued, others: &[&Issued]) -> Ssl {
        let mut context = SslContext::builder(SslMethod::tls_server()).expect("a context");
        context.set_security_level(0);
        context.set_min_proto_version(Some(self.version)).expect("a version");
        context.set_max_proto_version(Some(self.version)).expect("a version");
        context.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
        context.set_cipher_list(&format!("{}:@SECLEVEL=0", self.suites)).expect("suites");
        context.set_certificate(&X509::from_der(&issued.der).expect("a certificate")).expect("a certificate");
        for other in others {
            context
                .add_extra_chain_cert(X509::from_der(&other.der).expect("a certificate"))
                .expect("one more");
        }
        let key = PKey::private_key_from_der(&issued.key.serialize_der()).expect("a key");
        context.set_private_key(&key).expect("a key");
        if self.asks {
            context
                .set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, |_, _| true);
        }
        context.set_alpn_select_callback(|_, offered| {
            openssl::ssl::select_next_proto(b"\x08http/1.1", offered).ok_or(openssl::ssl::AlpnError::NOACK)
        });
        Ssl::new(&context.build()).expect("a server")
    }
}

/// The facts, and whether the server saw a certificate of ours.
async fn handshake(options: &TlsOptions, host: &str, server: Ssl) -> (Result<TlsFacts, TlsError>, bool) {
    let client = TlsClient::new(options, &SystemRoots::in_places(Some("/dev/null".into()), None));
    let client = client.expect("good options");
    let (near, far) = duplex(1 << 16);
    let serve = async {
        let mut stream = SslStream::new(server, far).expect("a server");
        if Pin::new(&mut stream).accept().await.is_err() {
            return false;
        }
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert_eq!(heard, b"hello");
        stream.ssl().peer_certificate().is_some()
    };
    let connect = async {
        let (mut stream, facts) = client.connect(near, host, &[b"h2", b"http/1.1"]).await?;
        stream.write_all(b"hello").await.expect("it is open");
        stream.shutdown().await.expect("it ends as it should");
        Ok(facts)
    };
    tokio::join!(connect, serve)
}

fn from(oldest: TlsVersion, options: TlsOptions) -> TlsOptions {
    TlsOptions { min_version: Some(oldest), ..options }
}

#[tokio::test]
async fn old_versions_are_spoken_where_they_are_allowed() {
    let root = Issued::authority("root", 90);
    let leaf = root.issue(params("leaf", &["target.test"], 30));
    for (version, name, suite) in [
        (SslVersion::TLS1, TlsVersion::Tls10, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        (SslVersion::TLS1_1, TlsVersion::Tls11, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        (SslVersion::TLS1_2, TlsVersion::Tls12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ] {
        let server = Server { version, ..OLD }.with(&leaf, &[]);
        let (facts, _) = handshake(&from(TlsVersion::Tls10, root.trusted()), "target.test", server).await;
        let facts = facts.expect("it is good");
        assert_eq!((facts.version, facts.cipher_name()), (name, suite.to_owned()));
        assert_eq!(facts.alpn.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(facts.presented, std::slice::from_ref(&leaf.der));
        assert_eq!(facts.chains, [[leaf.der.clone(), root.der.clone()]]);
    }
}

#[tokio::test]
async fn old_versions_are_not_spoken_otherwise() {
    let root = Issued::authority("root", 90);
    let leaf = root.issue(params("leaf", &["target.test"], 30));
    for options in [root.trusted(), from(TlsVersion::Tls11, root.trusted())] {
        let (facts, _) = handshake(&options, "target.test", OLD.with(&leaf, &[])).await;
        let error = ProbeError::from(facts.expect_err("no version in common"));
        assert_eq!(error.reason, Reason::Tls);
        let chain = error.chain();
        assert!(chain.ends_with("the peer refused it with alert protocol_version"), "{chain}");
    }
}

#[tokio::test]
async fn every_chain_is_found_here_too() {
    let key = key();
    let older = Issued::by_itself(authority_params("root", 1), key.clone());
    let newer = Issued::by_itself(authority_params("root", 3), key);
    let leaf = older.issue(params("leaf", &["target.test"], 2));
    let ca = Some(PemSource::Inline(newer.pem.clone() + &older.pem));
    let options = from(TlsVersion::Tls10, TlsOptions { ca, ..TlsOptions::default() });
    let (facts, _) = handshake(&options, "target.test", OLD.with(&leaf, &[&older])).await;
    let facts = facts.expect("it is good");
    assert_eq!((facts.chains.len(), facts.presented.len()), (2, 2));
    assert_eq!(facts.last_chain_expiry(), Some(in_days(2)));
}

#[tokio::test]
async fn who_is_not_trusted_is_not_shown_who_we_are() {
    let (root, stranger) = (Issued::authority("root", 90), Issued::authority("stranger", 90));
    let leaf = stranger.issue(params("leaf", &["target.test"], 30));
    let ours = root.issue(params("probe", &[], 30));
    let identified = |options: TlsOptions| TlsOptions {
        cert: Some(PemSource::Inline(ours.pem.clone())),
        key: Some(PemSource::Inline(ours.key.serialize_pem())),
        ..from(TlsVersion::Tls10, options)
    };
    let server = || Server { asks: true, ..OLD }.with(&leaf, &[]);
    let (facts, seen) = handshake(&identified(root.trusted()), "target.test", server()).await;
    let text = facts.expect_err("it is refused").to_string();
    assert!(text.starts_with("certificate not accepted: it was signed by an unknown authority"), "{text}");
    assert!(!seen);
    let (facts, seen) = handshake(&identified(stranger.trusted()), "other.test", server()).await;
    assert!(facts.expect_err("it is refused").to_string().contains("not for other.test"));
    assert!(!seen);
    let any = identified(TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() });
    let (facts, seen) = handshake(&any, "other.test", server()).await;
    assert!(facts.expect("anything will do").chains.is_empty());
    assert!(seen);
}

/// Connects to a peer that does something else.
async fn hostile<F: Future<Output = ()>>(peer: impl FnOnce(DuplexStream) -> F) -> String {
    let options = from(TlsVersion::Tls10, TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() });
    let client = TlsClient::new(&options, &SystemRoots::default()).expect("good options");
    let (near, far) = duplex(1 << 16);
    let (connected, ()) = tokio::join!(client.connect(near, "target.test", &[]), peer(far));
    ProbeError::from(connected.map(|_| ()).expect_err("no handshake")).chain()
}

#[tokio::test]
async fn peers_that_speak_no_tls_are_named() {
    let closes = hostile(|mut far| async move {
        let _ = far.read(&mut [0; 10]).await;
    });
    assert_eq!(closes.await, "TLS handshake failed: the peer closed the connection");
    let speaks_http = hostile(|mut far| async move {
        let _ = far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = far.read(&mut [0; 10]).await;
    });
    assert_eq!(speaks_http.await, "TLS handshake failed: what the peer sent is not TLS");
    let refuses = hostile(|mut far| async move {
        let _ = far.write_all(b"\x15\x03\x01\0\x02\x02\x28").await;
        let _ = far.read(&mut [0; 10]).await;
    });
    assert_eq!(refuses.await, "TLS handshake failed: the peer refused it with alert handshake_failure");
}
