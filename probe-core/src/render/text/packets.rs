//! Single packets, their summary, and a picture of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use super::Style;
use super::amount::{Latency, percent};
use super::paint::{Color, Plain, paint};
use crate::model::{Exchange, Outcome, RoundTrips};

/// The longest sparkline; of more packets each character stands for several.
const WIDTH: usize = 72;
/// From the shortest round trip to the longest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A packet that was not answered in time.
const LOST: char = '×';

/// One packet: `seq   0      0.042 ms  hop limit 64`.
pub fn exchange_line(exchange: &Exchange, style: Style) -> String {
    let fate = match &exchange.outcome {
        Outcome::Reply { rtt, hop_limit, bytes } => {
            let mut extras = String::new();
            if let Some(hop_limit) = hop_limit {
                let _ = write!(extras, "  hop limit {hop_limit}");
            }
            if style.verbose {
                let _ = write!(extras, "  {bytes} bytes");
            }
            milliseconds(*rtt) + &dim(&extras, style)
        }
        Outcome::Duplicate { rtt } => milliseconds(*rtt) + &dim("  duplicate", style),
        Outcome::Late { rtt } => milliseconds(*rtt) + &paint(Color::Red, "  late", style),
        Outcome::Lost => paint(Color::Red, "lost", style),
        Outcome::Error(error) => format!("{}: {}", paint(Color::Red, "error", style), Plain(error)),
    };
    format!("seq {:>3}  {fate}", exchange.sequence)
}

/// What became of all packets: `3 sent, 3 received, 0% lost; min 0.039 ms, mean 0.045 ms, …`.
pub fn summary(trips: &RoundTrips, style: Style) -> String {
    let mut counts =
        format!("{} sent, {} received, {} lost", trips.sent, trips.received, percent(trips.loss_ratio()));
    for (count, one, many) in [
        (trips.duplicates, "duplicate", "duplicates"),
        (trips.late, "late", "late"),
        (trips.reordered, "reordered", "reordered"),
        (trips.errors, "error", "errors"),
    ] {
        if count > 0 {
            let _ = write!(counts, ", {count} {}", if count == 1 { one } else { many });
        }
    }
    let deviation = trips.deviation().filter(|_| style.verbose);
    let times: Vec<String> = [
        ("min", trips.minimum()),
        ("mean", trips.mean()),
        ("p50", trips.quantile(0.5)),
        ("p95", trips.quantile(0.95)),
        ("p99", trips.quantile(0.99)),
        ("max", trips.maximum()),
        ("deviation", deviation),
        ("jitter", trips.jitter()),
    ]
    .into_iter()
    .filter_map(|(name, time)| Some(format!("{name} {}", Latency(time?))))
    .collect();
    if times.is_empty() { counts } else { format!("{counts}; {}", times.join(", ")) }
}

/// Counts kept exchanges again, as the prober did while it ran.
pub fn tally(exchanges: &[Exchange]) -> RoundTrips {
    let mut trips = RoundTrips::default();
    let mut sequences = BTreeSet::new();
    for exchange in exchanges {
        if sequences.insert(exchange.sequence) {
            trips.sent();
        }
        match exchange.outcome {
            Outcome::Reply { rtt, .. } => trips.reply(exchange.sequence, rtt),
            Outcome::Duplicate { .. } => trips.duplicates += 1,
            Outcome::Late { .. } => trips.late += 1,
            Outcome::Lost => {}
            Outcome::Error(_) => trips.errors += 1,
        }
    }
    trips
}

/// The round trips as bars in the order of sending, `×` for a packet without an answer in time.
/// Where a character stands for several packets, the worst of them shows.
pub fn sparkline(exchanges: &[Exchange]) -> String {
    let packets = by_sequence(exchanges);
    let times = || packets.iter().copied().flatten();
    let (Some(shortest), Some(longest)) = (times().min(), times().max()) else {
        return packets.iter().map(|_| LOST).take(WIDTH).collect();
    };
    let span = longest.saturating_sub(shortest).as_secs_f64();
    let bar = |rtt: Duration| {
        let above = rtt.saturating_sub(shortest).as_secs_f64();
        let height = if span > 0.0 { above / span } else { 0.0 };
        BARS[(height * (BARS.len() - 1) as f64).round() as usize]
    };
    let columns = packets.len().min(WIDTH);
    (0..columns)
        .map(|column| &packets[column * packets.len() / columns..(column + 1) * packets.len() / columns])
        .map(|share| {
            let worst = share.iter().copied().reduce(|one, other| Some(one?.max(other?)));
            worst.flatten().map_or(LOST, bar)
        })
        .collect()
}

/// The round-trip time of each packet in the order of sending, `None` without an answer in time.
fn by_sequence(exchanges: &[Exchange]) -> Vec<Option<Duration>> {
    let mut packets = BTreeMap::new();
    for exchange in exchanges {
        let packet = packets.entry(exchange.sequence).or_insert(None);
        if let Outcome::Reply { rtt, .. } = exchange.outcome {
            *packet = Some(rtt);
        }
    }
    packets.into_values().collect()
}

/// One unit and three decimals in every line, so that a column can be compared at a glance.
fn milliseconds(rtt: Duration) -> String {
    format!("{:>9.3} ms", rtt.as_secs_f64() * 1000.0)
}

fn dim(text: &str, style: Style) -> String {
    if text.is_empty() { String::new() } else { paint(Color::Dim, text, style) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(sequence: u64, millis: u64) -> Exchange {
        let rtt = Duration::from_millis(millis);
        Exchange { sequence, outcome: Outcome::Reply { rtt, hop_limit: Some(64), bytes: 64 } }
    }

    fn lost(sequence: u64) -> Exchange {
        Exchange { sequence, outcome: Outcome::Lost }
    }

    #[test]
    fn exchange_lines_are_aligned() {
        let rtt = Duration::from_millis(1204);
        let outcomes = [
            reply(0, 12).outcome,
            Outcome::Reply { rtt: Duration::from_micros(42), hop_limit: None, bytes: 64 },
            Outcome::Duplicate { rtt },
            Outcome::Late { rtt },
            Outcome::Lost,
            Outcome::Error("host unreachable".into()),
        ];
        let lines: Vec<String> = outcomes
            .into_iter()
            .enumerate()
            .map(|(at, outcome)| {
                exchange_line(&Exchange { sequence: at as u64 * 20, outcome }, Style::default())
            })
            .collect();
        assert_eq!(
            lines,
            [
                "seq   0     12.000 ms  hop limit 64",
                "seq  20      0.042 ms",
                "seq  40   1204.000 ms  duplicate",
                "seq  60   1204.000 ms  late",
                "seq  80  lost",
                "seq 100  error: host unreachable",
            ]
        );
    }

    #[test]
    fn summary_counts_each_packet_once() {
        let late = |sequence| Exchange { sequence, outcome: Outcome::Late { rtt: Duration::from_secs(2) } };
        let copy = Exchange { sequence: 0, outcome: Outcome::Duplicate { rtt: Duration::from_millis(30) } };
        let unreachable = Exchange { sequence: 4, outcome: Outcome::Error("host unreachable".into()) };
        let exchanges = [reply(0, 10), copy, reply(2, 20), reply(1, 20), lost(3), late(3), unreachable];
        assert_eq!(
            summary(&tally(&exchanges), Style::default()),
            "5 sent, 3 received, 40% lost, 1 duplicate, 1 late, 1 reordered, 1 error; \
             min 10.0 ms, mean 16.7 ms, max 20.0 ms, jitter 0.586 ms"
        );
    }

    #[test]
    fn summary_of_silence_has_no_times() {
        assert_eq!(summary(&tally(&[lost(0), lost(1)]), Style::default()), "2 sent, 0 received, 100% lost");
    }

    #[test]
    fn sparkline_is_in_the_order_of_sending() {
        let exchanges = [reply(0, 10), reply(2, 80), lost(1), reply(3, 20), reply(4, 45)];
        assert_eq!(sparkline(&exchanges), "▁×█▂▅");
    }

    #[test]
    fn sparkline_of_equal_or_no_times_is_flat() {
        assert_eq!(sparkline(&[reply(0, 10), reply(1, 10)]), "▁▁");
        assert_eq!(sparkline(&[lost(0), lost(1)]), "××");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn long_sparkline_shows_the_worst_of_each_share() {
        let mut exchanges: Vec<Exchange> = (0..144).map(|sequence| reply(sequence, 10)).collect();
        exchanges[3] = reply(3, 90);
        exchanges[142] = lost(142);
        let line: Vec<char> = sparkline(&exchanges).chars().collect();
        assert_eq!(line.len(), WIDTH);
        assert_eq!((line[0], line[1], line[70], line[71]), ('▁', '█', '▁', '×'));
    }
}
