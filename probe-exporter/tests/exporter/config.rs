//! The configuration: checked, refused, reloaded.

use crate::support::{Connection, Exporter, config_file, endpoint, output, start_with_config, stderr_of};

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
            problems[0].contains("line 4, column ") && problems[0].contains("modules.a.timeout"),
            "{log}"
        );
        assert!(
            problems[1].contains("line 8, column ") && problems[1].contains("modules.b.icmp.ttl"),
            "{log}"
        );
    }
}

#[test]
fn a_valid_configuration_passes_the_check_and_nothing_is_served() {
    let path =
        config_file("valid.yml", "modules: {a: {prober: tcp}, b: {prober: icmp, icmp: {payload_size: -1}}}");
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

/// Asks for a reload.
fn reload(exporter: &Exporter) -> (u16, String) {
    let response =
        Connection::to(exporter.addresses[0]).request("POST", "/-/reload", "Content-Length: 0\r\n");
    (response.status, response.body)
}

fn modules(exporter: &Exporter) -> Vec<String> {
    let config = exporter.get("/config").body;
    let names = config.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(':'));
    names.filter(|name| !name.starts_with(' ')).map(str::to_owned).collect()
}

#[test]
fn a_new_configuration_takes_effect_when_asked_for() {
    let mut exporter = start_with_config("reload.yml", "modules: {one: {prober: tcp}}", &[]);
    assert_eq!(Connection::to(exporter.addresses[0]).request("GET", "/-/reload", "").status, 405);
    config_file("reload.yml", "modules: {two: {prober: tcp}}");
    assert_eq!(modules(&exporter), ["one"]);
    assert_eq!(reload(&exporter), (200, String::new()));
    exporter.wait_for("msg=\"Reloaded config file\"");
    assert_eq!(modules(&exporter), ["two"]);

    let file = config_file("reload.yml", "modules: {three: {prober: tcp, odd: 1}}");
    let (status, body) = reload(&exporter);
    assert_eq!(status, 500);
    let place =
        format!("failed to reload config: error parsing config file: {}: line 1, column ", file.display());
    assert!(body.starts_with(&place), "{body}");
    exporter.wait_for("msg=\"Error reloading config\"");
    assert_eq!(modules(&exporter), ["two"]);
    let metrics = exporter.get("/metrics");
    assert_eq!(metrics.value("blackbox_exporter_config_last_reload_successful"), Some(0.0));

    config_file("reload.yml", "modules: {three: {prober: tcp}}");
    exporter.signal("HUP");
    exporter.wait_for("msg=\"Reloaded config file\"");
    assert_eq!(modules(&exporter), ["three"]);
}

#[test]
fn a_watched_file_is_taken_over_by_itself() {
    let mut exporter = start_with_config("watch.yml", "modules: {one: {prober: tcp}}", &["--config.watch"]);
    config_file("watch.yml", "modules: {other: {prober: tcp}}");
    exporter.wait_for("msg=\"Reloaded config file\"");
    assert_eq!(modules(&exporter), ["other"]);
}

#[test]
fn a_file_is_looked_at_regularly_where_asked_for() {
    let arguments = ["--config.enable-auto-reload", "--config.auto-reload-interval=1"];
    let mut exporter = start_with_config("auto.yml", "modules: {one: {prober: tcp}}", &arguments);
    exporter.wait_for("msg=\"Configuration checksum check passed. No changes detected.\"");
    config_file("auto.yml", "modules: {other: {prober: tcp}}");
    exporter.wait_for("msg=\"Configuration file change detected, reloading the configuration.\"");
    exporter.wait_for("msg=\"Reloaded config file\"");
    assert_eq!(modules(&exporter), ["other"]);
}
