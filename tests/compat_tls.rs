//! The http prober over TLS, with HTTP/1.1, HTTP/2 and HTTP/3, beside the reference exporter where it is installed.

#[path = "compat_tls/certificates.rs"]
mod certificates;
#[path = "compat_tls/connections.rs"]
mod connections;
#[path = "compat_tls/http2.rs"]
mod http2;
#[path = "compat_tls/http3.rs"]
mod http3;
#[path = "compat_tls/names.rs"]
mod names;
#[path = "compat_tls/proxies.rs"]
mod proxies;

use std::process::ExitCode;

use probe_tests::compat::series::{ADDRESS, CIPHER, HTTP, leaf, tls, tls_of, year};
use probe_tests::compat::{Case, Server, probe, run};

fn main() -> ExitCode {
    let groups = vec![
        ("certificates", certificates::cases()),
        ("names", names::cases()),
        ("connections", connections::cases()),
        ("http2", http2::cases()),
        ("http3", http3::cases()),
        ("proxies", proxies::cases()),
    ];
    run(groups, &[])
}

/// What TLS adds to the series of a request, apart from the certificate.
const OVER_TLS: &[&str] = &["probe_http_ssl 1", "probe_http_duration_seconds{phase=\"tls\"} +"];

/// The authority of the tests.
const CA: &str = "ca_file: @dir/ca.pem";

/// A request over TLS: what is in `tls_config`, what else is in the section, and the server. Without the series of a certificate.
fn https(name: &str, config: &str, section: &str, server: Server) -> Case {
    let section = format!("preferred_ip_protocol: ip4, tls_config: {{{config}}}, {section}");
    probe(name, "http", &section, &[ADDRESS, HTTP]).on("s", server).target("https://@s/")
}

/// The same, answered under an ordinary certificate.
fn trusted(name: &str, section: &str, server: Server) -> Case {
    https(name, CA, section, server.tls("server")).with(OVER_TLS).with(&tls("server")).with(CIPHER)
}

/// A request that comes to nothing in the handshake.
fn refused(name: &str, config: &str, server: Server) -> Case {
    https(name, config, "", server).fails(NO_HANDSHAKE).says(REQUEST)
}

/// A handshake that was not finished. How far connecting had come is a matter of the moment.
const NO_HANDSHAKE: &[&str] = &[
    "probe_http_duration_seconds{phase=\"connect\"} ?",
    "probe_http_duration_seconds{phase=\"processing\"} 0",
    "probe_http_duration_seconds{phase=\"tls\"} ?",
    "probe_http_duration_seconds{phase=\"transfer\"} 0",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

/// A handshake, but no answer.
const UNANSWERED: &[&str] = &[
    "probe_http_duration_seconds{phase=\"processing\"} ?",
    "probe_http_duration_seconds{phase=\"tls\"} +",
    "probe_http_duration_seconds{phase=\"transfer\"} 0",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

const REQUEST: &[&str] = &["ERROR Error for HTTP request"];
const STATUS: &[&str] = &["ERROR Invalid HTTP response status code, wanted 2xx"];
const MET: &[&str] = &["WARN Received redirect"];
const NOTHING: &[&str] = &[];

/// The series of a certificate for some names.
fn named(certificate: &str, names: &str) -> Vec<String> {
    tls_of(
        certificate,
        &leaf("CN=server", "CN=Root,O=Probe Tests", names, "1234"),
        year(2060),
        &year(2060).to_string(),
    )
}

fn length(announced: i64, came: usize) -> [String; 2] {
    [format!("probe_http_content_length {announced}"), format!("probe_http_uncompressed_body_length {came}")]
}

fn status(code: u16) -> [String; 1] {
    [format!("probe_http_status_code {code}")]
}

fn redirects(count: u8) -> [String; 1] {
    [format!("probe_http_redirects {count}")]
}
