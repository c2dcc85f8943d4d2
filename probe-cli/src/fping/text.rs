//! Lines for people and for scripts, to the last blank as fping writes them.

use std::fmt::Write;
use std::time::Duration;

use super::format::Answer;
use super::host::{Account, Record, Tally};
use super::settings::Settings;

/// Milliseconds with as many digits as there is room for.
pub(super) fn milliseconds(time: Duration) -> String {
    let time = time.as_secs_f64() * 1000.0;
    match time {
        ..1.0 => format!("{time:.3}"),
        ..10.0 => format!("{time:.2}"),
        ..100.0 => format!("{time:.1}"),
        _ => format!("{time:.0}"),
    }
}

pub(super) fn alive(name: &str, answer: &Answer, settings: &Settings) -> String {
    let elapsed =
        if settings.elapsed { format!(" ({} ms)", milliseconds(answer.trip)) } else { String::new() };
    let alive = if settings.verbose { " is alive" } else { "" };
    format!("{name}{alive}{}{elapsed}\n", header_fields(answer, settings))
}

/// What was asked for of the answer's IP header.
fn header_fields(answer: &Answer, settings: &Settings) -> String {
    let field = |is_wanted: bool, name: &str, value: Option<u8>| {
        let value = value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
        if is_wanted { format!(" ({name} {value})") } else { String::new() }
    };
    field(settings.print_tos, "TOS", answer.tos) + &field(settings.print_ttl, "TTL", answer.ttl)
}

fn stamp(settings: &Settings) -> String {
    settings.stamp.map_or_else(String::new, |format| format!("[{}] ", format.now()))
}

pub(super) fn reply(
    host: &Record,
    width: usize,
    sequence: u64,
    answer: &Answer,
    settings: &Settings,
) -> String {
    format!(
        "{}{:<width$} : [{sequence}], {} bytes, {} ms ({}){}\n",
        stamp(settings),
        host.name,
        answer.bytes,
        milliseconds(answer.trip),
        so_far(&host.tally),
        header_fields(answer, settings),
    )
}

pub(super) fn timeout(host: &Record, width: usize, sequence: u64, settings: &Settings) -> String {
    let (stamp, name) = (stamp(settings), &host.name);
    format!("{stamp}{name:<width$} : [{sequence}], timed out ({})\n", so_far(&host.tally))
}

fn so_far(tally: &Tally) -> String {
    let mean = tally.mean().map_or_else(|| "NaN".to_owned(), milliseconds);
    format!("{mean} avg, {}% loss", tally.loss())
}

pub(super) fn duplicate(host: &Record, width: usize, sequence: u64, answer: &Answer) -> String {
    let trip = milliseconds(answer.trip);
    format!("{:<width$} : duplicate for [{sequence}], {} bytes, {trip} ms\n", host.name, answer.bytes)
}

/// `xmt/rcv/%loss` and the round trips.
pub(super) fn tally(host: &Record, width: usize, tally: &Tally, settings: &Settings) -> String {
    let (sent, received) = (tally.sent, tally.received);
    let mut line = format!("{:<width$} : xmt/rcv/%loss = {sent}/{received}/{}%", host.name, tally.loss());
    if settings.outage {
        let _ = write!(line, ", outage(ms) = {}", outage(tally, settings));
    }
    if let Some(mean) = tally.mean() {
        let [least, mean, most] = [tally.least, mean, tally.most].map(milliseconds);
        let _ = write!(line, ", min/avg/max = {least}/{mean}/{most}");
    }
    line + "\n"
}

/// Lost packets times the period, in whole milliseconds.
pub(super) fn outage(tally: &Tally, settings: &Settings) -> u128 {
    (settings.period * tally.lost()).as_millis()
}

/// Every round trip.
pub(super) fn values(host: &Record, width: usize) -> String {
    let mut line = format!("{:<width$} :", host.name);
    for value in &host.values {
        line.push(' ');
        line.push_str(&value.map_or_else(|| "-".to_owned(), milliseconds));
    }
    line + "\n"
}

pub(super) fn statistics(account: &Account, unknown: u32) -> String {
    let targets = account.hosts.len() as u32;
    let mut text = String::from("\n");
    let counts = [
        [
            (targets, "targets"),
            (account.alive, "alive"),
            (targets - account.alive, "unreachable"),
            (unknown, "unknown addresses"),
        ],
        [
            (account.timeouts, "timeouts (waiting for response)"),
            (account.sent, "ICMP Echos sent"),
            (account.received, "ICMP Echo Replies received"),
            (account.other, "other ICMP received"),
        ],
    ];
    for block in counts {
        for (count, what) in block {
            let _ = writeln!(text, "{count:8} {what}");
        }
        text.push('\n');
    }
    let trips = &account.trips;
    let mean = trips.mean().unwrap_or_default();
    for (trip, what) in [(trips.least, "min"), (mean, "avg"), (trips.most, "max")] {
        let _ = writeln!(text, " {} ms ({what} round trip time)", milliseconds(trip));
    }
    let _ = writeln!(text, "{:13.3} sec (elapsed real time)\n", account.elapsed.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_or_more() {
        for (microseconds, text) in [
            (0, "0.000"),
            (999, "0.999"),
            (1_004, "1.00"),
            (12_340, "12.3"),
            (99_960, "100.0"),
            (123_456, "123"),
        ] {
            assert_eq!(milliseconds(Duration::from_micros(microseconds)), text);
        }
    }
}
