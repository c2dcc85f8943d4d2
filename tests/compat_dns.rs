//! The dns prober, case by case, beside the reference exporter where it is installed.

#[path = "compat_dns/messages.rs"]
mod messages;
#[path = "compat_dns/queries.rs"]
mod queries;
#[path = "compat_dns/rcodes.rs"]
mod rcodes;
#[path = "compat_dns/rules.rs"]
mod rules;
#[path = "compat_dns/texts.rs"]
mod texts;
#[path = "compat_dns/transports.rs"]
mod transports;

use std::process::ExitCode;

use probe_tests::compat::series::{ADDRESS, DNS};
use probe_tests::compat::servers::dns::{Message, name, record, records, start_of_authority};
use probe_tests::compat::{Case, Server, probe, run};

fn main() -> ExitCode {
    let groups = vec![
        ("queries", queries::cases()),
        ("rcodes", rcodes::cases()),
        ("rules", rules::cases()),
        ("texts", texts::cases()),
        ("messages", messages::cases()),
        ("transports", transports::cases()),
    ];
    run(groups, &[])
}

/// A query for `example.test` A, unless the section says otherwise.
fn dns(name: &str, section: &str, server: Server) -> Case {
    let mut keys = vec!["preferred_ip_protocol: ip4"];
    for (key, text) in [("query_name", "query_name: example.test"), ("query_type", "query_type: A")] {
        if !section.contains(key) {
            keys.push(text);
        }
    }
    probe(name, "dns", &format!("{}, {section}", keys.join(", ")), &[ADDRESS, DNS]).on("s", server)
}

/// Records of the three sections.
fn counts(answer: u16, authority: u16, additional: u16) -> [String; 3] {
    [
        format!("probe_dns_answer_rrs {answer}"),
        format!("probe_dns_authority_rrs {authority}"),
        format!("probe_dns_additional_rrs {additional}"),
    ]
}

/// No answer that could be read.
const UNANSWERED: &[&str] =
    &["probe_dns_query_succeeded 0", "probe_dns_duration_seconds{phase=\"request\"} ?"];

const QUERY: &[&str] = &["ERROR Error while sending a DNS query"];
const NOTHING: &[&str] = &[];

const A: u16 = 1;
const NS: u16 = 2;
const SOA: u16 = 6;
const TXT: u16 = 16;
const AAAA: u16 = 28;

/// Two addresses.
fn two() -> Message {
    records(&[
        record("example.test", A, 300, &[192, 0, 2, 1]),
        record("example.test", A, 300, &[192, 0, 2, 2]),
    ])
}

/// Something in every section: one address, two name servers, and three addresses of theirs.
fn full() -> Message {
    let server = |target: &str| record("example.test", NS, 3600, &name(target));
    let glue = |owner: &str, last| record(owner, A, 600, &[192, 0, 2, last]);
    records(&[record("example.test", A, 300, &[192, 0, 2, 1])])
        .authority(&[server("ns1.isp.net"), server("ns2.isp.net")])
        .additional(&[
            glue("ns1.isp.net", 53),
            glue("ns2.isp.net", 54),
            record("ns2.isp.net", AAAA, 600, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53]),
        ])
}

fn soa(serial: u32) -> Vec<u8> {
    record("example.test", SOA, 900, &start_of_authority(serial))
}
