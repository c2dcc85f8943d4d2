//! Prometheus: scrapes our exporter with the usual relabelling, and alerts by what it shows.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::exporter::{Exporter, get};
use super::folder::Folder;
use super::programs::Program;
use super::server::{Launch, Server};
use super::{ports, wait};

const TARGETS: usize = 200;

/// How long Prometheus may take to see something; it looks every second.
const SEEN: Duration = Duration::from_secs(60);

const MODULES: &str = "  tcp_connect: {prober: tcp, timeout: 5s}";
const PASSWORD: &str = "correct horse";
/// Of that password.
const HASH: &str = "$2b$05$C2cwWW0rGOKxYP6c3wzkJerIcZeq5iXExcByNwSJtU2CgBg.RE.96";

const RULES: &str = "groups:
- name: probes
  rules:
  - alert: TargetDown
    expr: probe_success{job=\"blackbox\"} == 0
    for: 1s
";

struct Prometheus {
    port: u16,
    exporter: Exporter,
    /// For half of the targets of a job, and behind TLS and a password.
    _others: [Exporter; 2],
    /// What is probed; `None` while a target is down.
    targets: Mutex<Vec<Option<TcpListener>>>,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "prometheus",
        start,
        &[
            ("every target of a relabelled job is scraped and up", all_up),
            ("an alert fires for a target that dies and resolves when it returns", alert),
            ("the exporter's own series are scraped", own_series),
            ("two exporters share the targets by hashmod", shards),
            ("one scrape of a batch has the series of every target", batch),
            ("an exporter behind TLS, a client certificate and a password is scraped", secured),
        ],
    )
}

fn start() -> Result<Prometheus, Problem> {
    let prometheus = Program::find("prometheus", "prometheus")?;
    let exporter = Exporter::start(MODULES);
    let targets: Vec<_> =
        (0..TARGETS).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free")).collect();
    let listed: Vec<_> = targets.iter().map(|target| format!("'{}'", address(target))).collect();
    let configuration = format!(
        "global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [rules.yml]
scrape_configs:
- job_name: blackbox
  metrics_path: /probe
  params:
    module: [tcp_connect]
  static_configs:
  - targets: [{listed}]
  relabel_configs:
  - source_labels: [__address__]
    target_label: __param_target
  - source_labels: [__param_target]
    target_label: instance
  - target_label: __address__
    replacement: 127.0.0.1:{exporter}
- job_name: exporter
  static_configs:
  - targets: ['127.0.0.1:{exporter}']
",
        listed = listed.join(", "),
        exporter = exporter.port,
    );
    let (folder, port) = (Folder::new("prometheus"), ports::free());
    folder.write("rules.yml", RULES);
    let other = Exporter::start(MODULES);
    let (secured, secured_job) = secured_exporter(&folder)?;
    let shards: String = [exporter.port, other.port]
        .iter()
        .enumerate()
        .map(|(shard, exporter)| shard_job(shard, *exporter, &listed.join(", ")))
        .collect();
    let configuration =
        configuration + &shards + &batch_job(exporter.port, &listed.join(", ")) + &secured_job;
    let file = folder.write("prometheus.yml", configuration);
    let data = folder.file("data");
    let launch = Launch::new(&prometheus).args([
        format!("--config.file={}", file.display()),
        format!("--storage.tsdb.path={}", data.display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ]);
    let server = launch.saying("Server is ready to receive web requests", folder)?;
    let targets = Mutex::new(targets.into_iter().map(Some).collect());
    Ok(Prometheus { port, exporter, _others: [other, secured], targets, _server: server })
}

/// A job of those targets alone whose address falls to this exporter.
fn shard_job(shard: usize, exporter: u16, listed: &str) -> String {
    format!(
        "- job_name: shard{shard}
  metrics_path: /probe
  params:
    module: [tcp_connect]
  static_configs:
  - targets: [{listed}]
  relabel_configs:
  - {{source_labels: [__address__], modulus: 2, target_label: __tmp_shard, action: hashmod}}
  - {{source_labels: [__tmp_shard], regex: '{shard}', action: keep}}
  - {{source_labels: [__address__], target_label: __param_target}}
  - {{source_labels: [__param_target], target_label: instance}}
  - {{target_label: __address__, replacement: '127.0.0.1:{exporter}'}}
"
    )
}

/// A job of one scrape for all targets.
fn batch_job(exporter: u16, listed: &str) -> String {
    format!(
        "- job_name: batch
  metrics_path: /batch
  params:
    module: [tcp_connect]
    target: [{listed}]
  static_configs:
  - targets: ['127.0.0.1:{exporter}']
  metric_relabel_configs:
  - {{source_labels: [target], regex: '(.+)', target_label: instance}}
"
    )
}

/// An exporter that wants a certificate and a password, a job that has both, and one that has the certificate alone.
fn secured_exporter(folder: &Folder) -> Result<(Exporter, String), Problem> {
    let certificates = Certificates::new(folder)?;
    let show = |path: &std::path::Path| path.display().to_string();
    let (server, client) = (&certificates.server, &certificates.client);
    let authority = show(&certificates.authority);
    let web = format!(
        "tls_server_config:
  cert_file: {}
  key_file: {}
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {authority}
basic_auth_users:
  prometheus: {HASH}
",
        show(&server.certificate),
        show(&server.key),
    );
    let web = folder.write("web.yml", web);
    let exporter = Exporter::start_with(MODULES, &[format!("--web.config.file={}", web.display())]);
    let job = |name: &str, password: &str| {
        format!(
            "- job_name: {name}
  scheme: https
  tls_config: {{ca_file: {authority}, cert_file: {}, key_file: {}}}
  basic_auth: {{username: prometheus, password: {password}}}
  static_configs:
  - targets: ['127.0.0.1:{}']
",
            show(&client.certificate),
            show(&client.key),
            exporter.port,
        )
    };
    let jobs = job("secured", PASSWORD) + &job("refused", "guessed");
    Ok((exporter, jobs))
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("it is bound")
}

impl Prometheus {
    /// Both facts that count targets want them as they are.
    fn targets(&self) -> MutexGuard<'_, Vec<Option<TcpListener>>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, path: &str) -> Value {
        let (status, body) = get(self.port, path);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// The value of an expression that has one series; percent-encoded.
    fn value(&self, expression: &str) -> Option<f64> {
        let answer = self.ask(&format!("/api/v1/query?query={expression}"));
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }

    /// Panics unless an expression comes to have this value.
    #[track_caller]
    fn comes_to(&self, expression: &str, value: f64) {
        let mut last = None;
        let come = wait::until(SEEN, || {
            last = self.value(expression);
            (last == Some(value)).then_some(())
        });
        assert!(come.is_some(), "{expression} is {last:?}, not {value}; {self}");
    }

    /// The targets for which the alert fires.
    fn firing(&self) -> Vec<String> {
        let answer = self.ask("/api/v1/alerts");
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.filter_map(|alert| alert["labels"]["instance"].as_str()).map(Into::into).collect()
    }

    /// Panics unless the alert comes to fire for these targets alone.
    #[track_caller]
    fn comes_to_fire(&self, targets: &[String]) {
        let come = wait::until(SEEN, || (self.firing() == targets).then_some(()));
        assert!(come.is_some(), "{:?}, not {targets:?}; {self}", self.firing());
    }
}

/// What Prometheus thinks of its targets.
impl fmt::Display for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.ask("/api/v1/targets?state=active");
        let targets = answer["data"]["activeTargets"].as_array().cloned().unwrap_or_default();
        let errors = targets.iter().filter(|target| target["health"] != "up");
        write!(f, "not up: {:?}", errors.take(3).map(|target| &target["lastError"]).collect::<Vec<_>>())
    }
}

fn all_up(prometheus: &Prometheus) {
    let _as_they_are = prometheus.targets();
    // count(up{job="blackbox"} == 1), and likewise
    prometheus.comes_to("count(up%7Bjob%3D%22blackbox%22%7D%20%3D%3D%201)", TARGETS as f64);
    prometheus.comes_to("count(probe_success%7Bjob%3D%22blackbox%22%7D%20%3D%3D%201)", TARGETS as f64);
    prometheus.comes_to("count(probe_duration_seconds%7Bjob%3D%22blackbox%22%7D%20%3C%205)", TARGETS as f64);
}

fn alert(prometheus: &Prometheus) {
    let mut targets = prometheus.targets();
    prometheus.comes_to("count(probe_success%7Bjob%3D%22blackbox%22%7D%20%3D%3D%201)", TARGETS as f64);
    let place = targets[TARGETS / 2].as_ref().map(address).expect("it is up");
    targets[TARGETS / 2] = None;
    prometheus.comes_to_fire(&[place.to_string()]);
    targets[TARGETS / 2] = Some(TcpListener::bind(place).expect("nobody took the port"));
    prometheus.comes_to_fire(&[]);
}

fn own_series(prometheus: &Prometheus) {
    prometheus.comes_to("up%7Bjob%3D%22exporter%22%7D", 1.0);
    let (status, page) = get(prometheus.exporter.port, "/metrics");
    assert_eq!(status, 200, "{page}");
    let families: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(families.iter().any(|family| family.contains("blackbox_exporter")), "{page}");
    let family = families.first().and_then(|family| family.split(' ').next()).expect("a family");
    prometheus.comes_to(&format!("count(count(%7B__name__%3D~%22{family}.*%22%7D))"), 1.0);
}

fn shards(prometheus: &Prometheus) {
    let _as_they_are = prometheus.targets();
    // count(probe_success{job=~"shard.*"} == 1)
    prometheus.comes_to("count(probe_success%7Bjob%3D~%22shard.*%22%7D%20%3D%3D%201)", TARGETS as f64);
    // Each has some: count(count(probe_success{job=~"shard.*"}) by (job))
    prometheus.comes_to("count(count(probe_success%7Bjob%3D~%22shard.*%22%7D)%20by%20(job))", 2.0);
}

fn batch(prometheus: &Prometheus) {
    let _as_they_are = prometheus.targets();
    prometheus.comes_to("count(up%7Bjob%3D%22batch%22%7D%20%3D%3D%201)", 1.0);
    prometheus.comes_to("count(probe_success%7Bjob%3D%22batch%22%7D%20%3D%3D%201)", TARGETS as f64);
    // The label says the same as with a scrape a target: count(probe_success{job="batch"} == on(instance) probe_success{job="blackbox"})
    let same = "count(probe_success%7Bjob%3D%22batch%22%7D%20%3D%3D%20on(instance)%20probe_success%7Bjob%3D%22blackbox%22%7D)";
    prometheus.comes_to(same, TARGETS as f64);
}

fn secured(prometheus: &Prometheus) {
    prometheus.comes_to("up%7Bjob%3D%22secured%22%7D", 1.0);
    prometheus.comes_to("up%7Bjob%3D%22refused%22%7D", 0.0);
}
