//! The exporter as a program: started, asked over HTTP, and stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Far longer than anything here takes; ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often to look again before giving up on something that takes a moment.
const ATTEMPTS: usize = 10_000;

/// A running exporter; ends with the value.
struct Exporter {
    process: Child,
    log: BufReader<ChildStderr>,
    addresses: Vec<SocketAddr>,
}

impl Exporter {
    /// Started with these arguments, listening on this many addresses of 127.0.0.1.
    fn start_on(addresses: usize, arguments: &[&str]) -> Self {
        let mut process = program()
            .args(vec!["--web.listen-address=127.0.0.1:0"; addresses])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let log = BufReader::new(process.stderr.take().expect("piped"));
        let mut exporter = Self { process, log, addresses: Vec::new() };
        while exporter.addresses.len() < addresses {
            let line = exporter.next_line();
            if line.contains("msg=\"Listening on\"") {
                let address = line.split("address=").nth(1).expect("it says where");
                exporter.addresses.push(address.parse().expect("an address"));
            }
        }
        exporter
    }

    fn start(arguments: &[&str]) -> Self {
        Self::start_on(1, arguments)
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        let length = self.log.read_line(&mut line).expect("a log");
        assert!(length > 0, "the exporter has ended");
        line.trim_end().to_owned()
    }

    /// Waits for a log line with this text.
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.next_line();
            if line.contains(text) {
                return line;
            }
        }
    }

    fn get(&self, path: &str) -> Response {
        self.get_with(path, "")
    }

    fn get_with(&self, path: &str, headers: &str) -> Response {
        Connection::to(self.addresses[0]).request("GET", path, headers)
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.process.id().to_string()]).status();
        assert!(kill.expect("there is a kill command").success());
    }

    fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("a child")
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection to an exporter.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the exporter listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    fn send(&mut self, method: &str, path: &str, headers: &str) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: exporter\r\n{headers}\r\n");
        self.0.get_mut().write_all(request.as_bytes()).expect("the exporter reads");
    }

    fn request(&mut self, method: &str, path: &str, headers: &str) -> Response {
        self.send(method, path, headers);
        self.response(method != "HEAD")
    }

    fn response(&mut self, has_body: bool) -> Response {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).expect("an answer") > 0, "no answer, only {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let mut response = Response { status, head, body: String::new() };
        if has_body {
            let length =
                response.header("content-length").and_then(|text| text.parse().ok()).expect("a length");
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).expect("the whole body");
            response.body = String::from_utf8(body).expect("text");
        }
        response
    }
}

struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// The value of a series.
    fn value(&self, series: &str) -> Option<f64> {
        let lines = self.body.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        lines.map(|value| value.parse().expect("a number")).next()
    }

    /// The families, in their order.
    fn families(&self) -> Vec<&str> {
        let types = self.body.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types.filter_map(|line| line.split(' ').next()).collect()
    }
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_probe-exporter"));
    program.stdin(Stdio::null()).stdout(Stdio::piped());
    program
}

/// Runs it to its end.
fn output(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program was built")
}

fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A configuration file that belongs to one test.
fn config_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder for tests can be written");
    path
}

fn start_with_config(name: &str, text: &str, arguments: &[&str]) -> Exporter {
    let config = format!("--config.file={}", config_file(name, text).display());
    Exporter::start(&[&[config.as_str()], arguments].concat())
}

/// A listener on loopback, and what to write into a target.
fn endpoint() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("bound").to_string();
    (listener, address)
}

/// A listener whose queue is full, so that nothing answers; the connections that fill it, and the target.
fn silent_endpoint() -> (Socket, Vec<Socket>, String) {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let listener = socket();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("loopback has free ports");
    listener.listen(0).expect("it can listen");
    let address = listener.local_addr().expect("bound");
    let fill = || {
        let client = socket();
        client.set_nonblocking(true).expect("a flag");
        // In progress, whether it is answered or not.
        let _ = client.connect(&address);
        client
    };
    let waiting = std::iter::repeat_with(fill).take(4).collect();
    (listener, waiting, address.as_socket().expect("IPv4").to_string())
}

/// What a TCP probe answers.
const TCP_FAMILIES: [&str; 7] = [
    "probe_dns_lookup_time_seconds",
    "probe_duration_seconds",
    "probe_failed_due_to_bytes",
    "probe_failed_due_to_regex",
    "probe_ip_addr_hash",
    "probe_ip_protocol",
    "probe_success",
];

#[test]
fn probes_with_the_builtin_modules() {
    let exporter = Exporter::start(&[]);
    let (_listener, target) = endpoint();
    let response = exporter.get(&format!("/probe?module=tcp_connect&target={target}"));
    assert_eq!(response.status, 200);
    assert_eq!(response.value("probe_success"), Some(1.0), "{}", response.body);
    assert_eq!(response.value("probe_ip_protocol"), Some(4.0));
    assert_eq!(response.families(), TCP_FAMILIES);
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
    );
}

#[test]
fn a_failed_probe_is_an_answer_too() {
    let exporter = Exporter::start(&[]);
    let (listener, target) = endpoint();
    drop(listener);
    let response = exporter.get(&format!("/probe?module=tcp_connect&target={target}"));
    assert_eq!((response.status, response.value("probe_success")), (200, Some(0.0)));
    let before_the_dialogue = TCP_FAMILIES.into_iter().filter(|family| !family.contains("failed_due_to"));
    assert_eq!(response.families(), before_the_dialogue.collect::<Vec<_>>());
}

#[test]
fn refuses_in_the_order_and_words_of_the_reference() {
    let modules = "modules: {http_2xx: {prober: http}, tcp: {prober: tcp}}";
    let exporter = start_with_config("refuses.yml", modules, &[]);
    let bad_timeout = "X-Prometheus-Scrape-Timeout-Seconds: abc\r\n";
    let timeout_message = "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing \"abc\": \
        invalid syntax\n";
    for (query, headers, status, body) in [
        ("?module=nope", bad_timeout, 400, "Unknown module \"nope\"\n"),
        ("?module=a%22%0A", "", 400, "Unknown module \"a\\\"\\n\"\n"),
        ("?module=tcp", bad_timeout, 500, timeout_message),
        ("?module=tcp", "", 400, "Target parameter is missing\n"),
        ("", "", 400, "Target parameter is missing\n"),
        ("?target=", "", 400, "Target parameter is missing\n"),
        ("?target=a", "", 400, "Unknown prober \"http\"\n"),
    ] {
        let response = exporter.get_with(&format!("/probe{query}"), headers);
        assert_eq!((response.status, response.body.as_str()), (status, body), "{query}");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(exporter.get("/metrics").value("blackbox_module_unknown_total"), Some(2.0));
}

#[test]
fn the_scrape_timeout_bounds_the_probe() {
    let exporter = Exporter::start(&["--timeout-offset=2"]);
    let (_listener, target) = endpoint();
    let path = format!("/probe?module=tcp_connect&target={target}");
    let nothing_left = exporter.get_with(&path, "X-Prometheus-Scrape-Timeout-Seconds: 2\r\n");
    assert_eq!(nothing_left.value("probe_success"), Some(0.0), "{}", nothing_left.body);
    let enough = exporter.get_with(&path, "X-Prometheus-Scrape-Timeout-Seconds: 3e1\r\n");
    assert_eq!(enough.value("probe_success"), Some(1.0), "{}", enough.body);
}

#[test]
fn a_connection_serves_many_requests() {
    let exporter = Exporter::start(&[]);
    let (_listener, target) = endpoint();
    let path = format!("/probe?module=tcp_connect&target={target}");
    let mut connection = Connection::to(exporter.addresses[0]);
    for _ in 0..3 {
        assert_eq!(connection.request("GET", &path, "").value("probe_success"), Some(1.0));
    }
    let head = connection.request("HEAD", &path, "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    connection.send("GET", &path, "");
    connection.send("GET", "/-/healthy", "");
    assert_eq!(connection.response(true).value("probe_success"), Some(1.0));
    assert_eq!(connection.response(true).body, "Healthy");
}

#[test]
fn metrics_are_well_formed_and_complete() {
    let exporter = Exporter::start(&[]);
    let metrics = exporter.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    for line in
        metrics.body.lines().filter(|line| !line.starts_with("# HELP ") && !line.starts_with("# TYPE "))
    {
        let (series, value) = line.rsplit_once(' ').expect("a series and a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = series.split('{').next().expect("a name");
        assert!(metrics.families().contains(&name), "{line}");
    }
    for family in [
        "blackbox_exporter_build_info",
        "blackbox_exporter_config_last_reload_success_timestamp_seconds",
        "blackbox_exporter_config_last_reload_successful",
        "blackbox_module_unknown_total",
        "probe_icmp_engine_forged_packets_total",
        "probe_icmp_engine_in_flight",
        "probe_icmp_engine_kernel_drops_total",
        "probe_icmp_engine_requests_total",
        "probe_icmp_engine_sockets",
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_network_receive_bytes_total",
        "process_network_transmit_bytes_total",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes",
        "promhttp_metric_handler_requests_in_flight",
        "promhttp_metric_handler_requests_total",
    ] {
        assert!(metrics.families().contains(&family), "{family} is missing");
    }
    assert_eq!(metrics.value("blackbox_exporter_config_last_reload_successful"), Some(1.0));
}

#[test]
fn pages_answer_with_their_own_type() {
    let exporter = Exporter::start(&[]);
    for (path, kind, text) in [
        ("/", "text/html", "<h1>Blackbox Exporter</h1>"),
        ("/no/such/path", "text/html", "<h1>Blackbox Exporter</h1>"),
        ("/config", "text/plain", "    tcp_connect:\n        prober: tcp\n"),
        ("/-/healthy", "text/plain; charset=utf-8", "Healthy"),
    ] {
        let response = exporter.get(path);
        assert_eq!((response.status, response.header("content-type")), (200, Some(kind)), "{path}");
        assert!(response.body.contains(text), "{path}: {}", response.body);
    }
}

#[test]
fn every_problem_of_a_configuration_is_logged_with_its_place() {
    let text = "modules:\n  a:\n    prober: tcp\n    timeout: soon\n  b:\n    prober: icmp\n    icmp:\n      ttl: 300\n";
    let path = config_file("problems.yml", text);
    for check in [&["--config.check"][..], &[]] {
        let config = format!("--config.file={}", path.display());
        let output = output(&[&[config.as_str()], check].concat());
        let log = stderr_of(&output);
        assert_eq!(output.status.code(), Some(1), "{log}");
        let problems = log.lines().filter(|line| line.contains("level=ERROR")).collect::<Vec<_>>();
        assert_eq!(problems.len(), 2, "{log}");
        assert!(
            problems[0].contains("problems.yml:4:") && problems[0].contains("modules.a.timeout"),
            "{log}"
        );
        assert!(
            problems[1].contains("problems.yml:8:") && problems[1].contains("modules.b.icmp.ttl"),
            "{log}"
        );
    }
}

#[test]
fn a_valid_configuration_passes_the_check_and_nothing_is_served() {
    let path = config_file("valid.yml", "modules: {a: {prober: tcp}, b: {prober: http, http: {}}}");
    let (listener, taken) = endpoint();
    let output = output(&[
        "--config.check",
        "--log.format=json",
        &format!("--config.file={}", path.display()),
        &format!("--web.listen-address={taken}"),
    ]);
    drop(listener);
    let log = stderr_of(&output);
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert!(log.contains("\"msg\":\"Config file is ok exiting...\""), "{log}");
    assert!(log.contains("\"level\":\"WARN\"") && log.contains("modules.b"), "{log}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let output = output(&["--config.file=/no/such/file.yml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr_of(&output).contains("/no/such/file.yml"), "{}", stderr_of(&output));
}

#[test]
fn a_taken_port_is_an_error() {
    let (listener, taken) = endpoint();
    let output = output(&[&format!("--web.listen-address={taken}")]);
    drop(listener);
    let log = stderr_of(&output);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains(&taken) && log.contains("Address already in use"), "{log}");
}

#[test]
fn usage_errors_are_one_line() {
    let output = output(&["--bogus"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr_of(&output), "probe-exporter: error: unknown long flag '--bogus', try --help\n");
}

#[test]
fn serves_on_every_address() {
    let exporter = Exporter::start_on(3, &["--runtime.threads=3"]);
    for address in &exporter.addresses {
        // More connections than threads, so that several of them answer.
        for _ in 0..8 {
            assert_eq!(Connection::to(*address).request("GET", "/-/healthy", "").body, "Healthy");
        }
    }
}

#[test]
fn nobody_is_told_that_a_reload_worked() {
    let mut exporter = Exporter::start(&[]);
    let mut connection = Connection::to(exporter.addresses[0]);
    assert_eq!(connection.request("POST", "/-/reload", "Content-Length: 0\r\n").status, 500);
    assert_eq!(connection.request("GET", "/-/reload", "").status, 405);
    exporter.signal("HUP");
    exporter.wait_for("SIGHUP");
    assert_eq!(exporter.get("/-/healthy").status, 200);
}

#[test]
fn signals_end_it_with_success() {
    for name in ["TERM", "INT"] {
        let mut exporter = Exporter::start(&[]);
        let mut idle = Connection::to(exporter.addresses[0]);
        assert_eq!(idle.request("GET", "/-/healthy", "").status, 200);
        exporter.signal(name);
        exporter.wait_for("exiting gracefully");
        assert_eq!(exporter.wait().code(), Some(0));
    }
}

#[test]
fn a_client_that_leaves_takes_its_probe_with_it() {
    let mut exporter = Exporter::start(&["--log.prober=debug"]);
    let (_silent, _waiting, target) = silent_endpoint();
    let open_files = |exporter: &Exporter| exporter.get("/metrics").value("process_open_fds").expect("Linux");
    let before = open_files(&exporter);

    let mut client = Connection::to(exporter.addresses[0]);
    client.send("GET", &format!("/probe?module=tcp_connect&target={target}"), "");
    exporter.wait_for("Beginning probe");
    assert!((0..ATTEMPTS).any(|_| open_files(&exporter) >= before + 2.0), "no probe is running");
    drop(client);
    assert!((0..ATTEMPTS).any(|_| open_files(&exporter) <= before), "the probe goes on");
}

#[test]
fn probes_are_logged_only_where_asked_for() {
    let mut exporter = Exporter::start(&["--log.prober=debug"]);
    let (listener, target) = endpoint();
    drop(listener);
    exporter.get(&format!("/probe?module=tcp_connect&target={target}"));
    let beginning = exporter.wait_for("msg=\"Beginning probe\"");
    assert!(
        beginning.contains(&format!("module=tcp_connect target={target} probe=tcp timeout_seconds=119.5"))
    );
    let failed = exporter.wait_for("msg=\"Probe failed\"");
    assert!(failed.contains("level=DEBUG") && failed.contains("reason=connect"), "{failed}");

    let mut quiet = Exporter::start(&[]);
    quiet.get(&format!("/probe?module=tcp_connect&target={target}"));
    quiet.signal("TERM");
    let next = quiet.next_line();
    assert!(next.contains("exiting gracefully"), "{next}");
}
