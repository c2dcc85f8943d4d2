//! A JSON object a line; its only key says what it is.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::format::Answer;
use super::host::{Account, Record, Tally};
use super::settings::Settings;
use super::text::{milliseconds, outage};

fn quoted(text: &str) -> Value {
    Value::from(text)
}

fn stamp(settings: &Settings) -> String {
    settings.stamp.map_or_else(String::new, |format| format!("\"timestamp\": {}, ", quoted(&format.now())))
}

pub(super) fn reply(host: &Record, sequence: u64, answer: &Answer, settings: &Settings) -> String {
    let (stamp, name) = (stamp(settings), quoted(&host.name));
    let (bytes, trip) = (answer.bytes, milliseconds(answer.trip));
    // -1 as fping has it for what is not known.
    let field = |is_wanted: bool, name: &str, value: Option<u8>| {
        let value = value.map_or(-1, i32::from);
        if is_wanted { format!(", \"{name}\": {value}") } else { String::new() }
    };
    let tos = field(settings.print_tos, "tos", answer.tos);
    let ttl = field(settings.print_ttl, "ttl", answer.ttl);
    format!(
        "{{\"resp\": {{{stamp}\"host\": {name}, \"seq\": {sequence}, \"size\": {bytes}, \"rtt\": {trip}{tos}{ttl}}}}}\n"
    )
}

pub(super) fn timeout(host: &Record, sequence: u64, settings: &Settings) -> String {
    let (stamp, name) = (stamp(settings), quoted(&host.name));
    format!("{{\"timeout\": {{{stamp}\"host\": {name}, \"seq\": {sequence}}}}}\n")
}

pub(super) fn summary(host: &Record, settings: &Settings) -> String {
    format!("{{\"summary\": {{{}}}}}\n", tally(host, &host.tally, settings))
}

pub(super) fn interim(host: &Record, shown: &Tally, time: u64, settings: &Settings) -> String {
    format!("{{\"intSum\": {{\"time\": {time},{}}}}}\n", tally(host, shown, settings))
}

fn tally(host: &Record, tally: &Tally, settings: &Settings) -> String {
    let (sent, received, loss) = (tally.sent, tally.received, tally.loss());
    let name = quoted(&host.name);
    let mut fields = format!("\"host\": {name}, \"xmt\": {sent}, \"rcv\": {received}, \"loss\": {loss}");
    if settings.outage {
        let _ = write!(fields, ", \"outage(ms)\": {}", outage(tally, settings));
    }
    if let Some(mean) = tally.mean() {
        fields.push_str(&trips(tally.least, mean, tally.most));
    }
    fields
}

fn trips(least: Duration, mean: Duration, most: Duration) -> String {
    let [least, mean, most] = [least, mean, most].map(milliseconds);
    format!(", \"rttMin\": {least}, \"rttAvg\": {mean}, \"rttMax\": {most}")
}

pub(super) fn values(host: &Record) -> String {
    let values: Vec<String> =
        host.values.iter().map(|value| value.map_or_else(|| "null".to_owned(), milliseconds)).collect();
    let name = quoted(&host.name);
    format!("{{\"vSum\": {{\"host\": {name}, \"values\": [{}]}}}}\n", values.join(", "))
}

pub(super) fn statistics(account: &Account, unknown: u32) -> String {
    let targets = account.hosts.len() as u32;
    let mut text = String::from("{\"stats\": {");
    for (key, value) in [
        ("targets", targets),
        ("alive", account.alive),
        ("unreachable", targets - account.alive),
        ("unknownAddresses", unknown),
        ("timeouts", account.timeouts),
        ("icmpEchosSent", account.sent),
        ("icmpEchoRepliesReceived", account.received),
        ("otherIcmpReceived", account.other),
    ] {
        let comma = if key == "targets" { "" } else { ", " };
        let _ = write!(text, "{comma}\"{key}\": {value}");
    }
    let of = &account.trips;
    text.push_str(&trips(of.least, of.mean().unwrap_or_default(), of.most));
    let _ = writeln!(text, ", \"elapsed\": {:.3}}}}}", account.elapsed.as_secs_f64());
    text
}
