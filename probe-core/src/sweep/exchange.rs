//! A batch out, a batch in. None of it depends on who is told of what is found, so it is compiled once.

use std::time::Instant;

use super::book::{Book, nanoseconds, since_epoch};
use super::engine::Sweep;
use super::progress::SweepError;
use crate::net::bulk::Received;
use crate::wire::IpVersion;

/// Readings of a socket in a row before sending goes on.
const READS: usize = 4;

impl Sweep {
    /// Writes up to `wanted` packets; how many there are now.
    pub(super) fn stage(&mut self, wanted: usize) -> usize {
        let room = self.families.iter().map(|family| family.socket.room()).min().unwrap_or(0);
        let wanted = wanted.min(room);
        if wanted == 0 {
            return 0;
        }
        let mut staged = 0;
        while staged < wanted {
            let Some((target, address)) = self.next_target() else { break };
            let Ok(approved) = self.policy.approve(address) else {
                if self.pass == 0 {
                    self.account.forbidden += 1;
                }
                // Nobody to ask again.
                if let Some(marks) = &mut self.marks {
                    marks.set(target);
                }
                continue;
            };
            let version = IpVersion::of(address.ip());
            let Some(family) = self.families.iter_mut().find(|family| family.version == version) else {
                continue;
            };
            let socket = &mut family.socket;
            family
                .codec
                .write(address, self.departures.tag(staged), |message| socket.push(approved, message));
            staged += 1;
        }
        staged
    }

    /// Sends what is staged; whether some of it found no room.
    pub(super) fn flush(&mut self, staged: usize) -> bool {
        let is_pending = self.families.iter().any(|family| family.socket.is_blocked());
        if staged == 0 && !is_pending {
            return false;
        }
        let before = since_epoch();
        let mut is_blocked = false;
        let mut sent = 0;
        for family in &mut self.families {
            let flushed = family.socket.flush();
            sent += flushed.sent;
            self.account.refused += flushed.refused as u64;
            is_blocked |= flushed.is_blocked;
        }
        self.account.sent += sent as u64;
        if self.pass > 0 {
            self.account.retries += sent as u64;
        }
        self.pace.spend(sent);
        if staged > 0 {
            let length = since_epoch().saturating_sub(before);
            self.departures.record(before, length, staged);
        }
        if is_blocked {
            self.pace.slow_down(Instant::now());
        }
        is_blocked
    }

    /// Reads what is there, and keeps what it says for who is told; whether there may be more.
    pub(super) fn read(&mut self) -> Result<bool, SweepError> {
        let mut more = false;
        let mut dropped = 0;
        for at in 0..self.families.len() {
            let family = &mut self.families[at];
            let (codec, socket) = (&family.codec, &mut family.socket);
            let mut book = Book {
                space: &self.space,
                ports: &self.ports,
                has_ports: self.has_ports,
                timeout: self.timeout,
                departures: &self.departures,
                marks: &mut self.marks,
                account: &mut self.account,
                found: &mut self.found,
            };
            more = true;
            for _ in 0..READS {
                // What has no stamp of its own arrived when it was read.
                let mut read_at = None;
                more = socket
                    .receive(|received| {
                        let mut read = || *read_at.get_or_insert_with(since_epoch);
                        let answer = match received {
                            Received::Packet(arrival) => {
                                let at = arrival.stamp.map_or_else(&mut read, nanoseconds);
                                let from = arrival.from.ip();
                                if let Some(tag) = codec.read_reply(from, arrival.message) {
                                    return book.enter_reply(from, tag, at);
                                }
                                codec.read(&arrival).map(|answer| (answer, at))
                            }
                            Received::Error(notice) => {
                                codec.read_notice(&notice).map(|answer| (answer, read()))
                            }
                        };
                        match answer {
                            Some((answer, at)) => book.enter(&answer, at),
                            None => book.account.foreign += 1,
                        }
                    })
                    .map_err(SweepError::Socket)?;
                if !more {
                    break;
                }
            }
            dropped += socket.drops().wrapping_sub(family.drops);
            family.drops = socket.drops();
        }
        if dropped > 0 {
            self.account.dropped += u64::from(dropped);
            self.pace.slow_down(Instant::now());
        }
        Ok(more)
    }
}
