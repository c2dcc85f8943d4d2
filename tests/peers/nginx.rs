//! nginx: HTTP/1.1 and HTTP/2, versions of TLS, certificates of clients, compression, redirects, passwords.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::{Certificates, Identity};
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::{Report, has_line, probe};
use super::server::{Launch, Server};

/// What the page at `/` says, often enough to be worth compressing.
const LINE: &str = "everything is fine\n";
const LINES: usize = 500;
/// When it was written, in seconds since 1970.
const WRITTEN: u64 = 1_700_000_000;

/// The server, also as the origin behind proxies.
pub(crate) struct Nginx {
    /// HTTP in the clear.
    pub(crate) plain: u16,
    /// HTTP over TLS.
    pub(crate) tls: u16,
    /// TLS 1.2 alone.
    old_tls: u16,
    /// For clients with a certificate.
    for_members: u16,
    pub(crate) certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "nginx",
        start,
        &[
            ("a page has status, version, length and date", page),
            ("a status that is not listed is a failed expectation", status),
            ("rules for the body and for headers hold or fail", rules),
            ("a compressed answer is decompressed and searched", compressed),
            ("a body over its limit fails", limited),
            ("a redirect is followed and counted", redirect),
            ("a redirect is the answer where none is followed", unfollowed),
            ("redirects without an end fail", endless_redirects),
            ("a redirect from HTTP to TLS is followed", redirect_to_tls),
            ("a cookie set by a redirect is sent back", cookie),
            ("method, headers and body arrive", request),
            ("a password opens a page, and a wrong one does not", password),
            ("HTTP/2 is agreed on unless it is switched off", http2),
            ("each version of TLS is spoken and named", tls_versions),
            ("a version of TLS that the server has not is refused", tls_too_old),
            ("a client's certificate opens a page", client_certificate),
            ("a certificate of a stranger fails unless nobody looks", stranger),
            ("a certificate for another name fails", other_name),
            ("TLS alone is probed over TCP", tls_over_tcp),
            ("the exporter shows the series", series),
        ],
    )
}

pub(crate) fn start() -> Result<Nginx, Problem> {
    let nginx = Program::find("nginx", "nginx")?;
    let folder = Folder::new("nginx");
    let certificates = Certificates::new(&folder)?;
    let [plain, tls, old_tls, for_members] = [(); 4].map(|()| ports::free());
    folder.folder("www");
    let index = folder.write("www/index.html", LINE.repeat(LINES));
    let written = UNIX_EPOCH + Duration::from_secs(WRITTEN);
    File::options()
        .write(true)
        .open(index)
        .and_then(|file| file.set_modified(written))
        .expect("our own file");
    folder.write("users", "somebody:{PLAIN}secret\n");
    let configuration = format!(
        r#"daemon off;
pid {folder}/pid;
error_log stderr;
worker_processes 1;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type text/html;
  root {folder}/www;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  server {{
    listen 127.0.0.1:{plain};
    location = /moved {{ return 301 /; }}
    location = /loop {{ return 302 /loop; }}
    location = /secure {{ return 302 https://127.0.0.1:{tls}/; }}
    location = /enter {{ add_header Set-Cookie "pass=1"; return 302 /inside; }}
    location = /inside {{ return 200 "$http_cookie"; }}
    location = /teapot {{ return 418; }}
    location = /request {{ return 200 "$request_method $http_user_agent $http_x_probe $content_length"; }}
    location = /private {{ auth_basic "members"; auth_basic_user_file users; try_files /index.html =404; }}
    location = /small {{ gzip on; gzip_min_length 1; try_files /index.html =404; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl http2;
    ssl_protocols TLSv1.2 TLSv1.3;
  }}
  server {{
    listen 127.0.0.1:{old_tls} ssl;
    ssl_protocols TLSv1.2;
  }}
  server {{
    listen 127.0.0.1:{for_members} ssl;
    ssl_client_certificate {authority};
    ssl_verify_client on;
  }}
}}
"#,
        folder = folder.path().display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
        authority = certificates.authority.display(),
    );
    let file = folder.write("nginx.conf", configuration);
    let prefix = folder.path().to_owned();
    let launch = Launch::new(&nginx).args(["-e", "stderr", "-p"]).args([prefix]).args(["-c"]).args([file]);
    let server = launch.listening(&[plain, tls, old_tls, for_members], folder)?;
    Ok(Nginx { plain, tls, old_tls, for_members, certificates, _server: server })
}

impl Nginx {
    /// Probes a path in the clear.
    #[track_caller]
    fn get(&self, path: &str, settings: &str) -> Report {
        let target = format!("http://127.0.0.1:{}{path}", self.plain);
        probe(&format!("{{prober: http, http: {{{settings}}}}}"), &target)
    }

    /// Probes a port over TLS, trusting the authority.
    #[track_caller]
    fn get_securely(&self, port: u16, tls: &str, settings: &str) -> Report {
        let tls = format!("{}, {tls}", trusting(&self.certificates.authority));
        get_over(port, &tls, settings)
    }
}

#[track_caller]
fn get_over(port: u16, tls: &str, settings: &str) -> Report {
    let module = format!("{{prober: http, http: {{tls_config: {{{tls}}}, {settings}}}}}");
    probe(&module, &format!("https://127.0.0.1:{port}/"))
}

fn trusting(authority: &Path) -> String {
    format!("ca_file: '{}'", authority.display())
}

fn length() -> f64 {
    (LINE.len() * LINES) as f64
}

fn page(nginx: &Nginx) {
    let report = nginx.get("/", "").succeeded();
    let report = report.with("probe_http_status_code", 200.0).with("probe_http_version", 1.1);
    let report = report.with("probe_http_content_length", length());
    let report = report.with("probe_http_uncompressed_body_length", length());
    let report = report.with("probe_http_redirects", 0.0).with("probe_http_ssl", 0.0);
    report.with("probe_http_last_modified_timestamp_seconds", WRITTEN as f64);
}

fn status(nginx: &Nginx) {
    let report = nginx.get("/teapot", "").failed("expectation", "validate");
    report.with("probe_http_status_code", 418.0);
    nginx.get("/teapot", "valid_status_codes: [200, 418]").succeeded();
    nginx.get("/", "valid_status_codes: [418]").failed("expectation", "validate");
}

fn rules(nginx: &Nginx) {
    nginx.get("/", "fail_if_body_not_matches_regexp: ['^everything is']").succeeded();
    let report = nginx.get("/", "fail_if_body_matches_regexp: ['is fine']").failed("expectation", "validate");
    report.with("probe_failed_due_to_regex", 1.0);
    let header = |key: &str, name: &str, pattern: &str| {
        nginx.get("/", &format!("{key}: [{{header: {name}, regexp: '{pattern}'}}]"))
    };
    header("fail_if_header_not_matches", "server", "^nginx").succeeded();
    header("fail_if_header_matches", "Server", "^nginx").failed("expectation", "validate");
    header("fail_if_header_not_matches", "X-Absent", ".*").failed("expectation", "validate");
}

fn compressed(nginx: &Nginx) {
    let settings = "compression: gzip, headers: {Accept-Encoding: gzip}, \
                    fail_if_body_not_matches_regexp: ['fine\\n$']";
    let report = nginx.get("/small", settings).succeeded();
    report.with("probe_http_uncompressed_body_length", length());
    let report = nginx.get("/small", "headers: {Accept-Encoding: gzip}").succeeded();
    let short =
        report.value("probe_http_uncompressed_body_length").is_some_and(|found| found < length() / 2.0);
    assert!(short, "decompressed unasked: {report}");
    nginx.get("/small", "compression: gzip").failed("protocol", "transfer");
}

fn limited(nginx: &Nginx) {
    let report = nginx.get("/", "body_size_limit: 100B").failed("expectation", "transfer");
    report.with("probe_http_uncompressed_body_length", 100.0);
    nginx.get("/", "body_size_limit: 1MB").succeeded();
}

fn redirect(nginx: &Nginx) {
    let report = nginx.get("/moved", "").succeeded();
    report.with("probe_http_redirects", 1.0).with("probe_http_status_code", 200.0);
}

fn unfollowed(nginx: &Nginx) {
    let settings = "follow_redirects: false, valid_status_codes: [301]";
    let report = nginx.get("/moved", settings).succeeded();
    report.with("probe_http_redirects", 1.0).with("probe_http_status_code", 301.0);
}

fn endless_redirects(nginx: &Nginx) {
    let report = nginx.get("/loop", "").failed("expectation", "validate");
    report.with("probe_http_redirects", 11.0).with("probe_http_status_code", 302.0);
}

fn redirect_to_tls(nginx: &Nginx) {
    let tls = trusting(&nginx.certificates.authority);
    let report = nginx.get("/secure", &format!("tls_config: {{{tls}}}, fail_if_not_ssl: true")).succeeded();
    report.with("probe_http_redirects", 1.0).with("probe_http_ssl", 1.0);
}

fn cookie(nginx: &Nginx) {
    nginx.get("/enter", "fail_if_body_not_matches_regexp: ['^pass=1$']").succeeded();
}

fn request(nginx: &Nginx) {
    let settings = "method: POST, body: hello, headers: {User-Agent: tester, X-Probe: here}, \
                    fail_if_body_not_matches_regexp: ['^POST tester here 5$']";
    nginx.get("/request", settings).succeeded();
}

fn password(nginx: &Nginx) {
    let with = |password: &str| {
        nginx.get("/private", &format!("basic_auth: {{username: somebody, password: {password}}}"))
    };
    with("secret").succeeded();
    for refused in [with("wrong"), nginx.get("/private", "")] {
        refused.failed("expectation", "validate").with("probe_http_status_code", 401.0);
    }
}

fn http2(nginx: &Nginx) {
    let report = nginx.get_securely(nginx.tls, "", "valid_http_versions: ['HTTP/2.0']").succeeded();
    let report = report.with("probe_http_version", 2.0).with("probe_http_content_length", length());
    report.with("probe_http_uncompressed_body_length", length());
    let report = nginx.get_securely(nginx.tls, "", "enable_http2: false").succeeded();
    report.with("probe_http_version", 1.1);
    let report = nginx.get_securely(nginx.tls, "", "valid_http_versions: ['HTTP/1.1']");
    report.failed("expectation", "validate");
}

fn tls_versions(nginx: &Nginx) {
    let report = nginx.get_securely(nginx.tls, "", "").succeeded().with("probe_http_ssl", 1.0);
    let report = report.labelled("probe_tls_version_info", "version", "TLS 1.3");
    assert!(report.value("probe_ssl_earliest_cert_expiry").is_some_and(|expiry| expiry > 0.0), "{report}");
    let report = nginx.get_securely(nginx.tls, "max_version: TLS12", "").succeeded();
    report.labelled("probe_tls_version_info", "version", "TLS 1.2");
    let report = nginx.get_securely(nginx.old_tls, "", "").succeeded();
    report.labelled("probe_tls_version_info", "version", "TLS 1.2").with("probe_http_version", 1.1);
}

fn tls_too_old(nginx: &Nginx) {
    nginx.get_securely(nginx.old_tls, "min_version: TLS13", "").failed("tls", "tls");
}

fn client_certificate(nginx: &Nginx) {
    let Identity { certificate, key } = &nginx.certificates.client;
    let identity = format!("cert_file: '{}', key_file: '{}'", certificate.display(), key.display());
    nginx.get_securely(nginx.for_members, &identity, "").succeeded();
    // nginx completes the handshake and says so in HTTP.
    let report = nginx.get_securely(nginx.for_members, "", "").failed("expectation", "validate");
    report.with("probe_http_status_code", 400.0);
}

fn stranger(nginx: &Nginx) {
    let tls = trusting(&nginx.certificates.stranger);
    get_over(nginx.tls, &tls, "").failed("tls", "tls").with("probe_http_ssl", 0.0);
    get_over(nginx.tls, &format!("{tls}, insecure_skip_verify: true"), "").succeeded();
}

fn other_name(nginx: &Nginx) {
    nginx.get_securely(nginx.tls, "server_name: elsewhere.example.test", "").failed("tls", "tls");
    nginx.get_securely(nginx.tls, "server_name: localhost", "").succeeded();
}

fn tls_over_tcp(nginx: &Nginx) {
    let module = |tls: &str| format!("{{prober: tcp, tcp: {{tls: true, tls_config: {{{tls}}}}}}}");
    let target = format!("127.0.0.1:{}", nginx.tls);
    let report = probe(&module(&trusting(&nginx.certificates.authority)), &target).succeeded();
    report.labelled("probe_tls_version_info", "version", "TLS 1.3");
    probe(&module(&trusting(&nginx.certificates.stranger)), &target).failed("tls", "tls");
}

fn series(nginx: &Nginx) {
    let tls = trusting(&nginx.certificates.authority);
    let modules = format!("  http: {{prober: http, http: {{tls_config: {{{tls}}}}}}}");
    let exporter = Exporter::start(&modules);
    let page = exporter.probe("http", &format!("https://127.0.0.1:{}/", nginx.tls));
    for line in [
        "probe_success 1",
        "probe_http_status_code 200",
        "probe_http_version 2",
        "probe_http_ssl 1",
        "probe_http_uncompressed_body_length 9500",
        "probe_http_last_modified_timestamp_seconds 1.7e+09",
        "probe_tls_version_info{version=\"TLS 1.3\"} 1",
    ] {
        has_line(&page, line);
    }
}
