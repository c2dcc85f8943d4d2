//! What an ICMP error is called.

use probe_core::wire::{ErrorKind, TimeExceeded, Unreachable};

/// The words before `from ADDRESS for ICMP Echo sent to NAME`.
pub(super) fn icmp_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PacketTooBig { .. } => "ICMP Unreachable (Fragmentation Needed)",
        ErrorKind::ParameterProblem { .. } => "ICMP Parameter Problem",
        ErrorKind::Redirect => "ICMP Redirect",
        ErrorKind::SourceQuench => "ICMP Source Quench",
        ErrorKind::TimeExceeded(TimeExceeded::HopLimit | TimeExceeded::Reassembly) => "ICMP Time Exceeded",
        ErrorKind::Unreachable(unreachable) => unreachable_words(unreachable),
        _ => "ICMP error",
    }
}

fn unreachable_words(unreachable: Unreachable) -> &'static str {
    match unreachable {
        Unreachable::Network => "ICMP Network Unreachable",
        Unreachable::Host => "ICMP Host Unreachable",
        Unreachable::Protocol => "ICMP Protocol Unreachable",
        Unreachable::Port => "ICMP Port Unreachable",
        Unreachable::SourceRouteFailed => "ICMP Unreachable (Source Route Failed)",
        Unreachable::NetworkUnknown => "ICMP Unreachable (Destination Network Unknown)",
        Unreachable::HostUnknown => "ICMP Unreachable (Destination Host Unknown)",
        Unreachable::SourceHostIsolated => "ICMP Unreachable (Source Host Isolated)",
        Unreachable::NetworkProhibited => "ICMP Unreachable (Communication with Network Prohibited)",
        Unreachable::HostProhibited => "ICMP Unreachable (Communication with Host Prohibited)",
        Unreachable::NetworkForTypeOfService => "ICMP Unreachable (Network Unreachable For Type Of Service)",
        Unreachable::HostForTypeOfService => "ICMP Unreachable (Host Unreachable For Type Of Service)",
        Unreachable::Prohibited => "ICMP Unreachable (Communication Administratively Prohibited)",
        Unreachable::PrecedenceViolation => "ICMP Unreachable (Host Precedence Violation)",
        Unreachable::PrecedenceCutoff => "ICMP Unreachable (Precedence cutoff in effect)",
        Unreachable::NoRoute => "ICMP Unreachable (No Route)",
        Unreachable::BeyondScope => "ICMP Unreachable (Beyond Scope)",
        Unreachable::Address => "ICMP Unreachable (Address Unreachable)",
        Unreachable::SourcePolicy => "ICMP Unreachable (Source Address Failed Policy)",
        Unreachable::RouteRejected => "ICMP Unreachable (Route Rejected)",
        _ => "ICMP Unreachable (Invalid Code)",
    }
}
