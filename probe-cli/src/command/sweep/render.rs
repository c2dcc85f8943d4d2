//! What was found, in each format.

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use probe_core::sweep::{Account, Hit, HitState};

use crate::args::{SweepArgs, SweepFormat};

#[derive(Clone, Copy, Debug)]
pub(super) struct Renderer {
    format: SweepFormat,
    all: bool,
    verbose: bool,
}

impl Renderer {
    pub(super) fn new(args: &SweepArgs) -> Self {
        Self { format: args.format, all: args.all, verbose: args.verbose }
    }

    /// What comes first.
    pub(super) fn head(self) -> &'static str {
        match self.format {
            SweepFormat::Csv => "address,port,state,rtt_seconds\n",
            _ => "",
        }
    }

    /// Adds an answer, if it is to be told of.
    pub(super) fn hit(self, hit: &Hit, text: &mut Vec<u8>) {
        if !self.all && hit.state != HitState::Open {
            return;
        }
        // Writing to memory cannot fail.
        let _ = match self.format {
            SweepFormat::Text => self.line(hit, text),
            SweepFormat::Jsonl => object(hit, text),
            SweepFormat::Csv => values(hit, text),
            SweepFormat::Prometheus => Ok(()),
        };
    }

    fn line(self, hit: &Hit, text: &mut Vec<u8>) -> io::Result<()> {
        match hit.port {
            Some(port) => write!(text, "{}", SocketAddr::new(hit.address, port))?,
            None => push_address(text, hit.address),
        }
        if self.all || self.verbose {
            write!(text, "\t{}", hit.state.as_str())?;
            if let HitState::Unreachable { kind, from } = hit.state {
                write!(text, " ({kind}, says {from})")?;
            }
        }
        if let (true, Some(rtt)) = (self.verbose, hit.rtt) {
            write!(text, "\t{:.3} ms", rtt.as_secs_f64() * 1000.0)?;
        }
        text.push(b'\n');
        Ok(())
    }

    /// What comes last.
    pub(super) fn tail(self, account: &Account, took: Duration, is_done: bool) -> String {
        match self.format {
            SweepFormat::Text | SweepFormat::Csv => String::new(),
            SweepFormat::Jsonl => summary_object(account, took, is_done),
            SweepFormat::Prometheus => series(account, took, is_done),
        }
    }
}

/// An address in decimal: the longest part of a fast sweep's output, so not by the general machinery.
fn push_address(text: &mut Vec<u8>, address: IpAddr) {
    let IpAddr::V4(address) = address else {
        let _ = write!(text, "{address}");
        return;
    };
    let mut digits = [0; 16];
    let mut length = 0;
    for octet in address.octets() {
        digits[length..length + 4].copy_from_slice(&OCTETS[usize::from(octet)]);
        length += 2 + usize::from(octet >= 10) + usize::from(octet >= 100);
    }
    // Without the last point.
    text.extend_from_slice(&digits[..length - 1]);
}

/// Each octet in decimal, and a point behind it.
static OCTETS: [[u8; 4]; 256] = octets();

const fn octets() -> [[u8; 4]; 256] {
    let mut all = [[b'.'; 4]; 256];
    let mut octet = 0;
    while octet < all.len() {
        let [hundreds, tens, ones] = [octet / 100, octet / 10 % 10, octet % 10];
        let text = &mut all[octet];
        let mut at = 0;
        if octet >= 100 {
            text[at] = b'0' + hundreds as u8;
            at += 1;
        }
        if octet >= 10 {
            text[at] = b'0' + tens as u8;
            at += 1;
        }
        text[at] = b'0' + ones as u8;
        octet += 1;
    }
    all
}

fn object(hit: &Hit, text: &mut Vec<u8>) -> io::Result<()> {
    text.extend_from_slice(b"{\"address\":\"");
    push_address(text, hit.address);
    text.push(b'"');
    if let Some(port) = hit.port {
        write!(text, ",\"port\":{port}")?;
    }
    write!(text, ",\"state\":\"{}\"", hit.state.as_str())?;
    if let HitState::Unreachable { kind, from } = hit.state {
        write!(text, ",\"error\":\"{kind}\",\"from\":\"{from}\"")?;
    }
    if let Some(rtt) = hit.rtt {
        text.extend_from_slice(b",\"rtt_seconds\":");
        push_seconds(text, rtt);
    }
    text.extend_from_slice(b"}\n");
    Ok(())
}

fn values(hit: &Hit, text: &mut Vec<u8>) -> io::Result<()> {
    push_address(text, hit.address);
    text.push(b',');
    if let Some(port) = hit.port {
        write!(text, "{port}")?;
    }
    text.push(b',');
    text.extend_from_slice(hit.state.as_str().as_bytes());
    text.push(b',');
    if let Some(rtt) = hit.rtt {
        push_seconds(text, rtt);
    }
    text.push(b'\n');
    Ok(())
}

/// A time in seconds with as many decimals as it has, down to nanoseconds.
fn push_seconds(text: &mut Vec<u8>, time: Duration) {
    let _ = write!(text, "{}", time.as_secs());
    let mut rest = time.subsec_nanos();
    if rest == 0 {
        return;
    }
    let mut digits = *b".000000000";
    for digit in digits[1..].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    let length = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1);
    text.extend_from_slice(&digits[..length]);
}

/// The figures by name, with what they count.
fn figures(account: &Account) -> [(&'static str, &'static str, u64); 13] {
    [
        ("targets", "Addresses, or ports of them, that were to be asked", account.targets),
        ("open", "Addresses that are up, or ports that are open", account.open),
        ("closed", "Ports that are closed", account.closed),
        ("unreachable", "Targets that an ICMP error was about", account.unreachable),
        ("silent", "Targets that said nothing", account.silent()),
        ("forbidden", "Targets that a policy forbids", account.forbidden),
        ("packets_sent", "Packets that the kernel took", account.sent),
        ("packets_retried", "Packets that were a further try", account.retries),
        ("packets_refused", "Packets that the kernel refused", account.refused),
        ("answers_late", "Answers that came after their time", account.late),
        ("answers_duplicate", "Further answers of targets that had answered", account.duplicates),
        ("answers_foreign", "Packets that answer nothing that was sent", account.foreign),
        ("answers_dropped", "Answers that this host had no room for", account.dropped),
    ]
}

fn summary_object(account: &Account, took: Duration, is_done: bool) -> String {
    let mut text = "{\"summary\":{".to_owned();
    for (name, _, number) in figures(account) {
        text.push_str(&format!("\"{name}\":{number},"));
    }
    text.push_str(&format!(
        "\"seconds\":{},\"done\":{is_done},\"complete\":{}}}}}\n",
        took.as_secs_f64(),
        is_done && account.is_complete()
    ));
    text
}

fn series(account: &Account, took: Duration, is_done: bool) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: String| {
        text.push_str(&format!(
            "# HELP probe_sweep_{name} {help}\n# TYPE probe_sweep_{name} gauge\nprobe_sweep_{name} {value}\n"
        ));
    };
    for (name, help, number) in figures(account) {
        gauge(name, help, number.to_string());
    }
    gauge("duration_seconds", "How long the sweep took, in seconds", took.as_secs_f64().to_string());
    let is_complete = u8::from(is_done && account.is_complete());
    gauge(
        "complete",
        "Whether everybody was asked and no answer was lost on this host",
        is_complete.to_string(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(address: &str, port: Option<u16>, state: HitState) -> Hit {
        Hit {
            address: address.parse().expect("an address"),
            port,
            state,
            rtt: Some(Duration::from_micros(1500)),
        }
    }

    fn shown(format: SweepFormat, all: bool, verbose: bool) -> String {
        let renderer = Renderer { format, all, verbose };
        let mut text = renderer.head().as_bytes().to_owned();
        for hit in [
            hit("198.18.0.7", None, HitState::Open),
            hit("fd00::7", Some(22), HitState::Open),
            hit("198.18.0.100", Some(80), HitState::Closed),
        ] {
            renderer.hit(&hit, &mut text);
        }
        String::from_utf8(text).expect("text")
    }

    #[test]
    fn formats_are_as_documented() {
        assert_eq!(shown(SweepFormat::Text, false, false), "198.18.0.7\n[fd00::7]:22\n");
        assert_eq!(
            shown(SweepFormat::Text, true, true),
            "198.18.0.7\topen\t1.500 ms\n[fd00::7]:22\topen\t1.500 ms\n198.18.0.100:80\tclosed\t1.500 ms\n"
        );
        assert_eq!(
            shown(SweepFormat::Jsonl, false, false),
            "{\"address\":\"198.18.0.7\",\"state\":\"open\",\"rtt_seconds\":0.0015}\n\
             {\"address\":\"fd00::7\",\"port\":22,\"state\":\"open\",\"rtt_seconds\":0.0015}\n"
        );
        assert_eq!(
            shown(SweepFormat::Csv, true, false),
            "address,port,state,rtt_seconds\n198.18.0.7,,open,0.0015\nfd00::7,22,open,0.0015\n198.18.0.100,80,closed,0.0015\n"
        );
        assert_eq!(shown(SweepFormat::Prometheus, true, true), "");
    }

    #[test]
    fn addresses_are_written_as_everywhere() {
        for address in ["0.0.0.0", "255.255.255.255", "9.10.99.100", "1.203.0.40", "fd00::1"] {
            let mut text = Vec::new();
            push_address(&mut text, address.parse().expect("an address"));
            assert_eq!(text, address.as_bytes());
        }
    }

    #[test]
    fn seconds_are_as_exact_as_they_are() {
        for (nanoseconds, expected) in [
            (0, "0"),
            (1, "0.000000001"),
            (1_500_000, "0.0015"),
            (999_999_999, "0.999999999"),
            (1_000_000_000, "1"),
            (12_000_000_010, "12.00000001"),
        ] {
            let mut text = Vec::new();
            push_seconds(&mut text, Duration::from_nanos(nanoseconds));
            let text = String::from_utf8(text).expect("text");
            assert_eq!(text, expected);
            assert_eq!(text.parse::<f64>().ok(), Some(Duration::from_nanos(nanoseconds).as_secs_f64()));
        }
    }

    #[test]
    fn figures_are_series_and_json() {
        let mut account = Account::default();
        (account.targets, account.open, account.answered) = (3, 2, 2);
        let text = series(&account, Duration::from_millis(1500), true);
        for line in [
            "probe_sweep_targets 3",
            "probe_sweep_silent 1",
            "probe_sweep_duration_seconds 1.5",
            "probe_sweep_complete 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{text}");
        }
        let value: serde_json::Value =
            serde_json::from_str(&summary_object(&account, Duration::from_secs(1), false)).expect("JSON");
        assert_eq!((&value["summary"]["open"], &value["summary"]["done"]), (&2.into(), &false.into()));
    }
}
