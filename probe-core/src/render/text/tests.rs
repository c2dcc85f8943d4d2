use std::time::Duration;

use super::*;
use crate::model::{Exchange, Outcome, ProbeError};
use crate::render::samples;

const PLAIN: Style = Style { color: false, verbose: false, quiet: false };

#[test]
fn success_is_one_line() {
    assert_eq!(report(&samples::success(), PLAIN), "ok   icmp localhost (127.0.0.1)  0.377 ms\n");
}

#[test]
fn failure_is_one_line_with_its_reason() {
    assert_eq!(
        report(&samples::refused_connection(), PLAIN),
        "FAIL tcp/tcp_connect 127.0.0.1:1  0.377 ms  \
         connect/connect: cannot connect to 127.0.0.1:1: connection refused\n"
    );
}

#[test]
fn missing_privilege_is_explained_with_lines_to_paste() {
    let explanation = "  datagram socket refused: permission denied (EACCES)
    because group 1000 is outside net.ipv4.ping_group_range (1 0)
    allow it, sysctl:
      sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"
  raw socket refused: operation not permitted (EPERM)
    because CAP_NET_RAW is not in the effective set
    allow it, host:
      setcap cap_net_raw+ep /usr/bin/probe
    allow it, systemd:
      AmbientCapabilities=CAP_NET_RAW
";
    let why = "privilege/setup: no socket for ICMP may be opened\n";
    assert_eq!(
        report(&samples::no_privilege(), PLAIN),
        format!("FAIL icmp localhost (127.0.0.1)  0.377 ms  {why}{explanation}")
    );
    assert_eq!(failure(&samples::no_privilege(), PLAIN), format!("FAIL {why}{explanation}"));
}

#[test]
fn refusals_are_said_once() {
    let mut probed = samples::no_privilege();
    let error = ProbeError::new(Reason::Privilege, Phase::Setup, "no socket").caused_by("datagram refused");
    probed.verdict = Verdict::failure(error);
    assert!(failure(&probed, PLAIN).starts_with("FAIL privilege/setup: no socket\n"));
    let quiet = verdict_line(&probed, Style { quiet: true, ..PLAIN });
    assert!(quiet.ends_with("privilege/setup: no socket: datagram refused"), "{quiet}");
    probed.notes.clear();
    assert!(failure(&probed, PLAIN).starts_with("FAIL privilege/setup: no socket: datagram refused\n"));
}

#[test]
fn refusal_that_did_not_matter_is_a_detail() {
    let mut probed = samples::no_privilege();
    probed.notes.truncate(1);
    probed.verdict = Verdict::failure(ProbeError::new(Reason::Timeout, Phase::Rtt, "no answer in time"));
    assert!(!report(&probed, PLAIN).contains("refused"));
    let verbose = report(&probed, Style { verbose: true, ..PLAIN });
    assert_eq!(verbose.matches("datagram socket refused").count(), 1, "{verbose}");
    let explained = report(&samples::no_privilege(), Style { verbose: true, ..PLAIN });
    assert_eq!(explained.matches("datagram socket refused").count(), 1, "{explained}");
}

#[test]
fn packets_come_with_a_summary() {
    assert_eq!(
        report(&samples::three_packets(), PLAIN),
        "icmp localhost (127.0.0.1)
seq   0      0.042 ms  hop limit 64
seq   1  lost
seq   2     12.300 ms
3 sent, 2 received, 33.3% lost; min 0.042 ms, mean 6.171 ms, max 12.3 ms, jitter 0.766 ms
"
    );
}

#[test]
fn failure_stands_under_its_packets() {
    let mut probed = samples::three_packets();
    let error = ProbeError::new(Reason::Expectation, Phase::Validate, "loss of 33.3% is above 10%");
    probed.verdict = Verdict::failure(error);
    let text = report(&probed, PLAIN);
    assert_eq!(text.lines().last(), Some("FAIL expectation/validate: loss of 33.3% is above 10%"));
}

#[test]
fn many_packets_come_with_a_sparkline() {
    let mut probed = samples::success();
    let reply =
        |sequence| Outcome::Reply { rtt: Duration::from_millis(sequence), hop_limit: None, bytes: 64 };
    probed.exchanges = (0..10).map(|sequence| Exchange { sequence, outcome: reply(sequence) }).collect();
    assert!(!report(&probed, PLAIN).contains('▁'));
    probed.exchanges.push(Exchange { sequence: 10, outcome: Outcome::Lost });
    assert_eq!(report(&probed, PLAIN).lines().last(), Some("▁▂▃▃▄▅▆▆▇█×"));
}

#[test]
fn verbose_adds_notes_and_measurements() {
    assert_eq!(
        report(&samples::success(), Style { verbose: true, ..PLAIN }),
        "ok   icmp localhost (127.0.0.1)  0.377 ms
  socket                             datagram
  icmp_duration_seconds phase=setup  0.085 ms  ████████████▎
  icmp_duration_seconds phase=rtt    0.207 ms  ██████████████████████████████
  ip_addr_hash                       3668918509
  success                            yes
"
    );
}

#[test]
fn quiet_is_one_line_whatever_happened() {
    let style = Style { quiet: true, verbose: true, color: false };
    for probed in [samples::success(), samples::no_privilege(), samples::three_packets()] {
        assert_eq!(report(&probed, style), format!("{}\n", verdict_line(&probed, PLAIN)));
    }
}

#[test]
fn colours_only_when_asked() {
    let style = Style { color: true, ..PLAIN };
    assert_eq!(
        verdict_line(&samples::success(), style),
        "\x1b[32mok\x1b[0m   icmp localhost \x1b[2m(127.0.0.1)\x1b[0m  \x1b[2m0.377 ms\x1b[0m"
    );
    assert!(verdict_line(&samples::refused_connection(), style).starts_with("\x1b[31mFAIL\x1b[0m "));
    for probed in [samples::no_privilege(), samples::three_packets()] {
        assert!(!report(&probed, Style { verbose: true, ..PLAIN }).contains('\x1b'));
    }
}

#[test]
fn address_is_said_only_if_the_target_does_not_say_it() {
    for (target, address, text) in [
        ("localhost", "127.0.0.1", "icmp localhost (127.0.0.1)"),
        ("localhost:80", "::1", "icmp localhost:80 (::1)"),
        ("127.0.0.1", "127.0.0.1", "icmp 127.0.0.1"),
        ("127.0.0.1:80", "127.0.0.1", "icmp 127.0.0.1:80"),
        ("[0:0::1]:80", "::1", "icmp [0:0::1]:80"),
        ("::1", "::1", "icmp ::1"),
    ] {
        let subject = Subject {
            module: "icmp",
            prober: "icmp",
            target: &target.into(),
            address: Some(address.parse().expect("an address")),
        };
        assert_eq!(head(&subject, PLAIN), text);
    }
}

#[test]
fn answers_cannot_control_the_terminal() {
    let mut probed = samples::refused_connection();
    let error = ProbeError::new(Reason::Expectation, Phase::Validate, "got \"\x1b[2J\r\nok\u{9b}\"");
    probed.verdict = Verdict::failure(error);
    let text = report(&probed, PLAIN);
    assert!(text.ends_with("got \"\\u{1b}[2J\\r\\nok\\u{9b}\"\n"), "{text}");
}
