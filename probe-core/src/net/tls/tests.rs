//! Handshakes over a pipe, with certificates made for the test.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::testing::{Issued, accept, authority_params, in_days, key, params};
use super::*;
use crate::model::{ProbeError, Reason};

/// Connects as `options` say to a server that is expected to be `host`.
async fn handshake(
    options: &TlsOptions,
    host: &str,
    server: Arc<ServerConfig>,
) -> Result<TlsFacts, TlsError> {
    let client = TlsClient::new(options, &SystemRoots::in_places(Some("/dev/null".into()), None))?;
    let (near, far) = duplex(1 << 16);
    let serve = async {
        if let Ok(mut stream) = accept(server, far).await {
            let _ = stream.read(&mut [0]).await;
        }
    };
    let connect = async { client.connect(near, host, &[]).await.map(|(_, facts)| facts) };
    tokio::join!(connect, serve).0
}

fn refusal(result: Result<TlsFacts, TlsError>) -> String {
    let error = result.expect_err("it is refused");
    assert!(matches!(error, TlsError::Certificate(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_handshake_shows_what_was_negotiated_and_presented() {
    let root = Issued::authority("root", 90);
    let leaf = root.issue(params("leaf", &["target.test", "127.0.0.1"], 30));
    for (version, name) in
        [(&rustls::version::TLS12, TlsVersion::Tls12), (&rustls::version::TLS13, TlsVersion::Tls13)]
    {
        let server = leaf.server_speaking(&[], &[version]);
        let facts = handshake(&root.trusted(), "target.test", server).await.expect("it is good");
        assert_eq!(facts.version, name);
        assert_eq!(facts.presented, std::slice::from_ref(&leaf.der));
        assert_eq!(facts.chains, [[leaf.der.clone(), root.der.clone()]]);
        assert_eq!(facts.earliest_expiry(), Some(in_days(30)));
        assert_eq!(facts.last_chain_expiry(), Some(in_days(30)));
        assert!(facts.cipher_name().contains("AES_128_GCM_SHA256"), "{}", facts.cipher_name());
        assert_eq!(facts.alpn, None);
    }
}

#[tokio::test]
async fn servers_that_have_nothing_better_are_spoken_to_in_cbc() {
    let root = Issued::authority("root", 90);
    let leaf = root.issue(params("leaf", &["target.test"], 30));
    for (suite, name) in [
        (&cbc::SUITES[0], "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        (&cbc::SUITES[2], "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    ] {
        let provider = rustls::crypto::CryptoProvider {
            cipher_suites: vec![rustls::SupportedCipherSuite::Tls12(suite)],
            ..(**signature::PROVIDER).clone()
        };
        let server = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS12])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der.clone()], leaf.private_key())
            .expect("a key that fits");
        let client = TlsClient::new(&root.trusted(), &SystemRoots::default()).expect("good options");
        let (near, far) = duplex(1 << 16);
        let talk = async {
            let (mut stream, facts) = client.connect(near, "target.test", &[]).await.expect("a handshake");
            stream.write_all(&[7; 40_000]).await.expect("it is open");
            stream.shutdown().await.expect("it is open");
            facts
        };
        let listen = async {
            let mut heard = Vec::new();
            let mut stream = accept(Arc::new(server), far).await.expect("a handshake");
            stream.read_to_end(&mut heard).await.expect("it ends as it should");
            heard
        };
        let (facts, heard) = tokio::join!(talk, listen);
        assert_eq!((facts.version, facts.cipher_name()), (TlsVersion::Tls12, name.to_owned()));
        assert_eq!(heard, [7; 40_000]);
    }
}

#[tokio::test]
async fn chains_go_over_every_authority_of_the_same_key() {
    let key = key();
    let older = Issued::by_itself(authority_params("root", 1), key.clone());
    let newer = Issued::by_itself(authority_params("root", 3), key);
    let leaf = older.issue(params("leaf", &["target.test"], 2));
    let options =
        TlsOptions { ca: Some(PemSource::Inline(newer.pem.clone() + &older.pem)), ..TlsOptions::default() };
    let facts = handshake(&options, "target.test", leaf.server(&[&older])).await.expect("it is good");
    assert_eq!(facts.chains.len(), 2, "{:?}", facts.chains);
    assert_eq!(facts.earliest_expiry(), Some(in_days(1)), "that of the older root");
    assert_eq!(facts.last_chain_expiry(), Some(in_days(2)), "that of the leaf");
}

#[tokio::test]
async fn chains_go_over_every_cross_signed_intermediate() {
    let (one, other) = (Issued::authority("one", 90), Issued::authority("other", 90));
    let key = key();
    let short = one.issue_for(authority_params("cross", 20), key.clone());
    let long = other.issue_for(authority_params("cross", 40), key);
    let leaf = short.issue(params("leaf", &["target.test"], 60));
    let both =
        TlsOptions { ca: Some(PemSource::Inline(one.pem.clone() + &other.pem)), ..TlsOptions::default() };
    let server = || leaf.server(&[&short, &long]);
    let facts = handshake(&both, "target.test", server()).await.expect("it is good");
    assert_eq!((facts.chains.len(), facts.last_chain_expiry()), (2, Some(in_days(40))));
    let facts = handshake(&one.trusted(), "target.test", server()).await.expect("it is good");
    assert_eq!((facts.chains.len(), facts.last_chain_expiry()), (1, Some(in_days(20))));
}

#[tokio::test]
async fn what_is_not_to_be_trusted_is_named() {
    let root = Issued::authority("root", 90);
    let leaf = |names: &[&str], days| root.issue(params("leaf", names, days)).server(&[]);
    let expired = handshake(&root.trusted(), "target.test", leaf(&["target.test"], -2)).await;
    assert!(refusal(expired).contains("expired"));
    let other = handshake(&root.trusted(), "target.test", leaf(&["other.test", "192.0.2.1"], 30)).await;
    let other = refusal(other);
    assert!(other.contains("it is not for target.test, but for other.test, 192.0.2.1"), "{other}");
    let nameless = handshake(&root.trusted(), "leaf", leaf(&[], 30)).await;
    assert!(refusal(nameless).contains("but for nobody"));
    let address = handshake(&root.trusted(), "127.0.0.1", leaf(&["target.test"], 30)).await;
    assert!(refusal(address).contains("it is not for 127.0.0.1"));
    let stranger = Issued::authority("stranger", 90);
    let unknown = handshake(&stranger.trusted(), "target.test", leaf(&["target.test"], 30)).await;
    let unknown = refusal(unknown);
    assert!(unknown.contains("unknown authority (subject \"CN=leaf\", issuer \"CN=root\""), "{unknown}");
    let system = handshake(&TlsOptions::default(), "target.test", leaf(&["target.test"], 30)).await;
    assert_eq!(system.expect_err("nobody is trusted").reason(), Reason::Tls);
}

#[tokio::test]
async fn any_certificate_will_do_if_so_configured_and_has_no_chain() {
    let options = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    let leaf = Issued::by_itself(params("leaf", &["other.test"], -5), key());
    let facts = handshake(&options, "target.test", leaf.server(&[])).await.expect("anything will do");
    assert_eq!((facts.chains.len(), facts.last_chain_expiry()), (0, None));
    assert_eq!(facts.earliest_expiry(), Some(in_days(-5)));
}

#[tokio::test]
async fn a_certificate_that_is_trusted_itself_needs_no_authority() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut own = params("self", &["target.test"], 30);
        own.is_ca = is_ca;
        let leaf = Issued::by_itself(own, key());
        let facts = handshake(&leaf.trusted(), "target.test", leaf.server(&[])).await.expect("it is listed");
        assert_eq!(facts.chains, [[leaf.der.clone()]]);
        assert!(
            refusal(handshake(&leaf.trusted(), "a.test", leaf.server(&[])).await).contains("not for a.test")
        );
    }
}

/// Whether a chain of root, intermediate and leaf holds.
async fn holds(root: &Issued, intermediate: &Issued, leaf: &Issued) -> bool {
    handshake(&root.trusted(), "target.test", leaf.server(&[intermediate])).await.is_ok()
}

#[tokio::test]
async fn only_authorities_vouch_for_others() {
    let root = Issued::authority("root", 90);
    let leaf = |by: &Issued| by.issue(params("leaf", &["target.test"], 30));
    let good = root.issue(authority_params("middle", 60));
    assert!(holds(&root, &good, &leaf(&good)).await);
    let mut no_ca = authority_params("middle", 60);
    no_ca.is_ca = IsCa::ExplicitNoCa;
    let mut silent = authority_params("middle", 60);
    silent.is_ca = IsCa::NoCa;
    let mut other_usage = authority_params("middle", 60);
    other_usage.key_usages = vec![KeyUsagePurpose::CrlSign];
    let expired = authority_params("middle", -1);
    for params in [no_ca, silent, other_usage, expired] {
        let middle = root.issue(params);
        assert!(!holds(&root, &middle, &leaf(&middle)).await, "{:?}", middle.params);
    }
    let mut shallow = authority_params("root", 90);
    shallow.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let shallow = Issued::by_itself(shallow, key());
    let middle = shallow.issue(authority_params("middle", 60));
    assert!(!holds(&shallow, &middle, &leaf(&middle)).await);
    assert!(holds(&shallow, &middle, &leaf(&shallow)).await);
    let expired = Issued::authority("root", -1);
    assert!(!holds(&expired, &middle, &leaf(&expired)).await, "an authority that has expired");
    let mut own = params("leaf", &["target.test"], 30);
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert!(holds(&root, &middle, &root.issue(own)).await, "a leaf that could sign is still a leaf");
}

#[tokio::test]
async fn names_are_limited_by_the_authorities_above() {
    use rcgen::{GeneralSubtree, NameConstraints};
    let root = Issued::authority("root", 90);
    let mut limited = authority_params("middle", 60);
    limited.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("test".into())],
        excluded_subtrees: vec![GeneralSubtree::DnsName("secret.test".into())],
    });
    let middle = root.issue(limited);
    for (names, good) in [
        (vec!["target.test"], true),
        (vec!["target.test", "target.example"], false),
        (vec!["target.test", "x.secret.test"], false),
    ] {
        let leaf = middle.issue(params("leaf", &names, 30));
        assert_eq!(holds(&root, &middle, &leaf).await, good, "{names:?}");
    }
}

#[tokio::test]
async fn purposes_and_critical_extensions_count() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    let root = Issued::authority("root", 90);
    let with = |usages: &[ExtendedKeyUsagePurpose]| {
        let mut params = params("leaf", &["target.test"], 30);
        params.extended_key_usages = usages.to_vec();
        root.issue(params)
    };
    for (usages, good) in
        [(&[][..], true), (&[ServerAuth, ClientAuth], true), (&[Any], true), (&[ClientAuth], false)]
    {
        assert_eq!(holds(&root, &root, &with(usages)).await, good, "{usages:?}");
    }
    let mut odd = params("leaf", &["target.test"], 30);
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    odd.custom_extensions.push(extension.clone());
    assert!(holds(&root, &root, &root.issue(odd.clone())).await);
    extension.set_criticality(true);
    odd.custom_extensions = vec![extension];
    assert!(!holds(&root, &root, &root.issue(odd)).await);
}

#[tokio::test]
async fn a_search_among_thousands_of_paths_ends() {
    // Six layers of eleven certificates each, every one signed by all in the layer above: 11^6 paths to nowhere.
    let keys: Vec<_> = (0..7).map(|_| key()).collect();
    let layer = |at: usize| authority_params(&format!("layer {at}"), 60);
    let nowhere = Issued::by_itself(layer(6), keys[6].clone());
    let mut all = Vec::new();
    for at in (0..6).rev() {
        let above = Issued::by_itself(layer(at + 1), keys[at + 1].clone());
        all.extend((0..11).map(|_| above.issue_for(layer(at), keys[at].clone())));
    }
    let bottom = all.last().expect("there are many");
    let leaf = bottom.issue(params("leaf", &["target.test"], 30));
    let authorities = roots::Authorities::in_text(Issued::authority("root", 90).pem.as_bytes());
    let list: Vec<_> =
        std::iter::once(&leaf).chain(&all).chain([&nowhere]).map(|issued| &issued.der).collect();
    let presented = chain::Presented::read(list).expect("certificates");
    let result = presented.chains(&authorities.expect("one"), in_days(0));
    assert!(result.is_err());
}

#[tokio::test]
async fn what_the_options_cannot_mean_is_named() {
    let root = Issued::authority("root", 90);
    let other = key().serialize_pem();
    let client = |options: TlsOptions| {
        let error = TlsClient::new(&options, &SystemRoots::default()).expect_err("it cannot work");
        assert_eq!(error.reason(), Reason::Configuration);
        error.to_string()
    };
    let inline = |text: &str| Some(PemSource::Inline(text.to_owned()));
    let garbage = client(TlsOptions { ca: inline("not a pem"), ..TlsOptions::default() });
    assert_eq!(garbage, "unable to use specified CA cert <inline>");
    let pair =
        |cert: &str, key: &str| TlsOptions { cert: inline(cert), key: inline(key), ..TlsOptions::default() };
    let mismatch = client(pair(&root.pem, &other));
    assert!(mismatch.ends_with("private key does not match public key"), "{mismatch}");
    assert!(!mismatch.contains("PRIVATE"), "keys are never shown");
    assert!(client(pair("", &other)).ends_with("there is no certificate in it"));
    assert!(client(pair(&root.pem, "")).ends_with("there is no private key in it"));
}

#[tokio::test]
async fn without_a_name_only_unverified_handshakes_begin() {
    let root = Issued::authority("root", 90);
    let server = root.issue(params("leaf", &["target.test"], 30)).server(&[]);
    let error = handshake(&root.trusted(), "", server.clone()).await.expect_err("no name");
    assert_eq!(error.reason(), Reason::Configuration);
    let named = TlsOptions { server_name: "target.test".into(), ..root.trusted() };
    assert!(handshake(&named, "", server.clone()).await.is_ok());
    let any = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    assert!(handshake(&any, "", server).await.is_ok());
}

#[tokio::test]
async fn protocols_are_offered_in_order() {
    let root = Issued::authority("root", 90);
    let mut server = (*root.issue(params("leaf", &["target.test"], 30)).server(&[])).clone();
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = TlsClient::new(&root.trusted(), &SystemRoots::default()).expect("good options");
    let (near, far) = duplex(1 << 16);
    let connect = client.connect(near, "target.test", &[b"h2", b"http/1.1"]);
    let (connected, accepted) = tokio::join!(connect, accept(Arc::new(server), far));
    assert!(accepted.is_ok());
    assert_eq!(connected.expect("it is good").1.alpn.as_deref(), Some(&b"http/1.1"[..]));
}

/// Connects to a peer that does something else.
async fn hostile<F: Future<Output = ()>>(peer: impl FnOnce(DuplexStream) -> F) -> String {
    let options = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    let client = TlsClient::new(&options, &SystemRoots::default()).expect("good options");
    let (near, far) = duplex(1 << 16);
    let (connected, ()) = tokio::join!(client.connect(near, "target.test", &[]), peer(far));
    let error = ProbeError::from(connected.map(|_| ()).expect_err("no handshake"));
    assert_eq!(error.reason, Reason::Tls);
    error.chain()
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
        let _ = far.write_all(b"\x15\x03\x03\0\x02\x02\x28").await;
        let _ = far.read(&mut [0; 10]).await;
    });
    assert_eq!(refuses.await, "TLS handshake failed: the peer refused it with alert handshake_failure");
}

#[tokio::test]
async fn a_thousand_certificates_are_too_many() {
    let root = Issued::authority("root", 90);
    let leaf = root.issue(params("leaf", &["target.test"], 30));
    let others = vec![&root; 1000];
    let result = handshake(&root.trusted(), "target.test", leaf.server(&others)).await;
    assert_eq!(result.expect_err("they are too long").reason(), Reason::Tls);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stalls_waits_for_the_callers_deadline() {
    let options = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    let client = TlsClient::new(&options, &SystemRoots::default()).expect("good options");
    let (near, _far) = duplex(1 << 16);
    let limit = Duration::from_secs(5);
    assert!(tokio::time::timeout(limit, client.connect(near, "target.test", &[])).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_ours_is_presented() {
    let root = Issued::authority("root", 90);
    let ours = root.issue(params("probe", &[], 30));
    let leaf = root.issue(params("leaf", &["target.test"], 30));
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(root.der.clone()).expect("an authority");
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(trusted),
        signature::PROVIDER.clone(),
    );
    let server = ServerConfig::builder_with_provider(signature::PROVIDER.clone())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_single_cert(vec![leaf.der.clone()], leaf.private_key())
        .expect("a key that fits");
    let options = TlsOptions {
        cert: Some(PemSource::Inline(ours.pem.clone())),
        key: Some(PemSource::Inline(ours.key.serialize_pem())),
        ..root.trusted()
    };
    let client = TlsClient::new(&options, &SystemRoots::default()).expect("good options");
    let (near, far) = duplex(1 << 16);
    let connect = client.connect(near, "target.test", &[]);
    let (connected, accepted) = tokio::join!(connect, accept(Arc::new(server), far));
    assert!(connected.is_ok());
    let accepted = accepted.expect("it is good");
    assert_eq!(accepted.get_ref().1.peer_certificates(), Some(&[ours.der.clone()][..]));
}

#[test]
fn authorities_of_the_system_are_those_in_its_places() {
    let directory = std::env::temp_dir().join(format!("probe-core-roots-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let (one, two, three) =
        (Issued::authority("one", 90), Issued::authority("two", 90), Issued::authority("three", 90));
    let file = directory.join("bundle");
    std::fs::write(&file, format!("{}{}", one.pem, two.pem)).expect("a file");
    let below = directory.join("below");
    std::fs::create_dir_all(&below).expect("a directory");
    std::fs::write(below.join("any name"), format!("{}{}", two.pem, three.pem)).expect("a file");
    let places = format!("/nonexistent:{}", below.display());
    let roots = SystemRoots::in_places(Some(file.clone()), Some(places.into()));
    assert_eq!(format!("{:?}", roots.authorities()), "Authorities(3)");
    std::fs::remove_dir_all(&directory).expect("it is ours");
    assert_eq!(format!("{:?}", roots.clone().authorities()), "Authorities(3)", "read once");
}

#[test]
fn leaves_have_the_text_forms_of_the_reference() {
    use rcgen::{DnType, SerialNumber};
    let mut odd = params("  ", &["a.test", "192.0.2.1", "*.b.test"], 30);
    odd.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in [
        (DnType::CountryName, "DE"),
        (DnType::StateOrProvinceName, "Bayern"),
        (DnType::LocalityName, "München"),
        (DnType::from_oid(&[2, 5, 4, 9]), "Main St. 1, Room #2"),
        (DnType::from_oid(&[2, 5, 4, 17]), "80331"),
        (DnType::OrganizationName, "Acme, Inc. + Sons"),
        (DnType::OrganizationalUnitName, "R;D <x> \\ \"y\""),
        (DnType::from_oid(&[1, 2, 840, 113_549, 1, 9, 1]), "a@b.test"),
        (DnType::from_oid(&[0, 9, 2342, 19_200_300, 100, 1, 1]), "#u1"),
        (DnType::from_oid(&[2, 5, 4, 5]), "12345"),
        (DnType::CommonName, " lead and trail "),
    ] {
        odd.distinguished_name.push(kind, value);
    }
    odd.serial_number = Some(SerialNumber::from_slice(&[0x0a, 0xbc]));
    let issued = Issued::by_itself(odd, key());
    let leaf = Leaf::read(&issued.der).expect("a certificate");
    assert_eq!(
        leaf.subject,
        r#"SERIALNUMBER=12345,CN=\ lead and trail\ ,OU=R\;D \<x\> \\ \"y\",O=Acme\, Inc. \+ Sons,POSTALCODE=80331,STREET=Main St. 1\, Room #2,L=München,ST=Bayern,C=DE,0.9.2342.19200300.100.1.1=\#u1,1.2.840.113549.1.9.1=a@b.test"#
    );
    assert_eq!(leaf.issuer, leaf.subject);
    assert_eq!(leaf.subject_alternative, "a.test,*.b.test");
    assert_eq!(leaf.serial_number, "0abc");
    assert_eq!(leaf.fingerprint_sha256.len(), 64);
}

#[test]
fn serial_numbers_are_those_of_their_bytes() {
    use rcgen::SerialNumber;
    for (bytes, text) in [(&[0][..], ""), (&[1], "01"), (&[0xff, 0x01], "ff01"), (&[0x0b, 0xff], "0bff")] {
        let mut params = params("leaf", &[], 30);
        params.serial_number = Some(SerialNumber::from_slice(bytes));
        let leaf = Leaf::read(&Issued::by_itself(params, key()).der).expect("a certificate");
        assert_eq!(leaf.serial_number, text);
    }
}

#[cfg(feature = "quic")]
#[test]
fn quic_needs_version_1_3() {
    let options = TlsOptions {
        insecure_skip_verify: true,
        max_version: Some(TlsVersion::Tls12),
        ..TlsOptions::default()
    };
    let client = TlsClient::new(&options, &SystemRoots::default()).expect("good options");
    let error = client.quic_config("target.test", &[b"h3"]).expect_err("too old");
    assert_eq!(error.reason(), Reason::Configuration);
}
