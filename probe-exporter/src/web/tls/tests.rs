//! Handshakes over a pipe, with certificates made for the test.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

/// A certificate with its key, in PEM form.
struct Issued {
    cert: String,
    key: String,
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    cert: String,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("a certificate").pem();
    Authority { issuer: Issuer::new(params, key), cert }
}

impl Authority {
    fn issue(&self, names: &[SanType]) -> Issued {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.subject_alt_names = names.to_vec();
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Issued { cert, key: key.serialize_pem() }
    }
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

/// A text as a block of a YAML file.
fn block(text: &str) -> String {
    text.lines().fold(String::new(), |block, line| block + "    " + line + "\n")
}

/// Settings with this server, and these further lines of the TLS section.
fn settings(server: &Issued, lines: &str) -> Arc<WebSettings> {
    let text = format!(
        "tls_server_config:\n  cert: |\n{}  key: |\n{}{lines}",
        block(&server.cert),
        block(&server.key)
    );
    Arc::new(WebSettings::read(text.as_bytes(), "w.yml", Path::new("")).expect("valid settings"))
}

fn config(settings: &Arc<WebSettings>) -> Result<Arc<ServerConfig>, Arc<TlsError>> {
    TlsSource::new(settings).expect("TLS is wanted").config(settings)
}

/// A client that trusts `authority` and shows `client`.
fn client(
    authority: &Authority,
    client: Option<&Issued>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.cert.as_bytes()).expect("PEM")).expect("an authority");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_webpki_verifier(verifier.expect("an authority"));
    match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let chain = vec![CertificateDer::from_pem_slice(client.cert.as_bytes()).expect("PEM")];
            let key = PrivateKeyDer::from_pem_slice(client.key.as_bytes()).expect("PEM");
            builder.with_client_auth_cert(chain, key).expect("they match")
        }
    }
}

/// Whether a client is let in, and what protocol was agreed on.
async fn greeted(server: Arc<ServerConfig>, client: ClientConfig) -> Result<Option<Vec<u8>>, ()> {
    let (near, far) = duplex(1 << 16);
    let serve = async {
        let mut stream = TlsAcceptor::from(server).accept(far).await.map_err(drop)?;
        stream.write_all(b"x").await.map_err(drop)?;
        stream.shutdown().await.map_err(drop)?;
        Ok(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    };
    let connect = async {
        let name = ServerName::try_from("localhost").expect("a name");
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, near).await.map_err(drop)?;
        // Over TLS 1.3 a client learns only now that it is refused.
        stream.read_exact(&mut [0]).await.map_err(drop)
    };
    let (agreed, welcome): (Result<_, ()>, Result<_, ()>) = tokio::join!(serve, connect);
    welcome.and(agreed)
}

#[tokio::test]
async fn clients_are_let_in_as_the_settings_say() {
    let (ours, foreign) = (authority("ours"), authority("foreign"));
    let server = ours.issue(&[dns("localhost")]);
    let known = ours.issue(&[
        dns("client.example"),
        SanType::Rfc822Name("a@b.c".try_into().expect("a mailbox")),
        SanType::IpAddress("10.0.0.1".parse().expect("an address")),
        SanType::URI("spiffe://x/y".try_into().expect("a URI")),
    ]);
    let stranger = foreign.issue(&[dns("client.example")]);
    let ca = block(&ours.cert);
    let with_ca = |auth: &str| format!("  client_auth_type: {auth}\n  client_ca: |\n{ca}");
    let all = [None, Some(&known), Some(&stranger)];
    for (lines, expected) in [
        (String::new(), [true, true, true]),
        ("  client_auth_type: NoClientCert\n".into(), [true, true, true]),
        ("  client_auth_type: RequestClientCert\n".into(), [true, true, true]),
        ("  client_auth_type: RequireAnyClientCert\n".into(), [false, true, true]),
        ("  client_auth_type: RequireClientCert\n".into(), [false, true, true]),
        (with_ca("VerifyClientCertIfGiven"), [true, true, false]),
        (with_ca("RequireAndVerifyClientCert"), [false, true, false]),
        // Authorities that are none, and those of the system, know neither.
        ("  client_auth_type: RequireAndVerifyClientCert\n  client_ca: garbage\n".into(), [false; 3]),
        ("  client_auth_type: VerifyClientCertIfGiven\n  client_ca: garbage\n".into(), [true, false, false]),
        ("  client_auth_type: RequireAndVerifyClientCert\n".into(), [false; 3]),
        (with_ca("RequireAndVerifyClientCert") + "  client_allowed_sans: [a@b.c]\n", [false, true, false]),
        (
            with_ca("RequireAndVerifyClientCert") + "  client_allowed_sans: [x, 10.0.0.1]\n",
            [false, true, false],
        ),
        (
            with_ca("RequireAndVerifyClientCert") + "  client_allowed_sans: ['spiffe://x/y']\n",
            [false, true, false],
        ),
        (with_ca("RequireAndVerifyClientCert") + "  client_allowed_sans: [example]\n", [false; 3]),
        (
            "  client_auth_type: RequestClientCert\n  client_allowed_sans: [client.example]\n".into(),
            [false, true, true],
        ),
        ("  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: []\n".into(), [false; 3]),
    ] {
        let settings = settings(&server, &lines);
        for version in [&TLS12, &TLS13] {
            let mut seen = [false; 3];
            for (seen, shown) in seen.iter_mut().zip(all) {
                let config = config(&settings).expect("valid settings");
                *seen = greeted(config, client(&ours, shown, &[version])).await.is_ok();
            }
            assert_eq!(seen, expected, "{lines} {version:?}");
        }
    }
}

#[tokio::test]
async fn versions_suites_and_groups_are_those_of_the_settings() {
    let ours = authority("ours");
    let server = ours.issue(&[dns("localhost")]);
    for (lines, expected) in [
        ("", [true, true]),
        ("  min_version: TLS10\n", [true, true]),
        ("  min_version: TLS13\n", [false, true]),
        ("  max_version: TLS12\n", [true, false]),
        ("  min_version: TLS12\n  max_version: TLS12\n", [true, false]),
        // The key of the server is for ECDSA.
        ("  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n", [false, true]),
        ("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n", [true, true]),
        ("  curve_preferences: [CurveP521, CurveP384]\n", [true, true]),
    ] {
        let config = config(&settings(&server, lines)).expect("valid settings");
        let mut seen = [false; 2];
        for (seen, version) in seen.iter_mut().zip([&TLS12, &TLS13]) {
            *seen = greeted(config.clone(), client(&ours, None, &[version])).await.is_ok();
        }
        assert_eq!(seen, expected, "{lines}");
    }
}

#[tokio::test]
async fn http2_is_agreed_on_unless_it_is_off() {
    let ours = authority("ours");
    let server = ours.issue(&[dns("localhost")]);
    for (lines, offered, agreed) in [
        ("", &["h2", "http/1.1"][..], Some("h2")),
        ("", &["http/1.1"], Some("http/1.1")),
        ("", &[], None),
        ("http_server_config: {http2: false}\n", &["h2", "http/1.1"], Some("http/1.1")),
    ] {
        let config = config(&settings(&server, lines)).expect("valid settings");
        let mut client = client(&ours, None, &[&TLS13]);
        client.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let agreed = agreed.map(|name| name.as_bytes().to_vec());
        assert_eq!(greeted(config, client).await, Ok(agreed), "{lines} {offered:?}");
    }
}

#[test]
fn what_cannot_work_is_named_in_the_words_of_the_reference() {
    let ours = authority("ours");
    let (server, other) = (ours.issue(&[dns("localhost")]), ours.issue(&[]));
    let mixed = Issued { cert: server.cert.clone(), key: other.key };
    let no_key = Issued { cert: server.cert.clone(), key: "def".into() };
    let swapped = Issued { cert: server.key.clone(), key: server.cert.clone() };
    for (server, lines, words) in [
        (&mixed, "", "failed to load X509KeyPair: tls: private key does not match public key"),
        (&no_key, "", "failed to load X509KeyPair: tls: failed to find any PEM data in key input"),
        (
            &swapped,
            "",
            "failed to load X509KeyPair: tls: failed to find certificate PEM data in certificate input, but did find other \
             PEM data",
        ),
        (&server, "  client_auth_type: Foo\n", "invalid ClientAuth: Foo"),
        (&server, "  client_ca: x\n", "client CA's have been configured without a Client Auth Policy"),
        (&server, "  client_ca_file: /nope\n  client_auth_type: RequestClientCert\n", "open /nope"),
        (&server, "  cert_file: /nope\n", "failed to read cert_file (/nope): open /nope"),
        (&server, "  key_file: /nope\n", "failed to read key_file (/nope): open /nope"),
        (
            &server,
            "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
            "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of \
             TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)",
        ),
        (
            &server,
            "  max_version: TLS11\n",
            "cannot speak any version from min_version to max_version, this exporter knows TLS12 and TLS13",
        ),
        (
            &server,
            "  curve_preferences: [CurveP521]\n",
            "none of curve_preferences can be used by this exporter, which knows CurveP256, CurveP384 and X25519",
        ),
    ] {
        let error = config(&settings(server, lines)).expect_err(words);
        assert_eq!(error.to_string(), words);
    }
    for (text, words) in [
        ("client_auth_type: NoClientCert", "missing one of cert or cert_file"),
        ("cert: x", "missing one of key or key_file"),
        (
            "{cert: abc, key: def}",
            "failed to load X509KeyPair: tls: failed to find any PEM data in certificate input",
        ),
    ] {
        let text = format!("tls_server_config: {{{}}}", text.trim_matches(['{', '}']));
        let settings = WebSettings::read(text.as_bytes(), "w.yml", Path::new("")).expect("valid settings");
        assert_eq!(config(&Arc::new(settings)).expect_err(words).to_string(), words);
    }
}

#[tokio::test]
async fn a_new_certificate_counts_from_the_next_handshake_on() {
    let ours = authority("ours");
    let folder = std::env::temp_dir().join(format!("probe-exporter-{}-pair", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |issued: &Issued| {
        std::fs::write(folder.join("c.pem"), &issued.cert).expect("the folder is there");
        std::fs::write(folder.join("c.key"), &issued.key).expect("the folder is there");
    };
    let (good, bad) = (ours.issue(&[dns("localhost")]), ours.issue(&[dns("elsewhere")]));
    write(&bad);
    let text = b"tls_server_config: {cert_file: c.pem, key_file: c.key}";
    let settings = Arc::new(WebSettings::read(text, "w.yml", &folder).expect("valid settings"));
    let mut source = TlsSource::new(&settings).expect("TLS is wanted");
    let first = source.config(&settings).expect("a pair");
    assert!(greeted(first.clone(), client(&ours, None, &[&TLS13])).await.is_err());
    assert!(Arc::ptr_eq(&first, &source.config(&settings).expect("a pair")), "nothing has changed");
    write(&good);
    let second = source.config(&settings).expect("a pair");
    assert!(greeted(second, client(&ours, None, &[&TLS13])).await.is_ok());
    std::fs::write(folder.join("c.key"), &bad.key).expect("the folder is there");
    assert!(source.config(&settings).is_err(), "half a change is none");
    write(&good);
    assert!(source.config(&settings).is_ok());
}
