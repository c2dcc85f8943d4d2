//! The http prober without TLS, case by case, beside the reference exporter where it is installed.

#[path = "compat_http/answers.rs"]
mod answers;
#[path = "compat_http/bodies.rs"]
mod bodies;
#[path = "compat_http/compression.rs"]
mod compression;
#[path = "compat_http/cookies.rs"]
mod cookies;
#[path = "compat_http/credentials.rs"]
mod credentials;
#[path = "compat_http/expressions.rs"]
mod expressions;
#[path = "compat_http/failures.rs"]
mod failures;
#[path = "compat_http/headers.rs"]
mod headers;
#[path = "compat_http/oauth2.rs"]
mod oauth2;
#[path = "compat_http/proxies.rs"]
mod proxies;
#[path = "compat_http/redirects.rs"]
mod redirects;
#[path = "compat_http/requests.rs"]
mod requests;
#[path = "compat_http/targets.rs"]
mod targets;

use std::process::ExitCode;

use probe_tests::compat::series::{ADDRESS, HTTP};
use probe_tests::compat::{Case, Server, probe, run};

fn main() -> ExitCode {
    let groups = vec![
        ("targets", targets::cases()),
        ("answers", answers::cases()),
        ("bodies", bodies::cases()),
        ("headers", headers::cases()),
        ("expressions", expressions::cases()),
        ("compression", compression::cases()),
        ("requests", requests::cases()),
        ("redirects", redirects::cases()),
        ("cookies", cookies::cases()),
        ("credentials", credentials::cases()),
        ("oauth2", oauth2::cases()),
        ("proxies", proxies::cases()),
        ("failures", failures::cases()),
    ];
    run(groups, &[])
}

/// A case of the http prober with one server.
fn http(name: &str, section: &str, server: Server) -> Case {
    let section = format!("preferred_ip_protocol: ip4, {section}");
    probe(name, "http", &section, &[ADDRESS, HTTP]).on("s", server).target("http://@s/")
}

/// The final status.
fn status(code: u16) -> [String; 1] {
    [format!("probe_http_status_code {code}")]
}

/// The length that was announced, and that which came.
fn length(announced: i64, came: usize) -> [String; 2] {
    [format!("probe_http_content_length {announced}"), format!("probe_http_uncompressed_body_length {came}")]
}

/// Redirects that were met.
fn redirects(count: u8) -> [String; 1] {
    [format!("probe_http_redirects {count}")]
}

/// A rule of regular expressions failed.
const REGEX: &[&str] = &["probe_failed_due_to_regex 1"];

/// There is nothing more to say.
const NOTHING: &[&str] = &[];

/// No answer of HTTP came.
const REQUEST: &[&str] = &["ERROR Error for HTTP request"];

/// It came, but not with success.
const STATUS: &[&str] = &["ERROR Invalid HTTP response status code, wanted 2xx"];
