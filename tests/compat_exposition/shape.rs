//! What an exposition says besides its values, and what the reference exporter's says.

use probe_core::model::Report;
use probe_core::render::prometheus;

/// Families: name, help text, and the labels of each series as they are written.
pub(crate) type Expected = &'static [(&'static str, &'static str, &'static [&'static str])];

/// What surrounds every probe.
pub(crate) const EVERY_PROBE: Expected = &[
    ("probe_success", "Displays whether or not the probe was a success", &[""]),
    ("probe_duration_seconds", "Returns how long the probe took to complete in seconds", &[""]),
];

/// What every probe has that looks up an address, even in vain.
pub(crate) const ADDRESS: Expected = &[
    ("probe_dns_lookup_time_seconds", "Returns the time taken for probe dns lookup in seconds", &[""]),
    ("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6", &[""]),
    (
        "probe_ip_addr_hash",
        "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
        &[""],
    ),
];

/// What a TCP probe has once it is connected.
pub(crate) const TCP_CONNECTED: Expected = &[
    ("probe_failed_due_to_regex", "Indicates if probe failed due to regex", &[""]),
    ("probe_failed_due_to_bytes", "Indicates if probe failed due to bytes", &[""]),
];

/// What an ICMP probe always has.
pub(crate) const ICMP_PHASES: Expected = &[(
    "probe_icmp_duration_seconds",
    "Duration of icmp request by phase",
    &["{phase=\"resolve\"}", "{phase=\"rtt\"}", "{phase=\"setup\"}"],
)];

/// What an ICMP probe has if the kernel told.
pub(crate) const HOP_LIMIT: Expected =
    &[("probe_icmp_reply_hop_limit", "Replied packet hop limit (TTL for ipv4)", &[""])];

/// Fails unless the exposition of a report has exactly these families, with this help and these labels.
#[track_caller]
pub(crate) fn compare(report: &Report, expected: &[Expected]) {
    let text = prometheus::text(std::slice::from_ref(report));
    let found: Vec<&str> = text.lines().map(without_value).collect();
    let expected = lines(expected);
    assert_eq!(found, expected, "of {:?} {:?}", report.verdict, report.notes);
}

fn without_value(line: &str) -> &str {
    if line.starts_with('#') { line } else { line.rsplit_once(' ').map_or(line, |(series, _)| series) }
}

/// Everything is a gauge, and families are sorted by name.
fn lines(expected: &[Expected]) -> Vec<String> {
    let mut families: Vec<_> = expected.iter().copied().flatten().collect();
    families.sort();
    let mut lines = Vec::new();
    for (name, help, series) in families {
        lines.push(format!("# HELP {name} {help}"));
        lines.push(format!("# TYPE {name} gauge"));
        lines.extend(series.iter().map(|labels| format!("{name}{labels}")));
    }
    lines
}
