//! TLS: handshakes that do not end, chains that are far too long, keys that change without end.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;

use libtest_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::attack::{Victim, trial};
use super::server::{Hostile, drip_forever, read_forever, write_forever};

/// Looks at the certificates.
const CAREFUL: Victim = victim("{prober: tcp, tcp: {tls: true}}");
/// Does not.
const CARELESS: Victim = victim("{prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}");
/// Goes on to wait for a line.
const WAITING: Victim = victim(
    "{prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}, query_response: [{expect: never}]}}",
);
const WEB: Victim = Victim { module: "{prober: http}", target: "https://127.0.0.1:{port}/" };

/// More than anybody needs.
const CHAIN: usize = 1000;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, victim) in [("tcp", CAREFUL), ("http", WEB)] {
        trials.extend([
            trial(&format!("tls: silence ({name})"), victim, &["timeout"], || {
                Hostile::new(|mut stream, _| read_forever(&mut stream))
            }),
            trial(&format!("tls: rubbish ({name})"), victim, &["tls"], || flood(b"rubbish!")),
            // A change of cipher, an empty handshake record, a warning (RFC 8446 sections 5.1 and 6.1).
            trial(&format!("tls: a flood of cipher changes ({name})"), victim, &["tls", "timeout"], || {
                flood(&[20, 3, 3, 0, 1, 1])
            }),
            trial(&format!("tls: a flood of empty records ({name})"), victim, &["tls", "timeout"], || {
                flood(&[22, 3, 3, 0, 0])
            }),
            trial(&format!("tls: a flood of warnings ({name})"), victim, &["tls", "timeout"], || {
                flood(&[21, 3, 3, 0, 2, 1, 90])
            }),
            trial(
                &format!("tls: a handshake a byte at a time ({name})"),
                victim,
                &["tls", "timeout"],
                || {
                    Hostile::new(|mut stream, _| {
                        stream.write_all(&[22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc])?;
                        drip_forever(&mut stream, &[3])
                    })
                },
            ),
            trial(
                &format!("tls: a handshake message of 16 MB ({name})"),
                victim,
                &["tls", "timeout"],
                || {
                    Hostile::new(|mut stream, _| {
                        stream.write_all(&[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff])?;
                        let record = [&[22, 3, 3, 0x40, 0][..], &[3; 0x4000]].concat();
                        write_forever(&mut stream, &record)
                    })
                },
            ),
            trial(&format!("tls: a chain of a thousand ({name})"), victim, &["tls"], || {
                let server = server(&long_chain(), &[]);
                serving(server, read_forever)
            }),
        ]);
    }
    trials.push(trial(
        "tls: a chain of a thousand that nobody looks at",
        CARELESS,
        &["success", "tls"],
        || {
            let server = server(&long_chain(), &[]);
            serving(server, read_forever)
        },
    ));
    trials.push(trial("tls: keys that change without end", WAITING, &["limit", "timeout", "tls"], || {
        hostile(&[], |stream| {
            loop {
                stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
                stream.flush()?;
            }
        })
    }));
    trials.push(trial("tls: silence after the handshake", WAITING, &["timeout"], || {
        hostile(&[], read_forever)
    }));
    trials
}

const fn victim(module: &'static str) -> Victim {
    Victim { module, target: "127.0.0.1:{port}" }
}

fn flood(bytes: &'static [u8]) -> Hostile {
    Hostile::new(move |mut stream, _| write_forever(&mut stream, bytes))
}

pub(crate) type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// A server with a certificate that signed itself, which does this once the handshake is over.
pub(crate) fn hostile(
    protocols: &[&[u8]],
    behaviour: impl Fn(&mut TlsStream) -> io::Result<()> + Send + Sync + 'static,
) -> Hostile {
    let key = KeyPair::generate().expect("a key");
    let certificate = params("localhost").self_signed(&key).expect("a certificate");
    serving(server(&(vec![certificate.der().clone()], key), protocols), behaviour)
}

fn serving(
    config: Arc<ServerConfig>,
    behaviour: impl Fn(&mut TlsStream) -> io::Result<()> + Send + Sync + 'static,
) -> Hostile {
    Hostile::new(move |stream, _| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        behaviour(&mut stream)
    })
}

/// A chain and the key of its first certificate.
type Chain = (Vec<CertificateDer<'static>>, KeyPair);

fn server((chain, key): &Chain, protocols: &[&[u8]]) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of the provider")
        .with_no_client_auth()
        .with_single_cert(chain.clone(), key)
        .expect("the key of the certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

/// Authorities that all have the same name and the same key: each may have issued each.
fn long_chain() -> Chain {
    let (authority_key, key) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let mut authority = params("authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = Issuer::from_params(&authority, &authority_key);
    let leaf = params("localhost").signed_by(&key, &issuer).expect("a certificate");
    let mut chain = vec![leaf.der().clone()];
    for _ in 1..CHAIN {
        let certificate = authority.signed_by(&authority_key, &issuer).expect("a certificate");
        chain.push(certificate.der().clone());
    }
    (chain, key)
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("good names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
