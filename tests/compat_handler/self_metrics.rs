//! The exporter's own series.

use probe_tests::compat::exporter::Exporter;
use probe_tests::compat::scenario::{Scenario, scenario};

use super::NOBODY;

/// The lines of a family, its help and type among them.
fn family(text: &str, name: &str) -> Vec<String> {
    let belongs = |line: &&str| {
        let series = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
        series.split([' ', '{']).next() == Some(name)
    };
    text.lines().filter(belongs).map(Into::into).collect()
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("the_configuration_was_read", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let text = exporter.get("/metrics").text();
            assert_eq!(
                family(&text, "blackbox_exporter_config_last_reload_successful"),
                [
                    "# HELP blackbox_exporter_config_last_reload_successful Blackbox exporter config loaded successfully.",
                    "# TYPE blackbox_exporter_config_last_reload_successful gauge",
                    "blackbox_exporter_config_last_reload_successful 1",
                ]
            );
            let stamp = family(&text, "blackbox_exporter_config_last_reload_success_timestamp_seconds");
            assert_eq!(
                stamp[0],
                "# HELP blackbox_exporter_config_last_reload_success_timestamp_seconds Timestamp of the last successful configuration reload."
            );
            let seconds: f64 =
                stamp[2].split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a number");
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .expect("after 1970")
                .as_secs_f64();
            assert!((now - 120.0..=now + 1.0).contains(&seconds), "{seconds}");
        }),
        scenario("the_build_has_its_labels", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let lines = family(&exporter.get("/metrics").text(), "blackbox_exporter_build_info");
            assert_eq!(
                lines[0],
                "# HELP blackbox_exporter_build_info A metric with a constant '1' value labeled by version, revision, branch, goversion from which blackbox_exporter was built, and the goos and goarch for the build."
            );
            for label in ["branch=", "goarch=", "goos=", "goversion=", "revision=", "tags=", "version="] {
                assert!(lines[2].contains(label), "{label}: {}", lines[2]);
            }
            assert!(lines[2].ends_with("} 1"), "{}", lines[2]);
        }),
        scenario("unknown_modules_have_a_counter", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            assert_eq!(
                family(&exporter.get("/metrics").text(), "blackbox_module_unknown_total"),
                [
                    "# HELP blackbox_module_unknown_total Count of unknown modules requested by probes",
                    "# TYPE blackbox_module_unknown_total counter",
                    "blackbox_module_unknown_total 0",
                ]
            );
        }),
        scenario("scrapes_are_counted", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            exporter.get("/metrics");
            let text = exporter.get("/metrics").text();
            assert_eq!(
                family(&text, "promhttp_metric_handler_requests_total"),
                [
                    "# HELP promhttp_metric_handler_requests_total Total number of scrapes by HTTP status code.",
                    "# TYPE promhttp_metric_handler_requests_total counter",
                    "promhttp_metric_handler_requests_total{code=\"200\"} 1",
                    "promhttp_metric_handler_requests_total{code=\"500\"} 0",
                    "promhttp_metric_handler_requests_total{code=\"503\"} 0",
                ]
            );
            assert_eq!(
                family(&text, "promhttp_metric_handler_requests_in_flight")[2],
                "promhttp_metric_handler_requests_in_flight 1"
            );
        }),
        scenario("the_process_is_measured", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let text = exporter.get("/metrics").text();
            for name in [
                "process_cpu_seconds_total",
                "process_max_fds",
                "process_network_receive_bytes_total",
                "process_network_transmit_bytes_total",
                "process_open_fds",
                "process_resident_memory_bytes",
                "process_start_time_seconds",
                "process_virtual_memory_bytes",
                "process_virtual_memory_max_bytes",
            ] {
                assert_eq!(family(&text, name).len(), 3, "{name}:\n{text}");
            }
        }),
        scenario("connections_of_http_probes_are_counted", |side| {
            let exporter = Exporter::with(
                side,
                "modules: {http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}",
                &[],
            );
            assert!(!exporter.get("/metrics").text().contains("net_conntrack_dialer"), "nothing was dialled");
            // It answers 400, for want of a module; that is an answer.
            let own = exporter.address;
            for target in [own.to_string(), "127.0.0.1:1".into()] {
                exporter.get(&format!("/probe?module=http&target=http://{target}/-/healthy"));
            }
            let text = exporter.get("/metrics").text();
            let value = |series: &str| {
                let line = text
                    .lines()
                    .find(|line| line.starts_with(series))
                    .unwrap_or_else(|| panic!("{series}:\n{text}"));
                line.rsplit(' ').next().map(str::to_owned)
            };
            assert_eq!(
                value("net_conntrack_dialer_conn_attempted_total{dialer_name=\"http_probe\"}").as_deref(),
                Some("2")
            );
            assert_eq!(
                value("net_conntrack_dialer_conn_established_total{dialer_name=\"http_probe\"}").as_deref(),
                Some("1")
            );
            assert_eq!(
                value("net_conntrack_dialer_conn_closed_total{dialer_name=\"http_probe\"}").as_deref(),
                Some("1")
            );
            for (reason, count) in [("refused", "1"), ("resolution", "0"), ("timeout", "0"), ("unknown", "1")]
            {
                let series = format!(
                    "net_conntrack_dialer_conn_failed_total{{dialer_name=\"http_probe\",reason=\"{reason}\"}}"
                );
                assert_eq!(value(&series).as_deref(), Some(count), "{reason}");
            }
        }),
    ]
}
