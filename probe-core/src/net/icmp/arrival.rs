//! What a received packet or an entry of the error queue means. Pure functions over bytes.

use std::net::IpAddr;
use std::time::Duration;

use crate::net::control::{Beside, origin};
use crate::net::link::{SocketKey, SocketKind};
use crate::net::packet::Incoming;
use crate::wire::echo::{self, ChecksumPolicy, Echo, Message};
use crate::wire::quoted::{self, ErrorKind, Inner, Quoted};
use crate::wire::{HopLimit, IpVersion, WireError, ipv4};

/// Which of our requests a packet speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    /// The address the request went to.
    pub(super) destination: IpAddr,
    pub(super) echo: Echo<'a>,
    /// Whether the payload is there in full, not cut off by our buffer or by who quotes it.
    pub(super) complete: bool,
}

/// What a packet means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning<'a> {
    /// An answer.
    Reply { subject: Subject<'a>, hop_limit: Option<HopLimit>, tos: Option<u8>, bytes: usize },
    /// An ICMP error quoting a request.
    Error { subject: Subject<'a>, kind: ErrorKind, from: Option<IpAddr> },
    /// The kernel's transmit stamp of a request, since the Unix epoch.
    Transmitted { subject: Subject<'a>, at: Duration },
    /// The kernel refused a packet for its size; the MTU it knows.
    TooBig { mtu: u32 },
    /// Nothing that concerns us.
    Nothing,
}

/// Reads a packet. Raw IPv4 sockets deliver the IP header too, and packets whose ICMP checksum nobody has verified.
pub(super) fn packet<'a>(
    key: &SocketKey,
    incoming: &'a Incoming,
    beside: &Beside,
) -> Result<Meaning<'a>, WireError> {
    let Some(mut source) = incoming.source() else { return Ok(Meaning::Nothing) };
    let (mut hop_limit, mut tos) = (beside.hop_limit, beside.tos);
    let mut message = incoming.bytes();
    let mut policy = ChecksumPolicy::Skip;
    if key.version == IpVersion::V4 && key.kind == SocketKind::Raw {
        let (header, payload) = if incoming.is_truncated() {
            ipv4::Ipv4Header::parse_quoted(message)?
        } else {
            policy = ChecksumPolicy::Verify;
            ipv4::Ipv4Header::parse(message)?
        };
        source = header.source.into();
        (hop_limit, tos) = (Some(header.hop_limit), Some(header.tos));
        message = payload;
    }
    Ok(match echo::decode(key.version, message, policy)? {
        Message::EchoReply(echo) => {
            let complete = !incoming.is_truncated();
            Meaning::Reply {
                subject: Subject { destination: source, echo, complete },
                hop_limit,
                tos,
                bytes: message.len(),
            }
        }
        // Advice to the sender: the answer is still to come.
        Message::Error(error) if error.kind.is_advice() => Meaning::Nothing,
        Message::Error(error) => match error.quoted {
            Quoted { destination, inner: Inner::EchoRequest(echo), .. } => Meaning::Error {
                subject: Subject { destination, echo, complete: false },
                kind: error.kind,
                from: Some(source),
            },
            _ => Meaning::Nothing,
        },
        _ => Meaning::Nothing,
    })
}

/// Reads an entry of the error queue.
pub(super) fn notice<'a>(
    key: &SocketKey,
    incoming: &'a Incoming,
    beside: &Beside,
) -> Result<Meaning<'a>, WireError> {
    let Some(error) = beside.error else { return Ok(Meaning::Nothing) };
    match error.origin {
        origin::STAMP => {
            let found = quoted::find_echo_request(incoming.bytes(), key.version);
            Ok(match (found, beside.stamp) {
                (Some((destination, echo)), Some(at)) => {
                    Meaning::Transmitted { subject: Subject { destination, echo, complete: false }, at }
                }
                _ => Meaning::Nothing,
            })
        }
        origin::ICMP | origin::ICMP6 => {
            let rest = if error.kind == 3 || error.kind == 2 { error.info } else { 0 };
            let kind = ErrorKind::from_icmp(key.version, error.kind, error.code, rest);
            if kind.is_some_and(ErrorKind::is_advice) {
                return Ok(Meaning::Nothing);
            }
            let Some(destination) = incoming.source() else { return Ok(Meaning::Nothing) };
            let echo = quoted::decode_echo_header(key.version, incoming.bytes())?;
            Ok(kind.map_or(Meaning::Nothing, |kind| Meaning::Error {
                subject: Subject { destination, echo, complete: false },
                kind,
                from: error.offender,
            }))
        }
        origin::LOCAL if error.number == libc::EMSGSIZE => Ok(Meaning::TooBig { mtu: error.info }),
        _ => Ok(Meaning::Nothing),
    }
}
