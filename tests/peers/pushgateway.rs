//! Pushgateway: what `probe` leaves there, and cleans up.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::exporter::get;
use super::folder::Folder;
use super::programs::{self, Program};
use super::server::{Launch, Server};
use super::{ports, wait};

struct Pushgateway {
    port: u16,
    url: String,
    /// Nobody listens there.
    closed: String,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let mut all = trials(
        "pushgateway",
        start_scraped,
        &[("Prometheus scrapes what was pushed under its own labels", scraped)],
    );
    all.extend(trials(
        "pushgateway",
        start,
        &[
            ("a push replaces a group, or adds to it", replace_and_add),
            ("labels that no path can hold come back as they are", odd_labels),
            ("a failed probe is pushed, too", failures),
            ("a gateway that refuses is named with its words", refusal),
            ("a gateway that is not there costs nothing else", absent),
            ("gauges of one's own are pushed, and what a command writes", own_gauges),
            ("groups that are outdated are removed and the others stay", prune),
        ],
    ));
    all
}

fn start() -> Result<Pushgateway, Problem> {
    let program = Program::find("prometheus-pushgateway", "prometheus-pushgateway")?;
    let port = ports::free();
    let launch = Launch::new(&program).args([format!("--web.listen-address=127.0.0.1:{port}")]);
    let server = launch.listening(&[port], Folder::new("pushgateway"))?;
    let closed = format!("127.0.0.1:{}", ports::free());
    Ok(Pushgateway { port, url: format!("http://127.0.0.1:{port}"), closed, _server: server })
}

fn probe(arguments: &[&str]) -> Output {
    Command::new(programs::probe()).args(arguments).output().expect("it runs")
}

impl Pushgateway {
    /// Probes the gateway's own port, and pushes what came of it.
    fn push(&self, job: &str, arguments: &[&str]) -> Output {
        let target = format!("127.0.0.1:{}", self.port);
        probe(&[&["tcp", &target, "--quiet", "--push", &self.url, "--job", job], arguments].concat())
    }

    fn series(&self, job: &str) -> Vec<String> {
        let (status, page) = get(self.port, "/metrics");
        assert_eq!(status, 200, "{page}");
        let label = format!("job=\"{job}\"");
        page.lines()
            .filter(|line| line.starts_with("probe_") && line.contains(&label))
            .map(Into::into)
            .collect()
    }
}

#[track_caller]
fn has_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
}

fn replace_and_add(gateway: &Pushgateway) {
    has_code(&gateway.push("methods", &[]), 0);
    let one = gateway.series("methods").len();
    assert!(one >= 5, "{:?}", gateway.series("methods"));
    let ping = |method: &str| {
        let arguments =
            ["dns", &gateway.closed, "--name", "a.test", "--timeout", "0.2", "--push", &gateway.url];
        probe(&[arguments.as_slice(), &["--job", "methods", "--push-method", method]].concat())
    };
    has_code(&ping("post"), 1);
    let names = gateway.series("methods");
    assert!(names.iter().any(|line| line.starts_with("probe_dns_")), "{names:?}");
    assert!(names.iter().any(|line| line.starts_with("probe_tcp_")), "POST leaves other families: {names:?}");
    has_code(&ping("put"), 1);
    assert!(
        !gateway.series("methods").iter().any(|line| line.starts_with("probe_tcp_")),
        "PUT leaves nothing"
    );
}

fn odd_labels(gateway: &Pushgateway) {
    has_code(
        &gateway
            .push("labels", &["--label", "path=/var/tmp", "--label", "city=Zürich 1", "--label", "none="]),
        0,
    );
    let series = gateway.series("labels");
    let success = series.iter().find(|line| line.starts_with("probe_success{")).expect("it is there");
    assert!(success.contains("path=\"/var/tmp\"") && success.contains("city=\"Zürich 1\""), "{success}");
}

fn failures(gateway: &Pushgateway) {
    let pushed = probe(&["tcp", &gateway.closed, "--push", &gateway.url, "--job", "failed"]);
    has_code(&pushed, 1);
    let series = gateway.series("failed");
    assert!(
        series.iter().any(|line| line.starts_with("probe_success{") && line.ends_with(" 0")),
        "{series:?}"
    );
}

/// What a path leads nowhere, and a family that the gateway has with another type.
fn refusal(gateway: &Pushgateway) {
    let other = probe(&["tcp", &gateway.closed, "--push", &format!("{}/nowhere", gateway.url), "--job", "a"]);
    has_code(&other, 4);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(said.contains("the Pushgateway refuses it with status 404"), "{said}");
    let counter = "# TYPE probe_push_test counter\nprobe_push_test 1\n";
    has_code(&put(gateway, &["--job", "counters"], counter), 0);
    let gauge = "# TYPE probe_push_test gauge\nprobe_push_test 1\n";
    let inconsistent = put(gateway, &["--job", "gauges"], gauge);
    has_code(&inconsistent, 4);
    let said = String::from_utf8_lossy(&inconsistent.stderr);
    assert!(said.contains("refuses it with status 400") && said.contains("inconsistent"), "{said}");
    has_code(&probe(&["push", "delete", &gateway.url, "--job", "counters"]), 0);
}

/// Pushes a text from the standard input.
fn put(gateway: &Pushgateway, arguments: &[&str], text: &str) -> Output {
    let mut command = Command::new(programs::probe());
    command.args(["push", "put", &gateway.url]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("it starts");
    running.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
    running.wait_with_output().expect("it ends")
}

fn own_gauges(gateway: &Pushgateway) {
    let push = |arguments: &[&str]| {
        has_code(&probe(&[&["push", "put", &gateway.url, "--job", "own"], arguments].concat()), 0);
    };
    push(&["probe_own_bytes=3.2e9", "probe_own_seconds=12"]);
    assert_eq!(gateway.series("own").len(), 2, "{:?}", gateway.series("own"));
    push(&["--post", "probe_own_seconds=13"]);
    let series = gateway.series("own");
    assert!(series.iter().any(|line| line.ends_with(" 13")) && series.len() == 2, "{series:?}");
    push(&["probe_own_seconds=14"]);
    assert_eq!(gateway.series("own").len(), 1, "PUT leaves nothing else");
    has_code(&put(gateway, &["--job", "own"], "probe_own_text 1"), 0);
    assert!(gateway.series("own")[0].starts_with("probe_own_text{"));
    has_code(&probe(&["push", "put", &gateway.url, "--job", "own", "1a=2"]), 2);
}

/// A gateway and a Prometheus that scrapes it.
struct Scraped {
    gateway: Pushgateway,
    port: u16,
    _prometheus: Server,
}

fn start_scraped() -> Result<Scraped, Problem> {
    let prometheus = Program::find("prometheus", "prometheus")?;
    let gateway = start()?;
    let (folder, port) = (Folder::new("honour"), ports::free());
    let configuration = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: pushgateway\n  honor_labels: true\n  \
         static_configs:\n  - targets: ['127.0.0.1:{}']\n",
        gateway.port
    );
    let file = folder.write("prometheus.yml", configuration);
    let launch = Launch::new(&prometheus).args([
        format!("--config.file={}", file.display()),
        format!("--storage.tsdb.path={}", folder.file("data").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ]);
    Ok(Scraped { gateway, port, _prometheus: launch.listening(&[port], folder)? })
}

fn scraped(scraped: &Scraped) {
    has_code(&scraped.gateway.push("honoured", &["--label", "instance=db1"]), 0);
    let query = "/api/v1/query?query=probe_success%7Bjob%3D%22honoured%22%2Cinstance%3D%22db1%22%7D";
    let found = wait::until(Duration::from_secs(60), || {
        let (_, body) = get(scraped.port, query);
        body.contains("\"target\":").then_some(())
    });
    assert!(found.is_some(), "{:?}", get(scraped.port, query));
}

fn absent(gateway: &Pushgateway) {
    let folder = Folder::new("pushgateway-absent");
    let textfile = folder.file("a.prom");
    let url = format!("http://{}", gateway.closed);
    let target = format!("127.0.0.1:{}", gateway.port);
    let file = textfile.display().to_string();
    let pushed = probe(&["tcp", &target, "--push", &url, "--job", "a", "--textfile", &file]);
    has_code(&pushed, 4);
    assert!(String::from_utf8_lossy(&pushed.stdout).starts_with("ok "), "the result is shown all the same");
    assert!(std::fs::read_to_string(&textfile).expect("it was written").contains("probe_success{"));
    assert!(String::from_utf8_lossy(&pushed.stderr).contains("the Pushgateway does not answer"));
}

fn prune(gateway: &Pushgateway) {
    has_code(&gateway.push("short", &["--push-ttl", "0.001"]), 0);
    has_code(&gateway.push("long", &["--push-ttl", "3600"]), 0);
    has_code(&gateway.push("ever", &[]), 0);
    let pruned = wait::until(Duration::from_secs(30), || {
        has_code(&probe(&["push", "prune", &gateway.url]), 0);
        gateway.series("short").is_empty().then_some(())
    });
    assert!(pruned.is_some(), "{:?}", gateway.series("short"));
    assert!(!gateway.series("long").is_empty() && !gateway.series("ever").is_empty());
    let listed = probe(&["push", "list", &gateway.url]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        listed.contains("good 3600 s  job=\"long\"") && listed.contains("good for ever  job=\"ever\""),
        "{listed}"
    );
    has_code(&probe(&["push", "delete", &gateway.url, "--job", "ever"]), 0);
    assert!(gateway.series("ever").is_empty());
}
