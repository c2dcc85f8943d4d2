//! What Netdata's plugin reads: charts, described once, and their values.

use std::fmt::Write;

use super::host::{Record, Tally};

/// The values of one target, in front of them the charts if they are to be described.
pub(super) fn interim(host: &Record, tally: &Tally, describe: bool) -> String {
    let name = &host.name;
    let id: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut text = String::new();
    let mut chart = |kind: &str, description: &str, values: &[(&str, u128)]| {
        if describe {
            let _ = writeln!(text, "CHART fping.{id}_{kind} {description}");
        }
        let _ = writeln!(text, "BEGIN fping.{id}_{kind}");
        for (key, value) in values {
            let _ = writeln!(text, "SET {key} = {value}");
        }
        text.push_str("END\n");
    };
    chart(
        "packets",
        &format!(
            "'' 'FPing Packets' packets '{name}' fping.packets line 110020 1\n\
             DIMENSION xmt sent absolute 1 1\n\
             DIMENSION rcv received absolute 1 1"
        ),
        &[("xmt", tally.sent.into()), ("rcv", tally.received.into())],
    );
    chart(
        "quality",
        &format!(
            "'' 'FPing Quality' percentage '{name}' fping.quality area 110010 1\n\
             DIMENSION returned '' absolute 1 1"
        ),
        &[("returned", u128::from(tally.received) * 100 / u128::from(tally.sent.max(1)))],
    );
    let trips = tally.mean().map(|mean| {
        [("min", tally.least), ("avg", mean), ("max", tally.most)].map(|(key, trip)| (key, trip.as_nanos()))
    });
    chart(
        "latency",
        &format!(
            "'' 'FPing Latency' ms '{name}' fping.latency area 110000 1\n\
             DIMENSION min minimum absolute 1 1000000\n\
             DIMENSION max maximum absolute 1 1000000\n\
             DIMENSION avg average absolute 1 1000000"
        ),
        trips.as_ref().map_or(&[], |trips| trips.as_slice()),
    );
    text
}
