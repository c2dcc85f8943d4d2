//! Small servers, each on a thread of its own that ends with the tests.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

/// Serves every connection with this, and gives its address.
fn tcp(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let target = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.expect("a connection"));
        }
    });
    target
}

/// Answers every datagram.
pub(crate) fn udp(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let target = socket.local_addr().expect("it is bound").to_string();
    thread::spawn(move || {
        let mut buf = [0; 2048];
        while let Ok((length, client)) = socket.recv_from(&mut buf) {
            socket.send_to(&answer(&buf[..length]), client).expect("it is sent");
        }
    });
    target
}

/// A name server over UDP: one address for every name.
pub(crate) fn dns() -> String {
    udp(|query| {
        let mut end = 12;
        while query[end] != 0 {
            end += usize::from(query[end]) + 1;
        }
        let question = &query[12..end + 5];
        // QR, RD and RA; one question, one answer, nothing else (RFC 1035 section 4.1.1).
        let header = [&query[..2], b"\x81\x80\0\x01\0\x01\0\0\0\0"].concat();
        [&header, question, b"\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02\x07"].concat()
    })
}

/// Reads a head, and the body if its length is announced.
fn request(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    loop {
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text.into_owned();
            }
        }
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return text.into_owned();
        }
        seen.push(byte[0]);
    }
}

/// Answers every request with this.
pub(crate) fn http(answer: &'static str) -> String {
    tcp(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(answer.as_bytes());
    })
}

/// Answers every request with the request itself.
pub(crate) fn echo() -> String {
    tcp(|mut stream| {
        let asked = request(&mut stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", asked.len());
        let _ = stream.write_all((head + &asked).as_bytes());
    })
}

/// Greets.
pub(crate) fn say(greeting: &'static str) -> String {
    tcp(move |mut stream| {
        let _ = stream.write_all(greeting.as_bytes());
        let _ = stream.read(&mut [0; 64]);
    })
}

/// Answers health checks with this status, in frames of HTTP/2 written by hand (RFC 9113 section 4.1).
pub(crate) fn grpc(status: u8) -> String {
    tcp(move |mut stream| {
        let mut seen = Vec::new();
        let mut byte = [0];
        // The frame with the message for the service "shop" ends the request.
        while !seen.ends_with(b"\0\0\0\0\x06\x0a\x04shop") {
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                return;
            }
            seen.push(byte[0]);
        }
        let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
            [&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream], payload].concat()
        };
        let settings = [frame(4, 0, 0, b""), frame(4, 1, 0, b"")].concat();
        // `:status: 200` and literals (RFC 7541 section 6.2.2).
        let head = frame(1, 4, 1, b"\x88\0\x0ccontent-type\x10application/grpc");
        let message = frame(0, 0, 1, &[0, 0, 0, 0, 2, 8, status]);
        let trailers = frame(1, 5, 1, b"\0\x0bgrpc-status\x010");
        let _ = stream.write_all(&[settings, head, message, trailers].concat());
        while stream.read(&mut byte).unwrap_or(0) > 0 {}
    })
}

/// Opens a websocket, says hello, and waits.
pub(crate) fn websocket() -> String {
    let target = tcp(|stream| {
        if let Ok(mut socket) = tokio_tungstenite::tungstenite::accept(stream) {
            let _ = socket.send("hello bob".into());
            let _ = socket.read();
        }
    });
    format!("ws://{target}/chat")
}

/// Greets over a unix socket.
pub(crate) fn unix(name: &str, greeting: &'static str) -> String {
    let path = directory().join(name);
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path).expect("the directory can be written");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.write_all(greeting.as_bytes());
        }
    });
    path.display().to_string()
}

/// An authority of its own.
pub(crate) struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

pub(crate) fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    Authority { params, key, pem }
}

impl Authority {
    /// Its certificate in a file of this name.
    pub(crate) fn file(&self, name: &str) -> String {
        let path = directory().join(name);
        fs::write(&path, &self.pem).expect("the directory can be written");
        path.display().to_string()
    }
}

/// Speaks TLS with a certificate of this authority that holds for so many days, less a minute.
pub(crate) fn tls(authority: &Authority, days: u64) -> String {
    let mut params = CertificateParams::new(["web.test".to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, "web.test");
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(3600)).into();
    params.not_after = (now + Duration::from_secs(days * 86_400 - 60)).into();
    let key = KeyPair::generate().expect("a key");
    let issuer = Issuer::from_params(&authority.params, &authority.key);
    let certificate = params.signed_by(&key, &issuer).expect("a certificate").der().clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a key that fits");
    let config = Arc::new(config);
    tcp(move |mut stream| {
        let mut connection = ServerConnection::new(config.clone()).expect("a configuration");
        let mut tls = Stream::new(&mut connection, &mut stream);
        // Whoever leaves before the end of the handshake has seen enough.
        let _ = tls.read(&mut [0; 64]);
    })
}

fn directory() -> PathBuf {
    env!("CARGO_TARGET_TMPDIR").into()
}
