//! The DNS prober against a name server on loopback: the checklist of the reference exporter, what hostile servers send,
//! and what goes beyond the reference.

#[path = "dns/load.rs"]
mod load;
#[path = "dns/server.rs"]
mod server;

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use probe_core::model::{Phase, Reason, Report, Verdict};
use probe_core::prober::dns::{
    ADDITIONAL_RECORDS, ANSWER_RECORDS, AUTHORITY_RECORDS, DURATION, DnsProber, DnsSettings, QUERY_SUCCEEDED,
    RecordRules, Rule, SERIAL,
};
use probe_core::prober::shared::EgressSettings;
use probe_core::prober::shared::address::PROTOCOL;
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::prometheus;
use probe_core::sim::FixedResolver;
use probe_core::wire::dns::{Class, RecordType};
use server::{Over, Reply, Server, announced_size, question, record, record_of_class, start_of_authority};

const NOERROR: u8 = 0;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

fn settings(over: Over) -> DnsSettings {
    let protocol = match over {
        Over::Tcp => "tcp",
        Over::Udp => "udp",
    };
    DnsSettings {
        preferred_ip_protocol: "ip4".into(),
        transport_protocol: protocol.into(),
        query_name: "example.test".into(),
        query_type: Some(RecordType(1)),
        ..DnsSettings::default()
    }
}

fn two_addresses() -> Reply {
    Reply::with(&[
        record("example.test", "A", 300, &[192, 0, 2, 1]),
        record("example.test", "A", 300, &[192, 0, 2, 2]),
    ])
}

fn rules(of: [&[&str]; 4]) -> RecordRules {
    let [matches, all, not, none] =
        of.map(|sources| sources.iter().map(|source| Rule::from(*source)).collect());
    RecordRules {
        fail_if_matches: matches,
        fail_if_all_match: all,
        fail_if_not_matches: not,
        fail_if_none_matches: none,
    }
}

/// Probes a server that answers so, by its address.
async fn probe(settings: DnsSettings, answer: impl Fn(&[u8], Over) -> Vec<Vec<u8>>) -> Report {
    let server = Server::both().await;
    let target = server.address().to_string();
    probe_at(&server, settings, &target, answer).await
}

async fn probe_at(
    server: &Server,
    settings: DnsSettings,
    target: &str,
    answer: impl Fn(&[u8], Over) -> Vec<Vec<u8>>,
) -> Report {
    let hosts = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let resolver = FixedResolver::new([("both.test", hosts.to_vec()), ("ns.test", hosts[..1].to_vec())]);
    let services = Services::new(Arc::new(resolver));
    let mut options = RunOptions::new("dns", "dns", Duration::from_secs(60));
    options.keep_exchanges = true;
    let prober = DnsProber::new(settings);
    let target = target.into();
    tokio::select! {
        report = run(&prober, &target, &options, &services) => report,
        () = server.serve(answer) => unreachable!("it serves for ever"),
    }
}

/// Probes a server that always gives this answer.
async fn probe_for(settings: DnsSettings, answer: &Reply) -> Report {
    probe(settings, |query, _| vec![answer.to(query)]).await
}

/// Records in the three sections, and whether an answer came.
fn counts(report: &Report) -> (u64, u64, u64, bool) {
    let count = |gauge| report.measurements.get(gauge).expect("always there");
    (
        count(&ANSWER_RECORDS),
        count(&AUTHORITY_RECORDS),
        count(&ADDITIONAL_RECORDS),
        report.measurements.get(&QUERY_SUCCEEDED).expect("always there"),
    )
}

#[track_caller]
fn succeeded(report: &Report) {
    assert!(report.is_success(), "{:?}", report.verdict);
}

#[track_caller]
fn failed(report: &Report, reason: Reason, phase: Phase) {
    match &report.verdict {
        Verdict::Failure { reason: found, phase: at, .. } if (*found, *at) == (reason, phase) => {}
        other => panic!("expected {reason} in {phase}, got {other:?}"),
    }
}

/// The datagrams that a server sends for a query.
type Answerer = fn(&[u8]) -> Vec<Vec<u8>>;

const BOTH: [Over; 2] = [Over::Udp, Over::Tcp];

#[tokio::test]
async fn recursive_server_answers_with_two_records() {
    for over in BOTH {
        let seen = RefCell::new(Vec::new());
        let report = probe(settings(over), |query, came_over| {
            seen.borrow_mut().push((came_over, server::wants_recursion(query), query.len()));
            vec![two_addresses().to(query)]
        })
        .await;
        succeeded(&report);
        assert_eq!(counts(&report), (2, 0, 0, true));
        // 12 bytes of header, 14 of name, 4 of type and class: nothing additional.
        assert_eq!(*seen.borrow(), [(over, true, 30)]);
    }
}

#[tokio::test]
async fn valid_rcodes_without_noerror_fail_an_answer_but_count_it() {
    for over in BOTH {
        let valid_rcodes = Some(vec!["SERVFAIL".into(), "NXDOMAIN".into()]);
        let report = probe_for(DnsSettings { valid_rcodes, ..settings(over) }, &two_addresses()).await;
        failed(&report, Reason::Expectation, Phase::Validate);
        assert_eq!(counts(&report), (2, 0, 0, true));
    }
}

#[tokio::test]
async fn rules_see_the_time_to_live() {
    for over in BOTH {
        let validate_answer_rrs = rules([&[".*7200.*"], &[], &[".*300.*"], &[]]);
        let report = probe_for(DnsSettings { validate_answer_rrs, ..settings(over) }, &two_addresses()).await;
        succeeded(&report);
    }
}

#[tokio::test]
async fn empty_section_matches_nothing() {
    for over in BOTH {
        let validate_authority_rrs = rules([&[".*7200.*"], &[".*"], &[], &[]]);
        let report =
            probe_for(DnsSettings { validate_authority_rrs, ..settings(over) }, &two_addresses()).await;
        succeeded(&report);
        for demand in [rules([&[], &[], &[".*"], &[]]), rules([&[], &[], &[], &[".*"]])] {
            let settings = DnsSettings { validate_additional_rrs: demand, ..settings(over) };
            failed(&probe_for(settings, &two_addresses()).await, Reason::Expectation, Phase::Validate);
        }
    }
}

#[tokio::test]
async fn without_recursion_a_recursive_server_refuses() {
    for over in BOTH {
        let settings = DnsSettings { recursion_desired: false, ..settings(over) };
        let report = probe(settings, |query, _| {
            let answer = if server::wants_recursion(query) { two_addresses() } else { Reply::error(REFUSED) };
            vec![answer.to(query)]
        })
        .await;
        failed(&report, Reason::Expectation, Phase::Validate);
        assert_eq!(counts(&report), (0, 0, 0, true));
    }
}

/// One answer, two name servers, three addresses of theirs.
fn authoritative() -> Reply {
    let ipv6 = |last: u8| [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[last]].concat();
    Reply {
        answer: vec![record("example.test", "A", 3600, &[192, 0, 2, 1])],
        authority: vec![
            record("example.test", "NS", 7200, &server::name("ns1.isp.net")),
            record("example.test", "NS", 7200, &server::name("ns2.isp.net")),
        ],
        additional: vec![
            record("ns1.isp.net", "A", 7200, &[192, 0, 2, 53]),
            record("ns1.isp.net", "AAAA", 7200, &ipv6(1)),
            record("ns2.isp.net", "A", 7200, &[192, 0, 2, 54]),
        ],
        ..Reply::default()
    }
}

#[tokio::test]
async fn authoritative_server_fills_three_sections() {
    for over in BOTH {
        let report = probe_for(settings(over), &authoritative()).await;
        succeeded(&report);
        assert_eq!(counts(&report), (1, 2, 3, true));
        assert_eq!(report.measurements.get(&SERIAL), None, "only for queries of type SOA");
    }
}

#[tokio::test]
async fn rules_judge_the_sections_of_an_authoritative_answer() {
    let authority = |rules| DnsSettings { validate_authority_rrs: rules, ..settings(Over::Udp) };
    let additional = |rules| DnsSettings { validate_additional_rrs: rules, ..settings(Over::Udp) };
    for (settings, succeeds) in [
        (authority(rules([&[], &[], &["ns.*.isp.net"], &[]])), true),
        // Owners come first, and those of this section are another name.
        (authority(rules([&[], &[], &["^ns.*.isp"], &[]])), false),
        (authority(rules([&["ns1"], &[], &[], &[]])), false),
        (additional(rules([&[], &[], &["^ns.*.isp"], &[]])), true),
        // Fails unless all match, whatever its name says.
        (additional(rules([&[], &[r"^ns.*\.isp"], &[], &[]])), true),
        (additional(rules([&[], &[r"\tA\t"], &[], &[]])), false),
        (additional(rules([&[], &[], &[], &[r"\tAAAA\t2001:db8::1$"]])), true),
        (additional(rules([&[], &[], &[], &[r"\tAAAA\t2001:db8::2$"]])), false),
        (additional(rules([&["isp"], &["isp"], &["isp"], &["isp"]])), false),
    ] {
        let report = probe_for(settings.clone(), &authoritative()).await;
        if succeeds {
            succeeded(&report);
        } else {
            failed(&report, Reason::Expectation, Phase::Validate);
            assert_eq!(counts(&report), (1, 2, 3, true));
        }
    }
}

#[tokio::test]
async fn serial_is_that_of_the_last_soa_record() {
    let soa = |serial| record("example.test", "SOA", 60, &start_of_authority(serial));
    let settings = || DnsSettings { query_type: Some(RecordType::SOA), ..settings(Over::Tcp) };
    let report = probe_for(settings(), &Reply::with(&[soa(7), soa(1000)])).await;
    succeeded(&report);
    assert_eq!(report.measurements.get(&SERIAL), Some(1000));
    let report = probe_for(settings(), &two_addresses()).await;
    assert_eq!(report.measurements.get(&SERIAL), Some(0), "there is none");
    let report = probe(settings(), |_, _| vec![b"x".to_vec()]).await;
    assert_eq!(report.measurements.get(&SERIAL), None, "there is no answer");
}

#[tokio::test]
async fn class_chaos_is_asked_for_and_shown() {
    let text = record_of_class(3, "version.bind", "TXT", 0, b"\x069.10.1");
    for (rule, succeeds) in [(r#"CH\tTXT\t"9\.10\.1"$"#, true), (r"\tIN\t", false)] {
        let settings = DnsSettings {
            query_class: Some(Class(3)),
            query_type: Some(RecordType(16)),
            query_name: "version.bind".into(),
            validate_answer_rrs: rules([&[], &[], &[rule], &[]]),
            ..settings(Over::Udp)
        };
        let report = probe(settings, |query, _| {
            assert_eq!(question(query), b"\x07version\x04bind\0\0\x10\0\x03");
            vec![Reply::with(std::slice::from_ref(&text)).to(query)]
        })
        .await;
        assert_eq!(report.is_success(), succeeds, "{:?}", report.verdict);
    }
}

#[tokio::test]
async fn server_failure_is_judged_by_valid_rcodes() {
    let with = |rcodes: &[&str]| {
        let valid_rcodes = Some(rcodes.iter().map(ToString::to_string).collect());
        DnsSettings { valid_rcodes, ..settings(Over::Udp) }
    };
    let failure = Reply::error(SERVFAIL);
    let report = probe_for(settings(Over::Udp), &failure).await;
    failed(&report, Reason::Expectation, Phase::Validate);
    assert_eq!(counts(&report), (0, 0, 0, true));
    succeeded(&probe_for(with(&["SERVFAIL", "NXDOMAIN"]), &failure).await);
    let report = probe_for(with(&["SERVFAIL", "NOPE"]), &failure).await;
    failed(&report, Reason::Configuration, Phase::Validate);
    assert_eq!(counts(&report), (0, 0, 0, true), "the query did succeed");
    failed(&probe_for(with(&[]), &failure).await, Reason::Expectation, Phase::Validate);
    succeeded(&probe_for(with(&["NXDOMAIN"]), &Reply::error(NXDOMAIN)).await);
}

#[tokio::test]
async fn preference_decides_the_protocol() {
    for (preferred, protocol) in [("ip6", 6.0), ("ip4", 4.0), ("", 6.0)] {
        let server = Server::only(Over::Tcp).await;
        let target = format!("both.test:{}", server.address().port());
        let settings = DnsSettings {
            preferred_ip_protocol: preferred.into(),
            transport_protocol: String::new(),
            ..settings(Over::Udp)
        };
        let report = probe_at(&server, settings, &target, |query, _| vec![two_addresses().to(query)]).await;
        assert_eq!(report.measurements.get(&PROTOCOL), Some(protocol), "{preferred:?}");
        assert!(!report.is_success(), "no transport means UDP, where nobody listens");
    }
}

#[tokio::test]
async fn success_has_the_series_of_the_reference_exporter() {
    let report = probe_for(settings(Over::Udp), &two_addresses()).await;
    for phase in ["resolve", "connect", "request"] {
        assert!(report.measurements.read(&DURATION, [phase]) > Some(Duration::ZERO), "{phase}");
    }
    let text = prometheus::text(&[report]);
    let help: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
    assert_eq!(
        help,
        [
            "probe_dns_additional_rrs Returns number of entries in the additional resource record list",
            "probe_dns_answer_rrs Returns number of entries in the answer resource record list",
            "probe_dns_authority_rrs Returns number of entries in the authority resource record list",
            "probe_dns_duration_seconds Duration of DNS request by phase",
            "probe_dns_lookup_time_seconds Returns the time taken for probe dns lookup in seconds",
            "probe_dns_query_succeeded Displays whether or not the query was executed successfully",
            "probe_duration_seconds Returns how long the probe took to complete in seconds",
            "probe_ip_addr_hash Specifies the hash of IP address. It's useful to detect if the IP address changes.",
            "probe_ip_protocol Specifies whether probe ip protocol is IP4 or IP6",
            "probe_success Displays whether or not the probe was a success",
        ]
    );
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    let other_question = |query: &[u8]| {
        let mut message = two_addresses().to(query);
        message[13] ^= 0x01;
        vec![message]
    };
    let echo = |query: &[u8]| vec![query.to_vec()];
    let too_short = |_: &[u8]| vec![vec![1, 2, 3]];
    let broken_record =
        |query: &[u8]| vec![Reply::with(&[record("example.test", "A", 0, &[192, 0, 2])]).to(query)];
    let servers: [Answerer; 4] = [other_question, echo, too_short, broken_record];
    for answer in servers {
        for over in BOTH {
            let report = probe(settings(over), |query, _| answer(query)).await;
            failed(&report, Reason::Protocol, Phase::Request);
            assert_eq!(counts(&report), (0, 0, 0, false));
        }
    }
}

#[tokio::test]
async fn answers_with_another_id_are_ignored_over_udp_and_refused_over_tcp() {
    let answer = |query: &[u8], _: Over| {
        let right = two_addresses().to(query);
        let mut wrong = right.clone();
        wrong[0] ^= 0x55;
        vec![wrong, right]
    };
    succeeded(&probe(settings(Over::Udp), answer).await);
    failed(&probe(settings(Over::Tcp), answer).await, Reason::Protocol, Phase::Request);
}

#[tokio::test]
async fn more_than_512_bytes_need_edns() {
    let many = |count: u8| {
        let of = |last| record("example.test", "A", 60, &[192, 0, 2, last]);
        Reply::with(&(0..count).map(of).collect::<Vec<_>>())
    };
    let with = |edns_udp_size| DnsSettings { edns_udp_size, ..settings(Over::Udp) };
    let report = probe_for(with(None), &many(50)).await;
    failed(&report, Reason::Protocol, Phase::Request);
    assert_eq!(counts(&report), (0, 0, 0, false));
    let report = probe(with(Some(4096)), |query, _| {
        assert_eq!(announced_size(query), Some(4096));
        vec![many(50).to(query)]
    })
    .await;
    succeeded(&report);
    assert_eq!(counts(&report), (50, 0, 0, true));
    succeeded(&probe_for(settings(Over::Tcp), &many(50)).await);
}

#[tokio::test]
async fn truncated_answer_is_asked_for_again_where_wanted() {
    let answer = |query: &[u8], over: Over| {
        let truncated = Reply { truncated: over == Over::Udp, ..Reply::default() };
        vec![if over == Over::Udp { truncated } else { two_addresses() }.to(query)]
    };
    let report = probe(settings(Over::Udp), answer).await;
    succeeded(&report);
    assert_eq!(counts(&report), (0, 0, 0, true), "as in the reference exporter");
    let report = probe(DnsSettings { retry_over_tcp: true, ..settings(Over::Udp) }, answer).await;
    succeeded(&report);
    assert_eq!(counts(&report), (2, 0, 0, true));
    assert!(report.notes.iter().any(|note| note.name == "transport"), "{:?}", report.notes);
}

#[tokio::test]
async fn target_is_the_name_where_the_server_is_configured() {
    let server = Server::both().await;
    let settings = DnsSettings {
        server: Some(format!("ns.test:{}", server.address().port())),
        query_name: "_dmarc.{target}".into(),
        ..settings(Over::Udp)
    };
    let report = probe_at(&server, settings.clone(), "shop.test", |query, _| {
        assert_eq!(question(query), b"\x06_dmarc\x04shop\x04test\0\0\x01\0\x01");
        vec![two_addresses().to(query)]
    })
    .await;
    succeeded(&report);
    let report = probe_at(&server, settings, "shop..test", |_, _| Vec::new()).await;
    failed(&report, Reason::Target, Phase::Request);
}

#[tokio::test]
async fn hopeless_settings_fail_with_their_reason() {
    let bad_transport = DnsSettings { transport_protocol: "sctp".into(), ..settings(Over::Udp) };
    let report = probe_for(bad_transport, &two_addresses()).await;
    failed(&report, Reason::Configuration, Phase::Prepare);
    assert_eq!(report.measurements.get(&PROTOCOL), None, "nothing was resolved");

    let tls = DnsSettings { dns_over_tls: true, ..settings(Over::Udp) };
    let report = probe_for(tls, &two_addresses()).await;
    failed(&report, Reason::Configuration, Phase::Setup);
    assert!(report.measurements.read(&DURATION, ["resolve"]) > Some(Duration::ZERO));

    let bad_source = DnsSettings {
        egress: EgressSettings { source_ip_address: "bad".into(), ..EgressSettings::default() },
        ..settings(Over::Udp)
    };
    failed(&probe_for(bad_source, &two_addresses()).await, Reason::Configuration, Phase::Setup);

    let bad_name = DnsSettings { query_name: "x".repeat(64), ..settings(Over::Udp) };
    let report = probe_for(bad_name, &two_addresses()).await;
    failed(&report, Reason::Configuration, Phase::Request);
    assert_eq!(report.measurements.read(&DURATION, ["request"]), Some(Duration::ZERO));
    assert!(report.measurements.read(&DURATION, ["connect"]) > Some(Duration::ZERO));

    let bad_rule =
        DnsSettings { validate_answer_rrs: rules([&[":["], &[], &[], &[]]), ..settings(Over::Udp) };
    failed(&probe_for(bad_rule.clone(), &two_addresses()).await, Reason::Configuration, Phase::Validate);
    succeeded(&probe_for(bad_rule, &Reply::error(NOERROR)).await);
}

#[tokio::test]
async fn source_address_of_another_host_is_refused() {
    for over in BOTH {
        let egress = EgressSettings { source_ip_address: "192.0.2.1".into(), ..EgressSettings::default() };
        let report = probe_for(DnsSettings { egress, ..settings(over) }, &two_addresses()).await;
        assert!(
            matches!(report.verdict, Verdict::Failure { reason: Reason::Configuration, .. }),
            "{:?}",
            report.verdict
        );
    }
}

#[tokio::test]
async fn nobody_there_is_a_refusal() {
    for (listens, asked) in [(Over::Tcp, Over::Udp), (Over::Udp, Over::Tcp)] {
        let server = Server::only(listens).await;
        let target = server.address().to_string();
        let report = probe_at(&server, settings(asked), &target, |_, _| Vec::new()).await;
        let phase = if asked == Over::Udp { Phase::Request } else { Phase::Connect };
        failed(&report, Reason::Connect, phase);
        assert_eq!(counts(&report), (0, 0, 0, false));
        assert!(report.measurements.read(&DURATION, ["connect"]) > Some(Duration::ZERO));
    }
    let unknown_port =
        probe_at(&Server::both().await, settings(Over::Udp), "127.0.0.1:99999", |_, _| Vec::new()).await;
    failed(&unknown_port, Reason::Target, Phase::Connect);
}

#[tokio::test]
async fn connection_that_closes_early_breaks_the_protocol() {
    failed(&probe(settings(Over::Tcp), |_, _| Vec::new()).await, Reason::Protocol, Phase::Request);
}

/// The clock stands still until nothing else can happen, so the deadline comes at once.
#[tokio::test(start_paused = true)]
async fn silence_is_a_timeout_that_keeps_its_phases() {
    let report = probe(settings(Over::Udp), |_, _| Vec::new()).await;
    failed(&report, Reason::Timeout, Phase::Request);
    assert_eq!(report.measurements.read(&DURATION, ["request"]), Some(Duration::from_secs(60)));
    assert_eq!(counts(&report), (0, 0, 0, false));
}
