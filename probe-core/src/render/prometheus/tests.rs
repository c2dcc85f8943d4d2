use std::slice::from_ref;

use proptest::prelude::*;

use super::*;
use crate::model::{Gauge, Measurements, Number};
use crate::render::samples::{self, PAIRS, PHASES, SUCCESS};

#[test]
fn one_report_looks_like_the_reference() {
    assert_eq!(
        text(&[samples::success()]),
        "# HELP probe_icmp_duration_seconds Duration of icmp request by phase\n\
         # TYPE probe_icmp_duration_seconds gauge\n\
         probe_icmp_duration_seconds{phase=\"rtt\"} 0.000206931\n\
         probe_icmp_duration_seconds{phase=\"setup\"} 8.4849e-05\n\
         # HELP probe_ip_addr_hash Specifies the hash of IP address. It's useful to detect if the IP address changes.\n\
         # TYPE probe_ip_addr_hash gauge\n\
         probe_ip_addr_hash 3.668918509e+09\n\
         # HELP probe_success Displays whether or not the probe was a success\n\
         # TYPE probe_success gauge\n\
         probe_success 1\n"
    );
}

/// What the reference exporter 0.28.0 answers for an HTTP target that refuses the connection.
const HTTP_REFUSED: &str = include_str!("http_refused.prom");

#[test]
fn output_of_the_reference_is_reproduced_from_its_numbers() {
    let mut report = samples::success();
    report.measurements = Measurements::default();
    let samples: Vec<&str> = HTTP_REFUSED.lines().filter(|line| !line.starts_with('#')).collect();
    for (series, number) in samples.iter().rev().filter_map(|line| line.rsplit_once(' ')) {
        let number = number.parse().expect("a number");
        match series.split_once("{phase=\"") {
            None => report.measurements.put(declared_by_reference(series, &[]), number),
            Some((name, phase)) => {
                let phase = phase.trim_end_matches("\"}").to_owned();
                report.measurements.set(declared_by_reference(name, &["phase"]), [phase], number);
            }
        }
    }
    assert_eq!(report.measurements.samples().len(), 17);
    assert_eq!(text(&[report]), HTTP_REFUSED);
}

fn declared_by_reference<const N: usize>(
    name: &'static str,
    labels: &'static [&'static str; N],
) -> &'static Gauge<Number, N> {
    let start = format!("# HELP {name} ");
    let help = HTTP_REFUSED.lines().find_map(|line| line.strip_prefix(&start)).expect("a help line");
    Box::leak(Box::new(Gauge::new(name, help, labels)))
}

#[test]
fn several_reports_share_their_families() {
    let mut one = samples::refused_connection();
    one.labels = vec![("team".into(), "net".into())];
    let mut other = samples::refused_connection();
    other.target = "127.0.0.1:2".into();
    assert_eq!(
        text(&[one, other]),
        "# HELP probe_success Displays whether or not the probe was a success\n\
         # TYPE probe_success gauge\n\
         probe_success{module=\"tcp_connect\",target=\"127.0.0.1:2\"} 0\n\
         probe_success{module=\"tcp_connect\",target=\"127.0.0.1:1\",team=\"net\"} 0\n"
    );
}

#[test]
fn one_report_names_module_and_target_when_asked() {
    let mut out = "before\n".to_owned();
    write(
        &mut out,
        &[samples::refused_connection()],
        Options { identity: Identity::Always, ..Options::default() },
    );
    assert_eq!(
        out,
        "before\n# HELP probe_success Displays whether or not the probe was a success\n\
         # TYPE probe_success gauge\n\
         probe_success{module=\"tcp_connect\",target=\"127.0.0.1:1\"} 0\n"
    );
}

#[test]
fn later_report_replaces_earlier_one_with_the_same_labels() {
    let mut again = samples::refused_connection();
    again.measurements.put(&SUCCESS, true);
    let text = text(&[samples::refused_connection(), again]);
    assert!(text.ends_with("probe_success{module=\"tcp_connect\",target=\"127.0.0.1:1\"} 1\n"), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn first_label_of_a_name_is_the_one_written() {
    let mut report = samples::success();
    report.measurements = Measurements::default();
    report.measurements.set(&PHASES, ["rtt"], std::time::Duration::from_secs(1));
    report.labels = [("phase", "mine"), ("module", "mine"), ("module", "again")]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let mut out = String::new();
    write(&mut out, from_ref(&report), Options { identity: Identity::Always, ..Options::default() });
    assert!(out.contains("{module=\"mine\",phase=\"rtt\",target=\"localhost\"} 1\n"), "{out}");
}

#[test]
fn labels_are_sorted_by_name_and_everything_is_escaped() {
    let mut report = samples::success();
    report.measurements = Measurements::default();
    report.measurements.set(&PAIRS, ["a\\b", "\"c\"\nd"], 2);
    report.measurements.set(&PAIRS, ["z", "#"], 1);
    assert_eq!(
        text(&[report]),
        "# HELP probe_pairs Two labels,\\nnot in order: \\\\ and \".\n\
         # TYPE probe_pairs gauge\n\
         probe_pairs{area=\"\\\"c\\\"\\nd\",zone=\"a\\\\b\"} 2\n\
         probe_pairs{area=\"#\",zone=\"z\"} 1\n"
    );
}

#[test]
fn no_reports_are_no_text() {
    assert_eq!(text(&[]), "");
}

#[test]
fn length_guess_is_enough() {
    let reports = [samples::success(), samples::refused_connection()];
    let sheet = Sheet::new(&reports, true, &[]);
    assert!(text(&reports).len() <= sheet.length_guess());
}

/// Name, labels and number of a series.
type ParsedSeries = (String, Vec<(String, String)>, f64);

/// Reads `name{label="value",…} number` as the format's description says.
fn parse_series(line: &str) -> Option<ParsedSeries> {
    let (name, mut rest) = line.split_once('{')?;
    let mut labels = Vec::new();
    loop {
        let (label, after) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at,
                (_, '\\') => value.push(match characters.next()?.1 {
                    'n' => '\n',
                    quoted @ ('\\' | '"') => quoted,
                    _ => return None,
                }),
                (_, '\n') => return None,
                (_, other) => value.push(other),
            }
        };
        labels.push((label.to_owned(), value));
        rest = &after[end + 1..];
        match rest.split_at_checked(1)? {
            (",", more) => rest = more,
            ("}", number) => return Some((name.to_owned(), labels, number.trim_start().parse().ok()?)),
            _ => return None,
        }
    }
}

/// Any text, and often text of the characters that matter.
fn label_value() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\\\\\"\n{},=a]{0,12}"]
}

proptest! {
    #[test]
    fn any_label_value_reads_back(
        zone in label_value(),
        area in label_value(),
        target in label_value(),
        count in 0_u64..1 << 53,
    ) {
        let mut report = samples::success();
        report.measurements = Measurements::default();
        report.measurements.set(&PAIRS, [zone.clone(), area.clone()], count);
        report.target = target.clone().into();
        let mut out = String::new();
        write(&mut out, &[report], Options { identity: Identity::Always, ..Options::default() });
        let lines: Vec<&str> = out.split_terminator('\n').collect();
        prop_assert_eq!(lines.len(), 3);
        let (name, labels, number) = parse_series(lines[2]).expect("a series");
        prop_assert_eq!(name, "probe_pairs");
        prop_assert_eq!(number.to_bits(), (count as f64).to_bits());
        let expected = [("area", area), ("module", "icmp".into()), ("target", target), ("zone", zone)];
        prop_assert_eq!(labels, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
