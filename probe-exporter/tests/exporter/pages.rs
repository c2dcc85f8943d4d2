//! The pages around probes: metrics, configuration, prefixes, and what people look at.

use crate::support::{Connection, Exporter, endpoint};

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
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
        let declared = |name| metrics.families().contains(&name);
        assert!(declared(name) || of_histogram.is_some_and(declared), "{line}");
    }
    for family in [
        "blackbox_exporter_build_info",
        "blackbox_exporter_config_last_reload_success_timestamp_seconds",
        "blackbox_exporter_config_last_reload_successful",
        "blackbox_module_unknown_total",
        "probe_exporter_probe_duration_seconds",
        "probe_exporter_probes_in_flight",
        "probe_exporter_probes_total",
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
fn everything_is_beneath_the_prefix() {
    let exporter = Exporter::start(&["--web.external-url=http://outside/x/"]);
    for (path, status, location) in [
        ("/x/-/ready", 200, None),
        ("/x/metrics", 200, None),
        ("/x/unknown", 200, None),
        ("/metrics", 404, None),
        ("/", 302, Some("http://outside/x")),
        ("/x?a=b", 301, Some("/x/?a=b")),
        ("/x//metrics", 301, Some("/x/metrics")),
    ] {
        let response = exporter.get(path);
        assert_eq!((response.status, response.header("location")), (status, location), "{path}");
    }
}

#[test]
fn browsers_get_a_page_that_needs_nothing_else() {
    let exporter = Exporter::start(&[]);
    let (listener, target) = endpoint();
    drop(listener);
    exporter.get(&format!("/probe?module=tcp_connect&target={target}"));
    let browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    for path in
        ["/", "/logs?id=0&format=html", &format!("/probe?module=tcp_connect&target={target}&format=html")]
    {
        let page = Connection::to(exporter.addresses[0]).request("GET", path, browser);
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8")),
            "{path}"
        );
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        assert!(page.body.contains("Failure") && page.body.contains(&target), "{}", page.body);
        for elsewhere in ["src=\"http", "href=\"http", "url(", "style=\"", "onclick"] {
            assert!(!page.body.contains(elsewhere), "{elsewhere} in {path}");
        }
    }
    assert_eq!(exporter.get("/").header("content-security-policy"), None, "scripts get the plain page");
}
