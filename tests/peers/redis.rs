//! Redis: a text protocol over TCP, a unix socket, and TLS with certificates of clients.

use std::path::PathBuf;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::{Certificates, Identity};
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::{Report, has_line, probe};
use super::server::{Launch, Server};

struct Redis {
    plain: String,
    tls: String,
    socket: PathBuf,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "redis",
        start,
        &[
            ("the ready-made dialogue succeeds over TCP", over_tcp),
            ("the ready-made dialogue succeeds over a unix socket", over_unix),
            ("an answer of many lines is searched", searched),
            ("a server that wants a password fails the ready-made dialogue", password),
            ("the exporter probes a unix socket", series),
            ("a client with a certificate is served over TLS", with_certificate),
            ("a client without a certificate is turned away", without_certificate),
        ],
    )
}

fn start() -> Result<Redis, Problem> {
    let folder = Folder::new("redis");
    let certificates = Certificates::new(&folder)?;
    let (plain, tls) = (ports::free(), ports::free());
    let socket = folder.file("socket");
    let further = format!(
        "unixsocket {socket}
tls-port {tls}
tls-ca-cert-file {authority}
tls-cert-file {certificate}
tls-key-file {key}
tls-auth-clients yes
",
        socket = socket.display(),
        authority = certificates.authority.display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let server = run(folder, plain, &further)?;
    let place = |port| format!("127.0.0.1:{port}");
    Ok(Redis { plain: place(plain), tls: place(tls), socket, certificates, _server: server })
}

fn run(folder: Folder, port: u16, further: &str) -> Result<Server, Problem> {
    let redis = Program::find("redis-server", "redis-server")?;
    let directory = folder.path().display();
    let configuration = format!("bind 127.0.0.1\nport {port}\ndir {directory}\nsave \"\"\n{further}");
    let file = folder.write("redis.conf", configuration);
    Launch::new(&redis).args([file]).saying("Ready to accept connections", folder)
}

fn over_tcp(redis: &Redis) {
    probe("{prober: tcp, tcp: {dialogue: redis_ping}}", &redis.plain).succeeded();
}

fn over_unix(redis: &Redis) {
    probe("{prober: unix, unix: {dialogue: redis_ping}}", &redis.socket.display().to_string()).succeeded();
}

fn searched(redis: &Redis) {
    let module = "{prober: tcp, tcp: {query_response: [{send: \"INFO server\\r\"}, \
                  {expect: '^redis_mode:(.*)$', labels: [{name: mode, value: '$1'}]}]}}";
    probe(module, &redis.plain).succeeded().labelled("probe_expect_info", "mode", "standalone");
}

fn password(_: &Redis) {
    let (folder, port) = (Folder::new("redis-password"), ports::free());
    let _server = run(folder, port, "requirepass secret\n").expect("it runs as the other does");
    let place = format!("127.0.0.1:{port}");
    let module = "{prober: tcp, tcp: {query_response: [{send: \"PING\\r\"}, \
                  {expect: '^-(NOAUTH) ', labels: [{name: error, value: '$1'}], send: \"AUTH secret\\r\"}, \
                  {expect: '^\\+OK$', send: \"PING\\r\"}, {expect: '^\\+PONG$'}]}}";
    probe(module, &place).succeeded().labelled("probe_expect_info", "error", "NOAUTH");
}

fn series(redis: &Redis) {
    let exporter = Exporter::start("  ping: {prober: unix, unix: {dialogue: redis_ping}}");
    let page = exporter.probe("ping", &redis.socket.display().to_string());
    for line in ["probe_success 1", "probe_failed_due_to_regex 0"] {
        has_line(&page, line);
    }
}

/// A ping over TLS, as this client.
fn ping(redis: &Redis, client: Option<&Identity>) -> Report {
    let identity = client.map_or_else(String::new, |client| {
        format!(", cert_file: '{}', key_file: '{}'", client.certificate.display(), client.key.display())
    });
    let authority = redis.certificates.authority.display();
    let tls = format!("tls: true, tls_config: {{ca_file: '{authority}'{identity}}}");
    probe(&format!("{{prober: tcp, tcp: {{dialogue: redis_ping, {tls}}}}}"), &redis.tls)
}

fn with_certificate(redis: &Redis) {
    let report = ping(redis, Some(&redis.certificates.client)).succeeded();
    report.labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn without_certificate(redis: &Redis) {
    // By then the handshake is over for us (RFC 8446 section 4.4.2.4): the answer to the first bytes is an alert.
    ping(redis, None).failed("tls", "transfer");
}
