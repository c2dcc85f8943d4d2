//! A network on which every echo request is answered at once, without a socket and without a privilege.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::task::{Context, Poll};

use probe_core::net::{
    IdentifierRange, Incoming, Link, Network, Opened, Outgoing, Received, SocketKey, SocketKind,
};
use probe_core::wire::checksum::checksum;
use probe_core::wire::ipv4::{self, Ipv4Header};
use probe_core::wire::{HopLimit, Identifier, IpVersion};

/// The identifier of its datagram sockets.
const IDENTIFIER: Identifier = Identifier(0x1234);
/// The hop limit of its answers.
const HOP_LIMIT: HopLimit = HopLimit(64);

/// Answers at once. Its raw IPv4 sockets deliver IP headers, as the kernel's do.
pub(crate) struct EchoNetwork;

impl Network for EchoNetwork {
    fn open(&self, key: &SocketKey, _: IdentifierRange) -> io::Result<Opened> {
        let link = EchoLink { key: *key, answers: VecDeque::new(), spare: Vec::new() };
        let identifier = (key.kind == SocketKind::Datagram).then_some(IDENTIFIER);
        Ok(Opened { link: Box::new(link), identifier })
    }
}

struct EchoLink {
    key: SocketKey,
    answers: VecDeque<Answer>,
    /// Answers delivered, whose buffers serve again.
    spare: Vec<Answer>,
}

struct Answer {
    source: IpAddr,
    bytes: Vec<u8>,
}

impl Link for EchoLink {
    fn send(&mut self, packets: &[Outgoing]) -> io::Result<usize> {
        for packet in packets {
            let address = packet.destination.as_socket().ok_or(io::ErrorKind::InvalidInput)?;
            let mut answer = self.spare.pop().unwrap_or(Answer { source: address.ip(), bytes: Vec::new() });
            answer.source = address.ip();
            answer.bytes.clear();
            answer.write(&self.key, &packet.bytes);
            self.answers.push_back(answer);
        }
        Ok(packets.len())
    }

    fn poll_receive(
        &mut self,
        _: &mut Context<'_>,
        arrivals: &mut [Incoming],
        _: &mut [Incoming],
    ) -> Poll<io::Result<Received>> {
        let count = arrivals.len().min(self.answers.len());
        for (arrival, answer) in arrivals.iter_mut().zip(self.answers.drain(..count)) {
            arrival.put(answer.source, Some(HOP_LIMIT), &answer.bytes);
            self.spare.push(answer);
        }
        // Nobody needs to be woken: answers come into being in `send`, which whoever polls here calls before.
        if count == 0 { Poll::Pending } else { Poll::Ready(Ok(Received { arrivals: count, notices: 0 })) }
    }

    fn receive_notices(&mut self, _: &mut [Incoming]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Answer {
    /// Turns a request into what a socket with this key receives in answer.
    fn write(&mut self, key: &SocketKey, request: &[u8]) {
        const REPLY_V4: u8 = 0;
        const REPLY_V6: u8 = 129;

        if let (IpVersion::V4, SocketKind::Raw, IpAddr::V4(source)) = (key.version, key.kind, self.source) {
            self.bytes.extend_from_slice(&ip_header(source, request.len()));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(request);
        let message = &mut self.bytes[start..];
        message[0] = if key.version == IpVersion::V4 { REPLY_V4 } else { REPLY_V6 };
        if key.version == IpVersion::V4 {
            message[2..4].fill(0);
            let sum = checksum(message);
            message[2..4].copy_from_slice(&sum.to_be_bytes());
        }
    }
}

fn ip_header(source: Ipv4Addr, payload: usize) -> [u8; ipv4::HEADER_LENGTH] {
    const ICMP: u8 = 1;

    let header = Ipv4Header {
        source,
        destination: Ipv4Addr::LOCALHOST,
        protocol: ICMP,
        hop_limit: HOP_LIMIT,
        tos: 0,
        total_length: (ipv4::HEADER_LENGTH + payload) as u16,
        identification: 0,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
    };
    header.emit()
}
