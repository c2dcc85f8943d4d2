//! `PostgreSQL`: its request for TLS, which is neither text nor lines.

use std::fs;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::{Certificates, Identity};
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::probe;
use super::server::{Launch, Server};
use super::user;

/// Length 8 and code 80877103, in base64, as YAML has bytes (`SSLRequest` in the protocol's documentation).
const TLS_REQUEST: &str = "!!binary AAAACATSFi8=";
/// Length 23, version 3.0, `user` and `postgres` (`StartupMessage`).
const STARTUP: &str = "!!binary AAAAFwADAAB1c2VyAHBvc3RncmVzAAA=";
/// `R`, length 8, code 0 (`AuthenticationOk`).
const WELCOME: &str = "!!binary UgAAAAgAAAAA";

struct Postgresql {
    without_tls: String,
    with_tls: String,
    _servers: [Server; 2],
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "postgresql",
        start,
        &[
            ("a request for TLS is answered with N by a server without", answered_no),
            ("a request for TLS is answered with S by a server with it", answered_yes),
            ("the other answer is a failed expectation", other_answer),
            ("a session is opened", session),
        ],
    )
}

fn start() -> Result<Postgresql, Problem> {
    user::names()?;
    let make = Program::find("initdb", "postgresql")?;
    let postgres = Program::find("postgres", "postgresql")?;
    let run = |name: &str, tls: bool| {
        let folder = Folder::new(name);
        let (port, data) = (ports::free(), folder.file("data"));
        let arguments =
            ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"];
        make.run(arguments.iter().map(AsRef::as_ref).chain([data.as_os_str()]))?;
        let tls = if tls { tls_settings(&Certificates::new(&folder)?.server) } else { String::new() };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nfsync = off\n\
             shared_buffers = 1MB\n{tls}"
        );
        let file = data.join("postgresql.auto.conf");
        fs::write(&file, settings).expect("it is there");
        user::give(&file);
        let launch = Launch::new(&postgres).args(["-D".as_ref(), data.as_os_str()]);
        let server = launch.saying("ready to accept connections", folder)?;
        Ok((format!("127.0.0.1:{port}"), server))
    };
    let (without_tls, first) = run("postgresql", false)?;
    let (with_tls, second) = run("postgresql-tls", true)?;
    Ok(Postgresql { without_tls, with_tls, _servers: [first, second] })
}

fn tls_settings(identity: &Identity) -> String {
    format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
        identity.certificate.display(),
        identity.key.display()
    )
}

/// Sends bytes and expects bytes.
fn exchange(sent: &str, expected: &str) -> String {
    format!("{{prober: tcp, tcp: {{query_response: [{{send: {sent}}}, {{expect_bytes: {expected}}}]}}}}")
}

fn answered_no(postgresql: &Postgresql) {
    probe(&exchange(TLS_REQUEST, "N"), &postgresql.without_tls).succeeded();
}

fn answered_yes(postgresql: &Postgresql) {
    probe(&exchange(TLS_REQUEST, "S"), &postgresql.with_tls).succeeded();
}

fn other_answer(postgresql: &Postgresql) {
    let report = probe(&exchange(TLS_REQUEST, "S"), &postgresql.without_tls);
    report.failed("expectation", "validate").with("probe_failed_due_to_bytes", 1.0);
}

fn session(postgresql: &Postgresql) {
    for place in [&postgresql.without_tls, &postgresql.with_tls] {
        probe(&exchange(STARTUP, WELCOME), place).succeeded();
    }
}
