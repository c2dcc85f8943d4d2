//! The seam between the ICMP engine and the sockets: real ones, or a simulated link in virtual time.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::task::{Context, Poll};

use super::packet::{Incoming, Outgoing};
use crate::wire::{Identifier, IpVersion};

/// The kind of ICMP socket: the rungs of the ladder, least privileged first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SocketKind {
    /// A "ping" socket (`SOCK_DGRAM`); allowed to the groups of `net.ipv4.ping_group_range`.
    Datagram,
    /// A raw socket; needs `CAP_NET_RAW`.
    Raw,
}

impl SocketKind {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for SocketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an ICMP socket is opened for; sockets are shared between all probes with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketKey {
    /// IPv4 or IPv6.
    pub version: IpVersion,
    /// Datagram or raw.
    pub kind: SocketKind,
    /// Whether packets may not be fragmented.
    pub dont_fragment: bool,
    /// Whether the kernel is to tell the type of service of what arrives.
    pub receives_tos: bool,
    /// The firewall mark.
    pub mark: Option<u32>,
}

/// The identifiers that a raw socket listens to: those that equal `base` in the bits of `mask`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifierRange {
    /// The first of them.
    pub base: u16,
    /// Which bits must be equal.
    pub mask: u16,
}

/// Opens links. The kernel is one network, the simulator another.
pub trait Network: Send + Sync {
    /// Opens a socket. A raw one receives only what carries, or quotes, an identifier of `identifiers`.
    fn open(&self, key: &SocketKey, identifiers: IdentifierRange) -> io::Result<Opened>;

    /// Whether packets may leave from `source`. Unless a network knows better, they may.
    fn may_send_from(&self, source: IpAddr) -> bool {
        let _ = source;
        true
    }
}

/// A link that was opened.
pub struct Opened {
    /// The link.
    pub link: Box<dyn Link>,
    /// The one identifier of a datagram socket, which the kernel has chosen.
    pub identifier: Option<Identifier>,
}

/// How many packets [`Link::poll_receive`] brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Packets.
    pub arrivals: usize,
    /// Entries of the error queue: transmit stamps and errors.
    pub notices: usize,
}

/// One open socket, or a stand-in for one.
pub trait Link: Send {
    /// Sends packets from the front of `packets` and returns how many were taken. An error concerns the first one;
    /// `WouldBlock` means that there is no room at present.
    fn send(&mut self, packets: &[Outgoing]) -> io::Result<usize>;

    /// Waits until there is something to receive, then fills both slices from the front. Transmit stamps of the
    /// requests that `arrivals` answer are among the notices, or there are none.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        arrivals: &mut [Incoming],
        notices: &mut [Incoming],
    ) -> Poll<io::Result<Received>>;

    /// Reads the error queue without waiting; an error that an earlier packet left pending is cleared by it.
    fn receive_notices(&mut self, notices: &mut [Incoming]) -> io::Result<usize>;
}
