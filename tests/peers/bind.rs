//! BIND: an authoritative name server, over UDP, TCP and TLS.

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::{Report, has_line, probe};
use super::server::{Launch, Server};

const ZONE: &str = r#"$TTL 300
@     SOA  ns.example.test. admin.example.test. 2024010203 3600 600 86400 300
@     NS   ns
ns    A    127.0.0.1
@     MX   10 mail
@     TXT  "v=spf1 -all"
mail  A    127.0.0.2
mail  AAAA ::2
alias CNAME mail
"#;

/// How many records `large` has: far more than fit a datagram of 512 bytes.
const LARGE: usize = 20;

struct Bind {
    plain: String,
    tls: String,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "bind",
        start,
        &[
            ("the serial number of a zone is read", serial),
            ("records of a section are checked", records),
            ("an answer over TCP is the same", over_tcp),
            ("the chain behind an alias is counted", alias),
            ("a name that is not there is NXDOMAIN", absent_name),
            ("a zone that is not served is REFUSED", refused_zone),
            ("class CHAOS is asked for", chaos),
            ("a truncated answer has all records if TCP may be tried", truncation),
            ("EDNS makes room for a large answer", edns),
            ("the target may be the name that is asked about", target_as_name),
            ("the exporter shows the series of both outcomes", series),
            ("DNS over TLS is spoken, and the certificate verified", over_tls),
        ],
    )
}

fn start() -> Result<Bind, Problem> {
    let named = Program::find("named", "bind9")?;
    let folder = Folder::new("bind");
    let certificates = Certificates::new(&folder)?;
    let (plain, tls) = (ports::free(), ports::free());
    let large: Vec<_> = (0..LARGE).map(|index| format!("large TXT \"{index:040}\"\n")).collect();
    folder.write("zone", format!("{ZONE}{}", large.concat()));
    let configuration = format!(
        r#"options {{
            directory "{folder}";
            listen-on port {plain} {{ 127.0.0.1; }};
            listen-on port {tls} tls ours {{ 127.0.0.1; }};
            listen-on-v6 {{ none; }};
            pid-file none; session-keyfile none; lock-file none;
            managed-keys-directory "{folder}";
            recursion no; dnssec-validation no; notify no; minimal-responses yes;
            version "unknown";
        }};
        tls ours {{ cert-file "{certificate}"; key-file "{key}"; }};
        controls {{ }};
        zone "example.test" {{ type primary; file "zone"; }};"#,
        folder = folder.path().display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let file = folder.write("named.conf", configuration);
    let launch = Launch::new(&named).args(["-g", "-n", "1", "-c"]).args([file]);
    let server = launch.saying("all zones loaded", folder)?;
    let place = |port| format!("127.0.0.1:{port}");
    Ok(Bind { plain: place(plain), tls: place(tls), certificates, _server: server })
}

impl Bind {
    /// Asks about a name; `settings` are further ones.
    #[track_caller]
    fn ask(&self, name: &str, record_type: &str, settings: &str) -> Report {
        let section = format!("query_name: {name}, query_type: {record_type}, {settings}");
        probe(&format!("{{prober: dns, dns: {{{section}}}}}"), &self.plain)
    }
}

fn serial(bind: &Bind) {
    bind.ask("example.test", "SOA", "").succeeded().with("probe_dns_serial", 2_024_010_203.0);
}

fn records(bind: &Bind) {
    let rule = |pattern: &str| format!("validate_answer_rrs: {{fail_if_not_matches_regexp: ['{pattern}']}}");
    let exchanger = r"^example\.test\.\t300\tIN\tMX\t10 mail\.example\.test\.$";
    bind.ask("example.test", "MX", &rule(exchanger)).succeeded().with("probe_dns_answer_rrs", 1.0);
    bind.ask("example.test", "TXT", &rule("\"v=spf1 -all\"$")).succeeded();
    bind.ask("mail.example.test", "AAAA", &rule("::2$")).succeeded();
    bind.ask("example.test", "TXT", &rule("v=spf2")).failed("expectation", "validate");
}

fn over_tcp(bind: &Bind) {
    let report = bind.ask("example.test", "SOA", "transport_protocol: tcp").succeeded();
    report.with("probe_dns_serial", 2_024_010_203.0);
}

fn alias(bind: &Bind) {
    bind.ask("alias.example.test", "A", "").succeeded().with("probe_dns_answer_rrs", 2.0);
}

fn absent_name(bind: &Bind) {
    bind.ask("nobody.example.test", "A", "").failed("expectation", "validate");
    let report = bind.ask("nobody.example.test", "A", "valid_rcodes: [NXDOMAIN]").succeeded();
    // The zone's SOA says how long the name is known not to be there (RFC 2308 section 3).
    report.with("probe_dns_answer_rrs", 0.0).with("probe_dns_authority_rrs", 1.0);
}

fn refused_zone(bind: &Bind) {
    let report = bind.ask("example.invalid", "A", "").failed("expectation", "validate");
    report.with("probe_dns_query_succeeded", 1.0);
    bind.ask("example.invalid", "A", "valid_rcodes: [REFUSED]").succeeded();
}

fn chaos(bind: &Bind) {
    let rule = "query_class: CH, validate_answer_rrs: {fail_if_not_matches_regexp: ['\"unknown\"$']}";
    bind.ask("version.bind", "TXT", rule).succeeded();
}

fn truncation(bind: &Bind) {
    let report = bind.ask("large.example.test", "TXT", "").succeeded();
    let records = report.value("probe_dns_answer_rrs");
    assert!(records.is_some_and(|records| records < LARGE as f64), "not truncated: {report}");
    let report = bind.ask("large.example.test", "TXT", "retry_over_tcp: true").succeeded();
    report.with("probe_dns_answer_rrs", LARGE as f64);
}

fn edns(bind: &Bind) {
    let report = bind.ask("large.example.test", "TXT", "edns_udp_size: 1400").succeeded();
    // The server's own EDNS record is in the additional section.
    report.with("probe_dns_answer_rrs", LARGE as f64).with("probe_dns_additional_rrs", 1.0);
}

fn target_as_name(bind: &Bind) {
    let module = format!(
        "{{prober: dns, dns: {{server: '{}', query_name: '{{target}}', query_type: A}}}}",
        bind.plain
    );
    probe(&module, "mail.example.test").succeeded().with("probe_dns_answer_rrs", 1.0);
    probe(&module, "nobody.example.test").failed("expectation", "validate");
}

fn series(bind: &Bind) {
    let modules = "  soa: {prober: dns, dns: {query_name: example.test, query_type: SOA}}
  refused: {prober: dns, dns: {query_name: example.invalid, query_type: A}}";
    let exporter = Exporter::start(modules);
    let page = exporter.probe("soa", &bind.plain);
    for line in ["probe_success 1", "probe_dns_serial 2.024010203e+09", "probe_dns_answer_rrs 1"] {
        has_line(&page, line);
    }
    let page = exporter.probe("refused", &bind.plain);
    for line in ["probe_success 0", "probe_dns_query_succeeded 1", "probe_dns_answer_rrs 0"] {
        has_line(&page, line);
    }
}

fn over_tls(bind: &Bind) {
    let module = |authority: &std::path::Path| {
        let tls = format!("dns_over_tls: true, tls_config: {{ca_file: '{}'}}", authority.display());
        format!(
            "{{prober: dns, dns: {{transport_protocol: tcp, query_name: example.test, query_type: SOA, {tls}}}}}"
        )
    };
    let report = probe(&module(&bind.certificates.authority), &bind.tls).succeeded();
    report.with("probe_dns_serial", 2_024_010_203.0);
    probe(&module(&bind.certificates.stranger), &bind.tls).failed("tls", "tls");
}
