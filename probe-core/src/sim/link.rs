//! A simulated network: every address answers echo requests, over links with faults.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::random::Random;
use crate::net::{
    IdentifierRange, Incoming, Link, Network, Opened, Outgoing, Received, SocketKey, SocketKind,
};
use crate::wire::echo::{self, ChecksumPolicy, Message};
use crate::wire::{HopLimit, Identifier, IpVersion, checksum, ipv4};

/// How long the kernel asks for a neighbour before it gives up (three times, a second apart).
const NEIGHBOUR_TIMEOUT: Duration = Duration::from_secs(3);

/// The faults of a simulated link. Shares are between 0 and 1; the default has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Round-trip time without jitter.
    pub delay: Duration,
    /// Added to the round trip, evenly distributed from 0 to this.
    pub jitter: Duration,
    /// Share of requests that are never answered.
    pub loss: f64,
    /// Share of requests that are answered twice, the second time after another `delay`.
    pub duplication: f64,
    /// Share of answers that are held back by another `delay`, so that later ones overtake them.
    pub reordering: f64,
    /// Share of answers with one bit of their payload flipped.
    pub corruption: f64,
    /// Hop limit of the answers.
    pub hop_limit: HopLimit,
    /// Hosts that are not there: nothing answers for them on their own link either.
    pub absent: Vec<IpAddr>,
    /// How many packets to absent hosts a socket's send buffer holds; each stays there for three seconds, until the
    /// kernel gives up asking for its neighbour.
    pub room: usize,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            corruption: 0.0,
            hop_limit: HopLimit(64),
            absent: Vec::new(),
            room: usize::MAX,
        }
    }
}

/// A network whose every address answers, with seeded faults, on tokio's clock: pause it, and hours pass in an instant.
///
/// ```
/// # use std::time::Duration;
/// # use probe_core::net::{Policy, icmp::{Engine, PingOptions, ping}};
/// # use probe_core::sim::{Faults, SimNetwork};
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let network = SimNetwork::new(7, Faults { delay: Duration::from_millis(80), ..Faults::default() });
/// let (engine, driver) = Engine::on_network(network);
/// tokio::spawn(driver);
/// let somewhere = Policy::allow_all().approve("198.18.0.1:0".parse().unwrap()).unwrap();
/// let mut pinger = engine.pinger(somewhere, &PingOptions::default()).unwrap();
/// let reply = ping(&mut pinger, Duration::from_secs(1)).await.unwrap().unwrap();
/// assert_eq!(reply.rtt, Duration::from_millis(80));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct SimNetwork {
    faults: Faults,
    random: Arc<Mutex<Random>>,
    refused: Vec<SocketKind>,
}

impl SimNetwork {
    /// A network with these faults; the same seed gives the same fate to every packet.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { faults, random: Arc::new(Mutex::new(Random::new(seed))), refused: Vec::new() }
    }

    /// The same network to a process that may not open sockets of this kind.
    #[must_use]
    pub fn refusing(mut self, kind: SocketKind) -> Self {
        self.refused.push(kind);
        self
    }
}

impl Network for SimNetwork {
    fn open(&self, key: &SocketKey, _: IdentifierRange) -> io::Result<Opened> {
        if self.refused.contains(&key.kind) {
            let error = if key.kind == SocketKind::Raw { libc::EPERM } else { libc::EACCES };
            return Err(io::Error::from_raw_os_error(error));
        }
        let identifier = (key.kind == SocketKind::Datagram).then(|| {
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
            Identifier(random.next() as u16)
        });
        let link = SimLink {
            key: *key,
            faults: self.faults.clone(),
            random: self.random.clone(),
            travelling: BinaryHeap::new(),
            order: 0,
            timer: None,
            stuck: VecDeque::new(),
        };
        Ok(Opened { link: Box::new(link), identifier })
    }
}

struct SimLink {
    key: SocketKey,
    faults: Faults,
    random: Arc<Mutex<Random>>,
    travelling: BinaryHeap<Travelling>,
    order: u64,
    timer: Option<Pin<Box<Sleep>>>,
    /// When the packets to absent hosts leave the send buffer.
    stuck: VecDeque<Instant>,
}

/// An answer on its way. The heap yields the earliest, and of equals the one sent first.
struct Travelling {
    arrives: Instant,
    order: u64,
    from: IpAddr,
    bytes: Vec<u8>,
}

impl SimLink {
    fn answer(&mut self, request: &Outgoing) {
        let Some(destination) = request.destination.as_socket() else { return };
        let decoded = echo::decode(self.key.version, &request.bytes, ChecksumPolicy::Skip);
        let Ok(Message::EchoRequest(echo)) = decoded else { return };
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut delay = self.faults.delay + self.faults.jitter.mul_f64(random.share());
        let (lost, doubled) = (random.chance(self.faults.loss), random.chance(self.faults.duplication));
        if random.chance(self.faults.reordering) {
            delay += self.faults.delay;
        }
        let flipped = random.chance(self.faults.corruption).then(|| random.next() as usize);
        drop(random);
        if lost {
            return;
        }
        let mut message = reply_to(self.key.version, &request.bytes);
        if let Some(bit) = flipped.filter(|_| !echo.payload.is_empty()) {
            let at = message.len() - 1 - bit / 8 % echo.payload.len();
            message[at] ^= 1 << (bit % 8);
        }
        let bytes = self.with_header(destination.ip(), &message);
        let now = Instant::now();
        for round in 0..=u32::from(doubled) {
            self.order += 1;
            self.travelling.push(Travelling {
                arrives: now + delay + self.faults.delay * round,
                order: self.order,
                from: destination.ip(),
                bytes: bytes.clone(),
            });
        }
    }

    /// Raw IPv4 sockets deliver the IP header too.
    fn with_header(&self, from: IpAddr, message: &[u8]) -> Vec<u8> {
        let (IpAddr::V4(source), SocketKind::Raw) = (from, self.key.kind) else { return message.to_vec() };
        let header = ipv4::Ipv4Header {
            source,
            destination: Ipv4Addr::LOCALHOST,
            protocol: 1,
            hop_limit: self.faults.hop_limit,
            tos: 0,
            total_length: (ipv4::HEADER_LENGTH + message.len()) as u16,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
        };
        [&header.emit()[..], message].concat()
    }
}

/// The echo reply to an echo request: another type, the rest as it was, checksum anew (RFC 792, RFC 4443 section 4.2).
fn reply_to(version: IpVersion, request: &[u8]) -> Vec<u8> {
    let mut reply = request.to_vec();
    reply[2..4].fill(0);
    match version {
        IpVersion::V4 => {
            reply[0] = 0;
            let sum = checksum::checksum(&reply);
            reply[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        // That of ICMPv6 is verified by the kernel before a socket sees the packet.
        IpVersion::V6 => reply[0] = 129,
    }
    reply
}

impl Link for SimLink {
    fn send(&mut self, packets: &[Outgoing]) -> io::Result<usize> {
        let now = Instant::now();
        while self.stuck.front().is_some_and(|leaves| *leaves <= now) {
            self.stuck.pop_front();
        }
        for (taken, packet) in packets.iter().enumerate() {
            if self.stuck.len() >= self.faults.room {
                return if taken == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) };
            }
            let host = packet.destination.as_socket().map(|address| address.ip());
            if host.is_some_and(|host| self.faults.absent.contains(&host)) {
                self.stuck.push_back(now + NEIGHBOUR_TIMEOUT);
            } else {
                self.answer(packet);
            }
        }
        Ok(packets.len())
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        arrivals: &mut [Incoming],
        _: &mut [Incoming],
    ) -> Poll<io::Result<Received>> {
        let mut count = 0;
        while count < arrivals.len()
            && let Some(next) = self.travelling.peek()
        {
            if next.arrives > Instant::now() {
                break;
            }
            if let Some(arrived) = self.travelling.pop() {
                arrivals[count].put(arrived.from, Some(self.faults.hop_limit), &arrived.bytes);
                count += 1;
            }
        }
        if count > 0 {
            return Poll::Ready(Ok(Received { arrivals: count, notices: 0 }));
        }
        if let Some(next) = self.travelling.peek() {
            let timer = self.timer.insert(Box::pin(sleep_until(next.arrives)));
            if timer.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }

    fn receive_notices(&mut self, _: &mut [Incoming]) -> io::Result<usize> {
        Ok(0)
    }
}

impl PartialEq for Travelling {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Travelling {}

impl PartialOrd for Travelling {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Travelling {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.arrives, other.order).cmp(&(self.arrives, self.order))
    }
}
