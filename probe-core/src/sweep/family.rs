//! The socket of an address family.

use super::message::{Codec, Kind};
use super::options::{Method, SweepOptions};
use super::space::Space;
use crate::net::OpenError;
use crate::net::bulk::{BulkKind, BulkOptions, BulkSocket};
use crate::wire::IpVersion;
use crate::wire::sip::SipKey;

/// The socket of an address family, and how its packets are written.
pub(super) struct Family {
    pub(super) version: IpVersion,
    pub(super) socket: BulkSocket,
    pub(super) codec: Codec,
    pub(super) drops: u32,
}

impl Family {
    pub(super) fn open(
        version: IpVersion,
        space: &Space,
        options: &SweepOptions,
        kinds: Vec<BulkKind>,
    ) -> Result<Self, OpenError> {
        let targets = space.ranges().map(|range| (range.first(), range.last()));
        let socket = BulkSocket::open(&BulkOptions {
            version,
            purpose: options.method.purpose(),
            kinds,
            stamps: options.stamps,
            egress: options.egress.clone(),
            targets: targets.filter(|range| IpVersion::of(range.0) == version).collect(),
        })?;
        let kind = match &options.method {
            Method::Echo => Kind::Echo { identifier: socket.number() },
            Method::Syn { .. } => {
                let unknown = if version == IpVersion::V4 { [0; 4].into() } else { [0_u16; 8].into() };
                Kind::Syn { source: socket.source().unwrap_or(unknown), source_port: socket.number() }
            }
            Method::Udp { payload, .. } => Kind::Udp { payload: payload.clone() },
        };
        Ok(Self { version, socket, codec: Codec { version, key: SipKey::new(), kind }, drops: 0 })
    }
}
