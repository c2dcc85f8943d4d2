//! What the ICMP prober says in the probe's log: the lines of the reference exporter.

use std::fmt::Display;

use super::settings::IcmpSettings;
use crate::model::{Explanation, Recorder, Severity};

/// What a socket sets by itself.
const USUAL_HOP_LIMIT: u8 = 64;
const UNPRIVILEGED: &str = "Unable to do unprivileged listen on socket, will attempt privileged";

/// Says which sockets were refused before one opened.
pub(super) fn refused(refusals: &[Explanation], ipv6: bool, settings: &IcmpSettings, out: &mut Recorder) {
    if !out.keeps_log(Severity::Error) || begins_privileged(ipv6, settings) {
        return;
    }
    for refusal in refusals {
        out.log(Severity::Error, UNPRIVILEGED, &[("err", &refusal.error)]);
    }
}

/// Says that there is no socket, for a reason that is the same for all kinds of them.
pub(super) fn not_open(error: &dyn Display, ipv6: bool, settings: &IcmpSettings, out: &mut Recorder) {
    if !begins_privileged(ipv6, settings) {
        out.log(Severity::Error, UNPRIVILEGED, &[("err", error)]);
    }
}

/// Where routers may not fragment, the reference exporter takes a raw socket at once.
fn begins_privileged(ipv6: bool, settings: &IcmpSettings) -> bool {
    settings.dont_fragment && !ipv6
}

/// Says that a packet is on its way to the socket.
pub(super) fn sending(sequence: u64, ipv6: bool, settings: &IcmpSettings, out: &mut Recorder) {
    debug("Creating ICMP packet", &[("seq", &sequence)], out);
    debug("Writing out packet", &[], out);
    let message = match (ipv6, settings.dont_fragment) {
        _ if settings.hop_limit == 0 => return,
        (false, true) => "Overriding TTL (raw IPv4)",
        (false, false) => "Setting TTL (IPv4 unprivileged)",
        (true, _) => "Setting TTL (IPv6 unprivileged)",
    };
    // Of a raw socket, the reference exporter tells what it overrides: what a socket has by itself.
    let shown = if message.starts_with("Overriding") { USUAL_HOP_LIMIT } else { settings.hop_limit };
    debug(message, &[("ttl", &shown)], out);
}

/// Says that the kernel took a packet.
pub(super) fn sent(out: &mut Recorder) {
    debug("Waiting for reply packets", &[], out);
}

/// Says that a packet was answered.
pub(super) fn answered(has_hop_limit: bool, out: &mut Recorder) {
    if !has_hop_limit {
        no_hop_limit(out);
    }
    debug("Found matching reply packet", &[], out);
}

/// Says that the kernel did not take a packet.
pub(super) fn not_sent(error: &dyn Display, out: &mut Recorder) {
    out.log(Severity::Warn, "Error writing to socket", &[("err", error)]);
}

/// Says that an error came back instead of an answer.
pub(super) fn refused_by_network(error: &dyn Display, out: &mut Recorder) {
    out.log(Severity::Error, "Error reading from socket", &[("err", error)]);
}

/// Says that no answer came in time, if there was any.
pub(super) fn unanswered(had_time: bool, out: &mut Recorder) {
    if !had_time {
        return;
    }
    no_hop_limit(out);
    out.log(Severity::Warn, "Timeout reading from socket", &[("err", &"no answer in time")]);
}

fn no_hop_limit(out: &mut Recorder) {
    let is_ipv6 = out.address.is_some_and(|address| address.is_ipv6());
    let message = if is_ipv6 {
        "Cannot get Hop Limit from the received packet. 'probe_icmp_reply_hop_limit' will be missing."
    } else {
        "Cannot get TTL from the received packet. 'probe_icmp_reply_hop_limit' will be missing."
    };
    debug(message, &[], out);
}

fn debug(message: &'static str, fields: &[(&'static str, &dyn Display)], out: &mut Recorder) {
    out.log(Severity::Debug, message, fields);
}
