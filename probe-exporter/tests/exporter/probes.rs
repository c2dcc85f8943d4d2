//! `/probe`: what is answered, what is refused, what is logged.

use crate::support::{ATTEMPTS, Connection, Exporter, endpoint, silent_endpoint, start_with_config};

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
    let modules = "modules:\n  http_2xx:\n  tcp: {prober: tcp}\n";
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
        ("?target=a", "", 400, "Unknown prober \"\"\n"),
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
fn a_client_that_leaves_takes_its_probe_with_it() {
    let exporter = Exporter::start(&["--log.prober=debug"]);
    let (_silent, _waiting, target) = silent_endpoint();
    let open_files = |exporter: &Exporter| exporter.get("/metrics").value("process_open_fds").expect("Linux");
    let before = open_files(&exporter);

    let mut client = Connection::to(exporter.addresses[0]);
    client.send("GET", &format!("/probe?module=tcp_connect&target={target}"), "");
    assert!((0..ATTEMPTS).any(|_| open_files(&exporter) >= before + 2.0), "no probe is running");
    drop(client);
    assert!((0..ATTEMPTS).any(|_| open_files(&exporter) <= before), "the probe goes on");
}

#[test]
fn what_probes_say_goes_to_the_log_and_to_the_debug_page() {
    let mut exporter = Exporter::start(&["--log.prober=debug"]);
    let (listener, target) = endpoint();
    drop(listener);
    let path = format!("/probe?module=tcp_connect&target={target}");
    let debug = exporter.get(&format!("{path}&debug=true"));
    assert_eq!(debug.header("content-type"), Some("text/plain"));
    let logs = debug.body.strip_prefix("Logs for the probe:\n").expect("it begins with the log");
    let first = logs.lines().next().expect("a line").to_owned();
    assert!(first.contains("level=DEBUG"), "{first}");
    let tail = format!("module=tcp_connect target={target} probe=tcp timeout_seconds=119.5");
    assert!(first.ends_with(&format!("msg=\"Beginning probe\" {tail}")), "{first}");
    assert_eq!(exporter.wait_for("msg=\"Beginning probe\""), first);
    let failed = exporter.wait_for("msg=\"Probe failed\"");
    assert!(failed.contains("level=ERROR") && logs.contains(&failed), "{failed}");
    assert_eq!(exporter.get("/logs?id=0").body, debug.body);

    let mut quiet = Exporter::start(&["--log.format=json"]);
    let (_listener, target) = endpoint();
    quiet.get(&format!("/probe?module=tcp_connect&target={target}"));
    quiet.signal("TERM");
    let said = quiet.lines_until("exiting gracefully");
    assert!(
        !said.iter().any(|line| line.contains("\"module\"")),
        "a probe that succeeds says nothing: {said:?}"
    );
}

#[test]
fn series_are_compressed_and_encoded_as_asked_for() {
    let exporter = Exporter::start(&[]);
    let (_listener, target) = endpoint();
    let path = format!("/probe?module=tcp_connect&target={target}");
    for path in [path.as_str(), "/metrics"] {
        let plain = exporter.get(path);
        assert_eq!(plain.header("content-encoding"), None);
        let compressed = exporter.get_with(path, "Accept-Encoding: gzip\r\n");
        assert_eq!(compressed.header("content-encoding"), Some("gzip"));
        assert!(compressed.length() * 2 < plain.length(), "{} {}", compressed.length(), plain.length());
        let accept = "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n";
        let messages = exporter.get_with(path, accept);
        let kind = messages.header("content-type").expect("a type");
        assert!(kind.starts_with("application/vnd.google.protobuf; "), "{kind}");
    }
}
