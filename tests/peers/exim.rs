//! Exim: SMTP in the clear, upgraded to TLS, and over TLS from the start.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::{has_line, probe};
use super::server::{Launch, Server};
use super::user;

struct Exim {
    plain: String,
    tls: String,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "exim",
        start,
        &[
            ("the ready-made dialogue succeeds", ready_made),
            ("what the greeting says becomes a label", greeting),
            ("an answer that never comes is a failed expectation", unexpected),
            ("the exporter shows the gauges of a dialogue", series),
            ("a dialogue goes on over TLS after STARTTLS", start_tls),
            ("STARTTLS ends at a certificate from a stranger", stranger),
            ("the ready-made dialogue succeeds over TLS", over_tls),
        ],
    )
}

fn start() -> Result<Exim, Problem> {
    let exim = Program::find("exim4", "exim4-daemon-light")?;
    let folder = Folder::new("exim");
    let certificates = Certificates::new(&folder)?;
    let (plain, tls) = (ports::free(), ports::free());
    let configuration = format!(
        "primary_hostname = mail.example.test
exim_user = {user}
exim_group = {group}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
keep_environment = LD_LIBRARY_PATH
local_interfaces = 127.0.0.1
daemon_smtp_ports = {plain} : {tls}
tls_on_connect_ports = {tls}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
host_lookup =
rfc1413_query_timeout = 0s
smtp_banner = $primary_hostname ESMTP ready
",
        user = user::id(),
        group = user::group(),
        folder = folder.path().display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let launch = launch(&exim, &folder, &configuration);
    let server = launch.listening(&[plain, tls], folder)?;
    let place = |port| format!("localhost:{port}");
    Ok(Exim { plain: place(plain), tls: place(tls), certificates, _server: server })
}

/// Exim with a configuration, in the foreground.
pub(crate) fn launch<'p>(exim: &'p Program, folder: &Folder, configuration: &str) -> Launch<'p> {
    let file = folder.write("exim.conf", configuration);
    let mut launch = Launch::new(exim).args(["-bdf", "-C"]).args([file]);
    if exim.is_unpacked() {
        // It looks up a user whom installing it would have made.
        let with_user = |name: &str, line: String| {
            let list = fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
            folder.write(name, format!("{}\n{line}\n", list.trim_end()))
        };
        let (user, group) = (user::id(), user::group());
        let users = with_user("passwd", format!("Debian-exim:x:{user}:{group}::/:/bin/false"));
        let groups = with_user("group", format!("Debian-exim:x:{group}:"));
        launch = launch.seeing(users, "/etc/passwd").seeing(groups, "/etc/group");
    }
    launch
}

/// Upgrades to TLS, trusting an authority, and asks again what the server can.
fn upgrade(authority: &Path) -> String {
    format!(
        "{{prober: tcp, tcp: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: '{}'}}, query_response: [\
         {{expect: '^220 ', send: \"EHLO probe.invalid\\r\"}}, \
         {{expect: '^250-STARTTLS'}}, {{expect: '^250 ', send: \"STARTTLS\\r\"}}, \
         {{expect: '^220', starttls: true}}, \
         {{send: \"EHLO probe.invalid\\r\"}}, {{expect: '^250 ', send: \"QUIT\\r\"}}, {{expect: '^221 '}}]}}}}",
        authority.display()
    )
}

fn ready_made(exim: &Exim) {
    let module = "{prober: tcp, tcp: {preferred_ip_protocol: ip4, dialogue: smtp}}";
    probe(module, &exim.plain).succeeded().with("probe_failed_due_to_regex", 0.0);
}

fn greeting(exim: &Exim) {
    let entry = "{expect: '^220 (\\S+) ESMTP', labels: [{name: host, value: '$1'}]}";
    let module = format!("{{prober: tcp, tcp: {{preferred_ip_protocol: ip4, query_response: [{entry}]}}}}");
    probe(&module, &exim.plain).succeeded().labelled("probe_expect_info", "host", "mail.example.test");
}

fn unexpected(exim: &Exim) {
    let steps = "{expect: '^220 ', send: \"QUIT\\r\"}, {expect: '^354 '}";
    let module = format!("{{prober: tcp, tcp: {{preferred_ip_protocol: ip4, query_response: [{steps}]}}}}");
    let report = probe(&module, &exim.plain).failed("expectation", "validate");
    report.with("probe_failed_due_to_regex", 1.0);
}

fn series(exim: &Exim) {
    let modules = "  smtp: {prober: tcp, tcp: {preferred_ip_protocol: ip4, dialogue: smtp}}";
    let page = Exporter::start(modules).probe("smtp", &exim.plain);
    for line in ["probe_success 1", "probe_failed_due_to_regex 0", "probe_failed_due_to_bytes 0"] {
        has_line(&page, line);
    }
}

fn start_tls(exim: &Exim) {
    let report = probe(&upgrade(&exim.certificates.authority), &exim.plain).succeeded();
    assert!(report.value("probe_ssl_earliest_cert_expiry").is_some_and(|expiry| expiry > 0.0), "{report}");
    report.labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn stranger(exim: &Exim) {
    let report = probe(&upgrade(&exim.certificates.stranger), &exim.plain).failed("tls", "tls");
    assert_eq!(report.value("probe_ssl_earliest_cert_expiry"), None, "{report}");
}

fn over_tls(exim: &Exim) {
    let module = format!(
        "{{prober: tcp, tcp: {{preferred_ip_protocol: ip4, dialogue: smtp, tls: true, \
         tls_config: {{ca_file: '{}'}}}}}}",
        exim.certificates.authority.display()
    );
    probe(&module, &exim.tls).succeeded().labelled("probe_tls_version_info", "version", "TLS 1.3");
}
