//! The health service of gRPC in two implementations: that of etcd, which is Go's, and that of Python, which is C's.

use libtest_mimic::Trial;

use super::bench::{Fact, Problem, trials};
use super::certificates::{Certificates, Identity};
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::{self, Program};
use super::report::{Report, has_line, probe};
use super::server::{Launch, Server};

/// Codes of gRPC.
const OK: f64 = 0.0;
const NOT_FOUND: f64 = 5.0;
const PERMISSION_DENIED: f64 = 7.0;

struct Health {
    plain: String,
    tls: String,
    certificates: Certificates,
    _folder: Folder,
    _servers: [Server; 2],
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let of_both: [Fact<Health>; 4] = [
        ("a healthy server is healthy", healthy),
        ("a service that is not known is not found", unknown),
        ("a healthy server is healthy over TLS", over_tls),
        ("a certificate of a stranger fails", stranger),
    ];
    let of_python: [Fact<Health>; 3] = [
        ("a service that is ill fails the probe", ill),
        ("metadata arrive", metadata),
        ("the exporter shows the series", series),
    ];
    let mut all = trials("etcd", start_etcd, &of_both);
    all.extend(trials("python-grpc", start_python, &[&of_both[..], &of_python].concat()));
    all
}

fn start_etcd() -> Result<Health, Problem> {
    let etcd = Program::find("etcd", "etcd-server")?;
    let run = |identity: Option<&Identity>| {
        let (folder, port, peer) = (Folder::new("etcd"), ports::free(), ports::free());
        let scheme = if identity.is_some() { "https" } else { "http" };
        let clients = format!("{scheme}://127.0.0.1:{port}");
        let peers = format!("http://127.0.0.1:{peer}");
        let data = folder.file("data");
        let mut launch = Launch::new(&etcd)
            .args(["--data-dir".as_ref(), data.as_os_str()])
            .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
            .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
            .args(["--initial-cluster", &format!("default={peers}"), "--unsafe-no-fsync"]);
        if let Some(Identity { certificate, key }) = identity {
            launch = launch.args(["--cert-file".as_ref(), certificate.as_os_str()]);
            launch = launch.args(["--key-file".as_ref(), key.as_os_str()]);
        }
        Ok((format!("127.0.0.1:{port}"), launch.saying("serving", folder)?))
    };
    both(run)
}

fn start_python() -> Result<Health, Problem> {
    // The interpreter of the system: the package's libraries are for it.
    let python = Program::find("/usr/bin/python3", "python3")?;
    let packages = programs::unpacked().join("usr/lib/python3/dist-packages");
    let mut look = python.command();
    look.args(["-c", "import grpc"]).env("PYTHONPATH", &packages);
    programs::add_libraries(&mut look);
    programs::run(&mut look).map_err(|_| {
        Problem::Absent(
            "no module `grpc` for Python; on Debian, tests/run fetches package python3-grpcio".into(),
        )
    })?;
    both(|identity| {
        let (folder, port) = (Folder::new("python-grpc"), ports::free());
        let script = folder.write("health.py", include_str!("health.py"));
        let place = format!("127.0.0.1:{port}");
        let mut launch = Launch::new(&python).args([script]).args([&place]).env("PYTHONPATH", &packages);
        if let Some(Identity { certificate, key }) = identity {
            launch = launch.args([certificate, key]);
        }
        Ok((place, launch.with_libraries().listening(&[port], folder)?))
    })
}

/// A server in the clear and one over TLS.
fn both(run: impl Fn(Option<&Identity>) -> Result<(String, Server), Problem>) -> Result<Health, Problem> {
    let folder = Folder::new("grpc-certificates");
    let certificates = Certificates::new(&folder)?;
    let (plain, first) = run(None)?;
    let (tls, second) = run(Some(&certificates.server))?;
    Ok(Health { plain, tls, certificates, _folder: folder, _servers: [first, second] })
}

#[track_caller]
fn check(target: &str, settings: &str) -> Report {
    probe(&format!("{{prober: grpc, grpc: {{{settings}}}}}"), target)
}

fn healthy(health: &Health) {
    let report = check(&health.plain, "").succeeded();
    report.with("probe_grpc_status_code", OK).with("probe_grpc_ssl", 0.0);
}

fn unknown(health: &Health) {
    let report = check(&health.plain, "service: nothing").failed("expectation", "transfer");
    report.with("probe_grpc_status_code", NOT_FOUND);
}

fn over_tls(health: &Health) {
    let authority = health.certificates.authority.display();
    let settings = format!("tls: true, tls_config: {{ca_file: '{authority}'}}");
    let report = check(&health.tls, &settings).succeeded().with("probe_grpc_ssl", 1.0);
    assert!(report.value("probe_ssl_earliest_cert_expiry").is_some_and(|expiry| expiry > 0.0), "{report}");
    report.labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn stranger(health: &Health) {
    let authority = health.certificates.stranger.display();
    let settings = format!("tls: true, tls_config: {{ca_file: '{authority}'}}");
    check(&health.tls, &settings).failed("tls", "tls").with("probe_grpc_ssl", 0.0);
}

fn ill(health: &Health) {
    check(&health.plain, "service: good").succeeded();
    for service in ["bad", "unsure"] {
        let report = check(&health.plain, &format!("service: {service}")).failed("expectation", "validate");
        report.with("probe_grpc_status_code", OK);
    }
}

fn metadata(health: &Health) {
    check(&health.plain, "service: secret, metadata: {token: [abc]}").succeeded();
    let report = check(&health.plain, "service: secret, metadata: {token: [abd]}");
    report.with("probe_grpc_status_code", PERMISSION_DENIED);
}

fn series(health: &Health) {
    let modules =
        "  good: {prober: grpc, grpc: {service: good}}\n  bad: {prober: grpc, grpc: {service: bad}}";
    let exporter = Exporter::start(modules);
    let page = exporter.probe("good", &health.plain);
    for line in ["probe_success 1", "probe_grpc_healthcheck_response{serving_status=\"SERVING\"} 1"] {
        has_line(&page, line);
    }
    let page = exporter.probe("bad", &health.plain);
    for line in ["probe_success 0", "probe_grpc_healthcheck_response{serving_status=\"NOT_SERVING\"} 1"] {
        has_line(&page, line);
    }
}
