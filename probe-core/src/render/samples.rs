//! Reports made by hand, for the tests of every format.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use crate::model::{
    Count, Exchange, Flag, Gauge, Measurements, Note, NoteContent, Number, Outcome, Phase, ProbeError,
    Reason, Refusal, Remedy, Report, Seconds, Situation, Verdict,
};

pub(super) static SUCCESS: Gauge<Flag> =
    Gauge::new("probe_success", "Displays whether or not the probe was a success", &[]);
pub(super) static PHASES: Gauge<Seconds, 1> =
    Gauge::new("probe_icmp_duration_seconds", "Duration of icmp request by phase", &["phase"]);
pub(super) static HASH: Gauge<Number> = Gauge::new(
    "probe_ip_addr_hash",
    "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    &[],
);
pub(super) static PAIRS: Gauge<Count, 2> =
    Gauge::new("probe_pairs", "Two labels,\nnot in order: \\ and \".", &["zone", "area"]);

/// An ICMP probe that succeeded.
pub(crate) fn success() -> Report {
    let mut measurements = Measurements::default();
    measurements.set(&PHASES, ["setup"], Duration::from_nanos(84_849));
    measurements.set(&PHASES, ["rtt"], Duration::from_nanos(206_931));
    measurements.put(&HASH, 3_668_918_509.0);
    measurements.put(&SUCCESS, true);
    Report {
        module: "icmp".into(),
        prober: "icmp".into(),
        target: "localhost".into(),
        address: Some([127, 0, 0, 1].into()),
        labels: Vec::new(),
        started: UNIX_EPOCH + Duration::new(1_709_208_000, 1_999),
        elapsed: Duration::from_micros(377),
        timeout: Duration::from_secs(5),
        verdict: Verdict::Success,
        measurements,
        notes: vec![Note { name: "socket", content: NoteContent::Text("datagram".into()) }],
        exchanges: Vec::new(),
        log: Vec::new(),
    }
}

/// A TCP probe that was refused.
pub(crate) fn refused_connection() -> Report {
    let mut measurements = Measurements::default();
    measurements.put(&SUCCESS, false);
    let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
    Report {
        module: "tcp_connect".into(),
        prober: "tcp".into(),
        target: "127.0.0.1:1".into(),
        verdict: Verdict::failure(
            ProbeError::new(Reason::Connect, Phase::Connect, "cannot connect to 127.0.0.1:1")
                .caused_by(cause),
        ),
        measurements,
        notes: Vec::new(),
        ..success()
    }
}

/// An ICMP probe that was allowed no socket.
pub(crate) fn no_privilege() -> Report {
    let error = ProbeError::new(Reason::Privilege, Phase::Setup, "no socket for ICMP may be opened");
    let note = |refusal: Refusal| Note { name: "refused", content: NoteContent::Refusal(refusal.into()) };
    Report { verdict: Verdict::failure(error), notes: refusals().map(note).into(), ..success() }
}

/// An ICMP probe of three packets, one of them lost.
pub(crate) fn three_packets() -> Report {
    let reply = |sequence, micros, hop_limit| Exchange {
        sequence,
        outcome: Outcome::Reply { rtt: Duration::from_micros(micros), hop_limit, bytes: 64 },
    };
    let lost = Exchange { sequence: 1, outcome: Outcome::Lost };
    Report { exchanges: vec![reply(0, 42, Some(64)), lost, reply(2, 12_300, None)], ..success() }
}

fn refusals() -> [Refusal; 2] {
    [
        Refusal {
            rung: "datagram",
            error: "permission denied (EACCES)".into(),
            causes: vec!["group 1000 is outside net.ipv4.ping_group_range (1 0)".into()],
            remedies: vec![Remedy {
                situation: Situation::Sysctl,
                line: "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"".into(),
            }],
        },
        Refusal {
            rung: "raw",
            error: "operation not permitted (EPERM)".into(),
            causes: vec!["CAP_NET_RAW is not in the effective set".into()],
            remedies: vec![
                Remedy { situation: Situation::Host, line: "setcap cap_net_raw+ep /usr/bin/probe".into() },
                Remedy { situation: Situation::Systemd, line: "AmbientCapabilities=CAP_NET_RAW".into() },
            ],
        },
    ]
}
