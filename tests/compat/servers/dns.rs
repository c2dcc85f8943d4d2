//! A name server.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::seen::Visit;
use super::{Context, Server, Service, Speaks, Stream, Work, accept_tcp, pace};

/// A query as it arrived.
#[derive(Clone, Debug)]
pub struct Query {
    /// All of it.
    pub bytes: Vec<u8>,
    /// The name, with its dots, in the case in which it was asked.
    pub name: String,
    /// The type.
    pub kind: u16,
    /// The class.
    pub class: u16,
    /// Whether the server is to ask others.
    pub recursion: bool,
}

/// What is sent back, a message each.
pub type Replies = Vec<Reply>;

/// A message, and how long it takes.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The message.
    pub bytes: Vec<u8>,
    /// What passes before.
    pub after: Duration,
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, after: Duration::ZERO }
    }
}

type Handler = Arc<dyn Fn(&Query) -> Replies + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Dns {
    handler: Handler,
    udp: bool,
    tcp: bool,
}

pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    udp: Option<UdpSocket>,
    tcp: Option<TcpListener>,
}

/// A name server on UDP and TCP.
pub fn dns(handler: impl Fn(&Query) -> Replies + Send + Sync + 'static) -> Server {
    Server::speaking(Speaks::Dns(Dns { handler: Arc::new(handler), udp: true, tcp: true }))
}

impl Server {
    /// A name server on TCP alone.
    #[must_use]
    pub fn tcp_alone(mut self) -> Self {
        if let Speaks::Dns(dns) = &mut self.speaks {
            dns.udp = false;
        }
        self
    }

    /// A name server on UDP alone.
    #[must_use]
    pub fn udp_alone(mut self) -> Self {
        if let Speaks::Dns(dns) = &mut self.speaks {
            dns.tcp = false;
        }
        self
    }
}

impl Dns {
    pub(crate) fn bind(&self, address: IpAddr) -> Port {
        // The port that TCP gets may be taken over UDP.
        for _ in 0..100 {
            let tcp = std::net::TcpListener::bind((address, 0)).expect("a port is free");
            let address = tcp.local_addr().expect("it is bound");
            let Ok(udp) = std::net::UdpSocket::bind(address) else { continue };
            tcp.set_nonblocking(true).expect("a socket");
            udp.set_nonblocking(true).expect("a socket");
            return Port {
                address,
                udp: self.udp.then(|| UdpSocket::from_std(udp).expect("a socket")),
                tcp: self.tcp.then(|| TcpListener::from_std(tcp).expect("a listener")),
            };
        }
        panic!("no port is free for both");
    }

    pub(crate) async fn run(self, port: Port, context: Context) {
        let streams = async {
            match port.tcp {
                Some(listener) => {
                    accept_tcp(listener, Arc::new(OverStream(self.handler.clone())), context.clone()).await;
                }
                None => std::future::pending().await,
            }
        };
        let datagrams = async {
            match port.udp {
                Some(socket) => over_udp(&socket, &self.handler, &context).await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(streams, datagrams);
    }
}

async fn over_udp(socket: &UdpSocket, handler: &Handler, context: &Context) {
    let mut buf = [0; 4096];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buf).await else { continue };
        let visit = Visit::new(context.clone(), peer.ip().to_string());
        let Some(query) = Query::read(&buf[..length]) else { continue };
        query.keep("udp", &visit);
        for reply in handler(&query) {
            pace::pass(reply.after).await;
            let _ = socket.send_to(&reply.bytes, peer).await;
        }
    }
}

struct OverStream(Handler);

impl Service for OverStream {
    fn serve(&self, mut stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        Box::pin(async move {
            while let Ok(length) = stream.read_u16().await {
                let mut bytes = vec![0; length.into()];
                if stream.read_exact(&mut bytes).await.is_err() {
                    break;
                }
                let Some(query) = Query::read(&bytes) else { break };
                query.keep("tcp", &visit);
                let replies = (self.0)(&query);
                for reply in &replies {
                    pace::pass(reply.after).await;
                    let length = (reply.bytes.len() as u16).to_be_bytes();
                    let _ = stream.write_all(&[&length, reply.bytes.as_slice()].concat()).await;
                    let _ = stream.flush().await;
                }
                if replies.is_empty() {
                    // Says nothing, but stays.
                    let _ = stream.read_u8().await;
                }
            }
        })
    }
}

impl Query {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.get(12..)?;
        let mut name = String::new();
        loop {
            let (length, after) = rest.split_first()?;
            rest = after;
            if *length == 0 {
                break;
            }
            let label = rest.get(..usize::from(*length))?;
            name += &format!("{}.", label.escape_ascii());
            rest = &rest[usize::from(*length)..];
        }
        let number = |at: usize| Some(u16::from_be_bytes([*rest.get(at)?, *rest.get(at + 1)?]));
        Some(Self {
            bytes: bytes.to_vec(),
            name: if name.is_empty() { ".".into() } else { name },
            kind: number(0)?,
            class: number(2)?,
            recursion: bytes[2] & 1 != 0,
        })
    }

    /// Keeps it, but for its random id.
    fn keep(&self, over: &str, visit: &Visit) {
        let header: Vec<String> = self.bytes[2..12].iter().map(|byte| format!("{byte:02x}")).collect();
        visit.saw(format!(
            "{over} {} type {} class {} header {} length {}",
            self.name,
            self.kind,
            self.class,
            header.concat(),
            self.bytes.len(),
        ));
        if visit.peer != "127.0.0.1" && visit.peer != "::1" {
            visit.saw(format!("peer {}", visit.peer));
        }
    }
}

/// An answer that is put together, its question repeated.
#[derive(Clone, Debug, Default)]
pub struct Message {
    rcode: u8,
    flags: u8,
    sections: [Vec<Vec<u8>>; 3],
}

/// With these records in the answer section.
pub fn records(records: &[Vec<u8>]) -> Message {
    Message { sections: [records.to_vec(), Vec::new(), Vec::new()], ..Message::default() }
}

impl Message {
    /// With this response code.
    #[must_use]
    pub fn rcode(self, rcode: u8) -> Self {
        Self { rcode, ..self }
    }

    /// Authoritative (4), truncated (2).
    #[must_use]
    pub fn flags(self, flags: u8) -> Self {
        Self { flags, ..self }
    }

    /// With these records in the authority section.
    #[must_use]
    pub fn authority(mut self, records: &[Vec<u8>]) -> Self {
        self.sections[1] = records.to_vec();
        self
    }

    /// With these records in the additional section.
    #[must_use]
    pub fn additional(mut self, records: &[Vec<u8>]) -> Self {
        self.sections[2] = records.to_vec();
        self
    }

    /// The bytes of the answer to a query.
    pub fn to(&self, query: &Query) -> Vec<u8> {
        let mut bytes = query.bytes[..2].to_vec();
        bytes.extend([0x80 | self.flags | u8::from(query.recursion), 0x80 | self.rcode, 0, 1]);
        for section in &self.sections {
            bytes.extend((section.len() as u16).to_be_bytes());
        }
        bytes.extend_from_slice(&query.bytes[12..]);
        bytes.extend(self.sections.concat().concat());
        bytes
    }
}

/// A name server that always answers this.
pub fn answering(message: Message) -> Server {
    dns(move |query| vec![message.to(query).into()])
}

/// A record of class IN: owner, type by number, time to live, data.
pub fn record(owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    record_of(1, owner, kind, ttl, data)
}

/// A record of any class.
pub fn record_of(class: u16, owner: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = name(owner);
    bytes.extend(kind.to_be_bytes());
    bytes.extend(class.to_be_bytes());
    bytes.extend(ttl.to_be_bytes());
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A name as data, not compressed.
pub fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// The data of a SOA record.
pub fn start_of_authority(serial: u32) -> Vec<u8> {
    let mut data = [name("ns.example.test"), name("admin.example.test")].concat();
    for number in [serial, 3600, 900, 604_800, 60] {
        data.extend(number.to_be_bytes());
    }
    data
}

/// The data of a TXT record.
pub fn text(strings: &[&str]) -> Vec<u8> {
    let mut data = Vec::new();
    for string in strings {
        data.push(string.len() as u8);
        data.extend_from_slice(string.as_bytes());
    }
    data
}
