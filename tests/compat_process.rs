//! The exporter as a process: flags, exit codes, signals, reloading, logs. Beside the reference exporter where it is installed.

use std::process::ExitCode;

use probe_tests::compat::exporter::{self, Exporter, File, Side};
use probe_tests::compat::page::read_fields;
use probe_tests::compat::run;
use probe_tests::compat::scenario::{Scenario, scenario};

const CONFIG: &str = "modules: {unix: {prober: unix}}";
const OTHER: &str = "modules: {unix: {prober: unix}, other: {prober: unix}}";
const BROKEN: &str = "modules: {unix: {prober: unix, nonsense: 1}}";

fn main() -> ExitCode {
    run(Vec::new(), [flags(), endings(), reloads(), logs()].concat())
}

/// Exit code, standard output, standard error.
fn ended(side: Side, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = exporter::run(side, arguments).expect("the program runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn flags() -> Vec<Scenario> {
    vec![
        scenario("usage_errors_are_one_line_and_exit_1", |side| {
            for (argument, words) in [
                ("--bogus", "unknown long flag '--bogus'"),
                ("-c", "unknown short flag '-c'"),
                ("extra", "unexpected extra"),
                ("--web.listen-address", "expected argument for flag '--web.listen-address'"),
                ("--log.level=foo", "unrecognized log level foo"),
                ("--log.format=xml", "unrecognized log format xml"),
                ("--history.limit=-1", "strconv.ParseUint: parsing \"-1\": invalid syntax"),
                ("--history.limit=x", "strconv.ParseUint: parsing \"x\": invalid syntax"),
                ("--timeout-offset=x", "strconv.ParseFloat: parsing \"x\": invalid syntax"),
                ("--config.check=true", "unexpected true"),
                ("--config.chec", "unknown long flag '--config.chec'"),
            ] {
                let (code, output, error) = ended(side, &[argument]);
                assert_eq!((code, output.as_str()), (Some(1), ""), "{argument}: {error}");
                assert_eq!(error.lines().count(), 1, "{argument}: {error}");
                assert!(error.contains(&format!(": error: {words}, try --help")), "{argument}: {error}");
            }
        }),
        scenario("a_flag_that_is_there_twice", |side| {
            for flag in ["config.check", "config.file=a", "log.level=info"] {
                let flag = format!("--{flag}");
                let name = flag.trim_start_matches("--").split('=').next().unwrap_or_default();
                let (code, _, error) = ended(side, &[&flag, &flag]);
                assert_eq!(code, Some(1));
                assert!(error.contains(&format!("flag '{name}' cannot be repeated")), "{error}");
            }
        }),
        scenario("help_and_version_go_to_standard_output", |side| {
            for flag in ["--help", "-h", "--help-long"] {
                let (code, output, error) = ended(side, &[flag]);
                assert_eq!((code, error.as_str()), (Some(0), ""), "{flag}");
                for flag in [
                    "--config.file",
                    "--web.listen-address",
                    "--timeout-offset",
                    "--history.limit",
                    "--log.prober",
                    "--web.route-prefix",
                ] {
                    assert!(output.contains(flag), "{flag} is missing:\n{output}");
                }
            }
            let (code, output, _) = ended(side, &["--version"]);
            assert_eq!(code, Some(0));
            assert!(output.starts_with("blackbox_exporter, version ") || side == Side::Ours, "{output}");
        }),
        scenario("a_configuration_can_be_checked", |side| {
            let good = File::new(CONFIG);
            let bad = File::new(BROKEN);
            let option = |file: &File| format!("--config.file={}", file.path().display());
            let (code, output, error) = ended(side, &["--config.check", &option(&good)]);
            assert_eq!((code, output.as_str()), (Some(0), ""));
            assert!(error.contains("msg=\"Config file is ok exiting...\""), "{error}");
            let (code, _, error) = ended(side, &["--config.check", &option(&bad)]);
            assert_eq!(code, Some(1));
            assert!(error.contains("nonsense") && error.contains("level=ERROR"), "{error}");
            let path = good.path().display().to_string();
            assert_eq!(
                ended(side, &["--config.check", "--config.file", &path]).0,
                Some(0),
                "a value may stand alone"
            );
        }),
        scenario("arguments_may_stand_in_a_file", |side| {
            let config = File::new(CONFIG);
            let arguments =
                File::new(&format!("--config.check\n--config.file={}\n", config.path().display()));
            assert_eq!(ended(side, &[&format!("@{}", arguments.path().display())]).0, Some(0));
        }),
        scenario("a_boolean_flag_can_be_taken_back", |side| {
            let missing = ["--no-config.check", "--config.file=/nobody/is/there"];
            let (code, _, error) = ended(side, &missing);
            assert_eq!(code, Some(1));
            assert!(error.contains("Error loading config"), "{error}");
        }),
        scenario("a_bad_level_of_probe_logs_is_a_warning", |side| {
            let exporter = Exporter::with(side, CONFIG, &["--log.prober=nonsense"]);
            let page = exporter.get("/probe?module=unix&target=/a&debug=true").text();
            assert!(page.contains("level=ERROR") && !page.contains("level=DEBUG"), "{page}");
            assert!(exporter.log().iter().any(|line| line.contains("level=WARN")), "{:?}", exporter.log());
        }),
        scenario("levels_may_be_written_in_capitals", |side| {
            let exporter = Exporter::with(side, CONFIG, &["--log.prober=DEBUG", "--log.level=INFO"]);
            let page = exporter.get("/probe?module=unix&target=/a&debug=true").text();
            assert!(page.contains("level=DEBUG"), "{page}");
        }),
        scenario("every_address_is_listened_on", |side| {
            let exporter = Exporter::with(side, CONFIG, &["--web.listen-address=127.0.0.9:0"]);
            let listening = |line: &str| line.contains("Listening on") && line.contains("127.0.0.9:");
            exporter.wait_for(|line| listening(line).then_some(())).expect("both are listened on");
            assert_eq!(exporter.get("/-/healthy").status, 200);
        }),
    ]
}

fn endings() -> Vec<Scenario> {
    vec![
        scenario("a_signal_ends_it_with_success", |side| {
            for signal in ["TERM", "INT"] {
                let exporter = Exporter::with(side, CONFIG, &[]);
                exporter.signal(signal);
                assert_eq!(exporter.wait(), Some(0), "{signal}");
                let log = exporter.log().join("\n");
                assert!(log.contains("Received SIGTERM, exiting gracefully..."), "{signal}: {log}");
            }
        }),
        scenario("what_is_not_there_ends_it_at_once", |side| {
            let config = File::new(CONFIG);
            let option = format!("--config.file={}", config.path().display());
            for (arguments, words) in [
                (vec!["--config.file=/nobody/is/there"], "Error loading config"),
                (vec!["--config.file=/"], "Error loading config"),
                (vec![option.as_str(), "--web.listen-address=127.0.0.1"], "failed to determine external URL"),
                (vec![option.as_str(), "--web.listen-address=192.0.2.1:0"], "Error starting HTTP server"),
                (
                    vec![option.as_str(), "--web.external-url=\"http://e.test\""],
                    "failed to determine external URL",
                ),
                (vec![option.as_str(), "--web.systemd-socket"], ""),
                (
                    vec![
                        option.as_str(),
                        "--web.listen-address=127.0.0.1:0",
                        "--web.config.file=/nobody/is/there",
                    ],
                    "Error starting HTTP server",
                ),
            ] {
                let (code, _, error) = ended(side, &arguments);
                assert_eq!(code, Some(1), "{arguments:?}: {error}");
                assert!(error.contains(words) && error.contains("level=ERROR"), "{arguments:?}: {error}");
            }
        }),
        scenario("a_port_that_is_taken_ends_it", |side| {
            let first = Exporter::with(side, CONFIG, &[]);
            let taken = format!("--web.listen-address={}", first.address);
            let option = format!("--config.file={}", first.configuration().path().display());
            let (code, _, error) = ended(side, &[&option, &taken]);
            assert_eq!(code, Some(1));
            assert!(error.contains("address already in use"), "{error}");
        }),
    ]
}

/// Whether the last reload worked, as the exporter tells.
fn reloaded(exporter: &Exporter) -> bool {
    let text = exporter.get("/metrics").text();
    match text.lines().find_map(|line| line.strip_prefix("blackbox_exporter_config_last_reload_successful "))
    {
        Some("1") => true,
        Some("0") => false,
        other => panic!("{other:?} in {text}"),
    }
}

fn stamp(exporter: &Exporter) -> f64 {
    let text = exporter.get("/metrics").text();
    let name = "blackbox_exporter_config_last_reload_success_timestamp_seconds ";
    let value = text.lines().find_map(|line| line.strip_prefix(name)).and_then(|text| text.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}

fn has_other(exporter: &Exporter) -> bool {
    exporter.get("/probe?module=other&target=/a").status == 200
}

fn reloads() -> Vec<Scenario> {
    vec![
        scenario("a_request_reloads", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            assert!(!has_other(&exporter));
            exporter.configuration().write(OTHER);
            let answer = exporter.post("/-/reload", "");
            assert_eq!((answer.status, answer.text().as_str()), (200, ""));
            assert!(has_other(&exporter) && reloaded(&exporter));
            let log = exporter.log().join("\n");
            assert!(
                log.contains("msg=\"Configuration file change detected, reloading the configuration.\""),
                "{log}"
            );
            assert!(log.contains("msg=\"Reloaded config file\""), "{log}");
        }),
        scenario("a_signal_reloads", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            exporter.configuration().write(OTHER);
            exporter.signal("HUP");
            exporter
                .wait_for(|line| line.contains("msg=\"Reloaded config file\"").then_some(()))
                .expect("it reloads");
            assert!(has_other(&exporter));
        }),
        scenario("a_broken_file_changes_nothing", |side| {
            let exporter = Exporter::with(side, OTHER, &[]);
            let before = stamp(&exporter);
            exporter.configuration().write(BROKEN);
            let answer = exporter.post("/-/reload", "");
            assert_eq!(answer.status, 500);
            assert!(answer.text().starts_with("failed to reload config: "), "{}", answer.text());
            assert!(answer.text().contains("nonsense") && answer.text().ends_with('\n'), "{}", answer.text());
            assert!(has_other(&exporter) && !reloaded(&exporter));
            assert_eq!(stamp(&exporter).to_bits(), before.to_bits(), "only success has a time");
            exporter.configuration().write(OTHER);
            assert_eq!(exporter.post("/-/reload", "").status, 200);
            assert!(reloaded(&exporter), "what is in force is fine");
        }),
        scenario("a_missing_file_changes_nothing", |side| {
            let exporter = Exporter::with(side, OTHER, &[]);
            std::fs::remove_file(exporter.configuration().path()).expect("it is there");
            assert_eq!(exporter.post("/-/reload", "").status, 500);
            assert!(has_other(&exporter) && !reloaded(&exporter));
            exporter.configuration().write(CONFIG);
            assert_eq!(exporter.post("/-/reload", "").status, 200);
            assert!(!has_other(&exporter) && reloaded(&exporter));
        }),
        scenario("the_same_file_is_not_read_again", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            let before = stamp(&exporter);
            assert_eq!(exporter.post("/-/reload", "").status, 200);
            let message = "msg=\"Configuration checksum check passed. No changes detected.\"";
            exporter.wait_for(|line| line.contains(message).then_some(())).expect("it is said");
            assert!(reloaded(&exporter) && stamp(&exporter) > before);
        }),
        scenario("a_file_that_is_watched_is_read_again", |side| {
            let arguments = ["--config.enable-auto-reload", "--config.auto-reload-interval=1"];
            let exporter = Exporter::with(side, CONFIG, &arguments);
            exporter.configuration().write(OTHER);
            exporter
                .wait_for(|line| line.contains("Reloaded config file").then_some(()))
                .expect("it reloads");
            assert!(has_other(&exporter));
        }),
        scenario("reloads_at_the_same_time_are_one_after_the_other", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            exporter.configuration().write(OTHER);
            std::thread::scope(|scope| {
                let requests: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| exporter.post("/-/reload", "").status)).collect();
                for request in requests {
                    assert_eq!(request.join().expect("an answer"), 200);
                }
            });
            assert!(has_other(&exporter));
        }),
    ]
}

fn logs() -> Vec<Scenario> {
    vec![
        scenario("lines_are_logfmt", |side| {
            let exporter = Exporter::with(side, CONFIG, &["--log.prober=debug"]);
            exporter.get("/probe?module=unix&target=/a%20b%22c");
            let line = exporter
                .wait_for(|line| line.contains("Beginning probe").then(|| line.to_owned()))
                .expect("a line");
            let fields = read_fields(&line).expect("logfmt");
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(
                names,
                ["time", "level", "source", "msg", "module", "target", "probe", "timeout_seconds"],
                "{line}"
            );
            assert_eq!(fields[5].1, "/a b\"c");
            assert!(line.contains("target=\"/a b\\\"c\"") && line.contains(" module=unix "), "{line}");
            let time = fields[0].1.as_bytes();
            assert!(time.len() >= 24 && time[10] == b'T' && time[19] == b'.', "{line}");
        }),
        scenario("lines_are_json", |side| {
            let exporter = Exporter::with(side, CONFIG, &["--log.prober=debug", "--log.format=json"]);
            let page = exporter.get("/probe?module=unix&target=/a%22b&debug=true").text();
            let line = page.lines().nth(1).expect("a line").to_owned();
            let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
            assert_eq!(
                keys,
                ["time", "level", "source", "msg", "module", "target", "probe", "timeout_seconds"],
                "{line}"
            );
            assert_eq!(
                (value["level"].as_str(), value["msg"].as_str()),
                (Some("DEBUG"), Some("Beginning probe"))
            );
            assert_eq!(
                (value["target"].as_str(), value["timeout_seconds"].as_f64()),
                (Some("/a\"b"), Some(119.5))
            );
        }),
        scenario("starting_is_told", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            let log = exporter.log();
            let messages: Vec<String> = log
                .iter()
                .filter_map(|line| {
                    read_fields(line)?.into_iter().find(|(name, _)| name == "msg").map(|(_, text)| text)
                })
                .collect();
            for message in ["Starting blackbox_exporter", "Loaded config file", "Listening on"] {
                assert!(messages.iter().any(|found| found == message), "{message} is missing: {messages:?}");
            }
        }),
        scenario("failing_probes_are_logged", |side| {
            let exporter = Exporter::with(side, CONFIG, &[]);
            exporter.get("/probe?module=unix&target=/a");
            let line = exporter
                .wait_for(|line| line.contains("Error dialing unix").then(|| line.to_owned()))
                .expect("a line");
            assert!(line.contains(" level=ERROR ") && line.contains(" module=unix target=/a "), "{line}");
        }),
    ]
}
