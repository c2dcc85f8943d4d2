//! A name server on loopback that answers as a test tells it to.

use std::net::{Ipv4Addr, SocketAddr};

use probe_core::wire::dns::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What a query came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Tcp,
    Udp,
}

/// Listens on the same port over UDP and TCP, or over one of them.
pub(crate) struct Server {
    udp: Option<UdpSocket>,
    tcp: Option<TcpListener>,
}

impl Server {
    /// Both.
    pub(crate) async fn both() -> Self {
        // The port that TCP gets may be taken over UDP.
        for _ in 0..100 {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().expect("it is bound")).await {
                return Self { udp: Some(udp), tcp: Some(tcp) };
            }
        }
        panic!("no port is free for both");
    }

    /// One of them; the other refuses.
    pub(crate) async fn only(over: Over) -> Self {
        let mut server = Self::both().await;
        match over {
            Over::Tcp => server.udp = None,
            Over::Udp => server.tcp = None,
        }
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let udp = self.udp.as_ref().map(|socket| socket.local_addr().expect("it is bound"));
        let tcp = self.tcp.as_ref().map(|socket| socket.local_addr().expect("it is bound"));
        udp.or(tcp).expect("one of them listens")
    }

    /// Serves for ever: sends what `answer` makes of a query, over UDP a datagram each.
    pub(crate) async fn serve(&self, answer: impl Fn(&[u8], Over) -> Vec<Vec<u8>>) {
        let udp = async {
            match &self.udp {
                Some(socket) => serve_udp(socket, &answer).await,
                None => std::future::pending().await,
            }
        };
        let tcp = async {
            match &self.tcp {
                Some(listener) => serve_tcp(listener, &answer).await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(udp, tcp);
    }
}

async fn serve_udp(socket: &UdpSocket, answer: &impl Fn(&[u8], Over) -> Vec<Vec<u8>>) {
    let mut buf = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut buf).await.expect("a query");
        for message in answer(&buf[..length], Over::Udp) {
            socket.send_to(&message, client).await.expect("the client is there");
        }
    }
}

async fn serve_tcp(listener: &TcpListener, answer: &impl Fn(&[u8], Over) -> Vec<Vec<u8>>) {
    loop {
        let (mut stream, _) = listener.accept().await.expect("a client");
        // A client that says nothing goes away, and so does one that was told enough.
        if let Some(query) = read_query(&mut stream).await {
            for message in answer(&query, Over::Tcp) {
                let length = (message.len() as u16).to_be_bytes();
                stream.write_all(&[&length, message.as_slice()].concat()).await.expect("the client is there");
            }
        }
    }
}

async fn read_query(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut query = vec![0; length.into()];
    stream.read_exact(&mut query).await.ok()?;
    Some(query)
}

/// The header and the sections of an answer, put together with [`Reply::to`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) rcode: u8,
    pub(crate) truncated: bool,
    pub(crate) answer: Vec<Vec<u8>>,
    pub(crate) authority: Vec<Vec<u8>>,
    pub(crate) additional: Vec<Vec<u8>>,
}

impl Reply {
    /// With an answer section.
    pub(crate) fn with(answer: &[Vec<u8>]) -> Self {
        Self { answer: answer.to_vec(), ..Self::default() }
    }

    /// Without records.
    pub(crate) fn error(rcode: u8) -> Self {
        Self { rcode, ..Self::default() }
    }

    /// The answer to a query, its question repeated.
    pub(crate) fn to(&self, query: &[u8]) -> Vec<u8> {
        let question = question(query);
        let mut message = query[..2].to_vec();
        message.extend([0x81 | u8::from(self.truncated) << 1, 0x80 | self.rcode, 0, 1]);
        for section in [&self.answer, &self.authority, &self.additional] {
            message.extend((section.len() as u16).to_be_bytes());
        }
        message.extend_from_slice(question);
        for record in self.answer.iter().chain(&self.authority).chain(&self.additional) {
            message.extend_from_slice(record);
        }
        message
    }
}

/// The bytes of the question.
pub(crate) fn question(query: &[u8]) -> &[u8] {
    let mut end = 12;
    while query[end] != 0 {
        end += 1 + usize::from(query[end]);
    }
    &query[12..end + 5]
}

/// Whether a query wants the server to ask others.
pub(crate) fn wants_recursion(query: &[u8]) -> bool {
    query[2] & 1 != 0
}

/// The size that EDNS announces, if there is EDNS.
pub(crate) fn announced_size(query: &[u8]) -> Option<u16> {
    let rest = &query[12 + question(query).len()..];
    (!rest.is_empty()).then(|| u16::from_be_bytes([rest[3], rest[4]]))
}

/// A record of class IN.
pub(crate) fn record(owner: &str, kind: &str, ttl: u32, data: &[u8]) -> Vec<u8> {
    record_of_class(1, owner, kind, ttl, data)
}

/// A record of any class.
pub(crate) fn record_of_class(class: u16, owner: &str, kind: &str, ttl: u32, data: &[u8]) -> Vec<u8> {
    let kind = RecordType::from_name(kind).expect("a type");
    let mut bytes = name(owner);
    bytes.extend(kind.0.to_be_bytes());
    bytes.extend(class.to_be_bytes());
    bytes.extend(ttl.to_be_bytes());
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A name as data.
pub(crate) fn name(text: &str) -> Vec<u8> {
    text.parse::<Name>().expect("a name").as_bytes().to_vec()
}

/// The data of a SOA record.
pub(crate) fn start_of_authority(serial: u32) -> Vec<u8> {
    let mut data = [name("ns.example.test"), name("admin.example.test")].concat();
    for number in [serial, 3600, 900, 604_800, 60] {
        data.extend(number.to_be_bytes());
    }
    data
}
