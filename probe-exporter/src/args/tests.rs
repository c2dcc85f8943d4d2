use super::*;

fn parsed(arguments: &[&str]) -> Result<Command, UsageError> {
    let program = std::iter::once("/usr/bin/probe-exporter");
    parse(program.chain(arguments.iter().copied()).map(Into::into))
}

#[track_caller]
fn serves(arguments: &[&str]) -> Arguments {
    match parsed(arguments).expect("valid arguments") {
        Command::Serve(arguments) => *arguments,
        Command::Print(text) => panic!("prints {text}"),
    }
}

#[track_caller]
fn prints(arguments: &[&str]) -> String {
    match parsed(arguments).expect("valid arguments") {
        Command::Print(text) => text,
        Command::Serve(arguments) => panic!("serves {arguments:?}"),
    }
}

/// A file that belongs to one test.
fn argument_file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("probe-exporter-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("the folder for temporary files can be written");
    path.display().to_string()
}

#[test]
fn defaults_are_those_of_the_reference() {
    let arguments = serves(&[]);
    assert_eq!(arguments, Arguments { listen_addresses: vec![":9115".into()], ..Arguments::default() });
    assert!((arguments.timeout_offset - 0.5).abs() < f64::EPSILON);
    assert_eq!((arguments.history_limit, arguments.reload_interval.as_secs()), (100, 30));
    assert!(arguments.threads() >= 1);
}

#[test]
fn every_flag_sets_what_it_names() {
    let arguments = serves(&[
        "--config.file=a.yml",
        "--config.check",
        "--config.enable-auto-reload",
        "--config.auto-reload-interval=0x10",
        "--config.watch",
        "--timeout-offset=-1e-1",
        "--history.limit",
        "7",
        "--log.level=WARN",
        "--log.prober=odd",
        "--log.format=json",
        "--log.library",
        "--web.external-url=http://e/x",
        "--web.route-prefix=/y",
        "--web.systemd-socket",
        "--web.config.file=w.yml",
        "--web.drain-timeout=2",
        "--web.enable-openmetrics",
        "--batch.max-targets=9",
        "--no-metrics.modules",
        "--probe.max-in-flight=5",
        "--sandbox",
        "--sandbox.read=/a",
        "--sandbox.read=/b",
        "--runtime.threads=3",
    ]);
    let expected = Arguments {
        config_file: Some("a.yml".into()),
        config_check: true,
        auto_reload: true,
        reload_interval: Duration::from_secs(16),
        config_watch: true,
        timeout_offset: -0.1,
        history_limit: 7,
        log_level: Level::Warn,
        log_prober: "odd".into(),
        log_format: Format::Json,
        log_library: true,
        listen_addresses: vec![":9115".into()],
        systemd_socket: true,
        web_config_file: "w.yml".into(),
        external_url: "http://e/x".into(),
        route_prefix: "/y".into(),
        drain_timeout: Duration::from_secs(2),
        module_metrics: false,
        most_batch_targets: 9,
        openmetrics: true,
        max_in_flight: NonZeroUsize::new(5),
        sandbox: true,
        sandbox_read: vec!["/a".into(), "/b".into()],
        runtime_threads: NonZeroUsize::new(3),
    };
    assert_eq!(arguments, expected);
}

#[test]
fn listen_addresses_replace_the_default() {
    let arguments = serves(&["--web.listen-address=:1", "--web.listen-address", "[::1]:2"]);
    assert_eq!(arguments.listen_addresses, [":1", "[::1]:2"]);
}

#[test]
fn switches_are_negated_and_values_may_be_empty_or_a_dash() {
    assert!(!serves(&["--no-config.check"]).config_check);
    assert_eq!(serves(&["--config.file="]).config_file, Some("".into()));
    assert_eq!(serves(&["--config.file", "-"]).config_file, Some("".into()));
    assert_eq!(serves(&["--config.file=a=b"]).config_file, Some("a=b".into()));
}

#[test]
fn usage_errors_are_those_of_the_reference() {
    for (arguments, problem) in [
        (&["--bogus"][..], "unknown long flag '--bogus'"),
        (&["--bogus=1"], "unknown long flag '--bogus'"),
        (&["--no-bogus"], "unknown long flag '--no-bogus'"),
        (&["--config.f=x"], "unknown long flag '--config.f'"),
        (&["--="], "unknown long flag '--'"),
        (&["--no-config.file=x"], "unknown long flag '--no-config.file'"),
        (&["-c"], "unknown short flag '-c'"),
        (&["-hx"], "unknown short flag '-x'"),
        (&["extra"], "unexpected extra"),
        (&["-"], "unexpected "),
        (&[""], "unexpected "),
        (&["--", "--config.check"], "unexpected --config.check"),
        (&["--config.check=true"], "unexpected true"),
        (&["--help=true"], "unexpected true"),
        (&["--web.listen-address"], "expected argument for flag '--web.listen-address'"),
        (&["--config.file", "--config.check"], "expected argument for flag '--config.file'"),
        (&["--timeout-offset", "-1"], "expected argument for flag '--timeout-offset'"),
        (&["--log.level=foo"], "unrecognized log level foo"),
        (&["--log.level="], "unrecognized log level "),
        (&["--log.format=JSON"], "unrecognized log format JSON"),
        (&["--config.check", "--no-config.check"], "flag 'config.check' cannot be repeated"),
        (&["--config.file=a", "--config.file=b"], "flag 'config.file' cannot be repeated"),
        (&["--timeout-offset=abc"], "strconv.ParseFloat: parsing \"abc\": invalid syntax"),
        (&["--history.limit=-1"], "strconv.ParseUint: parsing \"-1\": invalid syntax"),
        (&["--history.limit=x", "--history.limit=1"], "strconv.ParseUint: parsing \"x\": invalid syntax"),
        (&["--history.limit=x", "--bogus"], "unknown long flag '--bogus'"),
        (&["@"], "expected @ file to expand arguments from"),
        (
            &["@no/such/file"],
            "failed to open arguments file \"no/such/file\": open no/such/file: no such file or directory",
        ),
        (&["--runtime.threads=0"], "flag 'runtime.threads': number would be zero for non-zero type"),
    ] {
        let error = parsed(arguments).expect_err(problem).to_string();
        assert_eq!(error, format!("probe-exporter: error: {problem}, try --help"));
    }
}

#[test]
fn a_file_stands_for_its_lines() {
    let inner = argument_file("inner", "--history.limit\n5\n");
    let outer = argument_file("outer", &format!("# comment\n--config.check\r\n@{inner}\n"));
    let arguments = serves(&[&format!("@{outer}"), "--config.watch"]);
    assert!(arguments.config_check && arguments.config_watch);
    assert_eq!(arguments.history_limit, 5);
    let value = argument_file("value", "b.yml\n--config.check");
    let arguments = serves(&["--config.file", &format!("@{value}")]);
    assert_eq!((arguments.config_file, arguments.config_check), (Some("b.yml".into()), true));
}

#[test]
fn files_that_name_each_other_are_given_up() {
    let path = argument_file("loop", "");
    std::fs::write(&path, format!("@{path}\n")).expect("it was written before");
    let error = parsed(&[&format!("@{path}")]).expect_err("it never ends");
    assert!(error.to_string().contains("more than 100 argument files"), "{error}");
}

#[test]
fn version_and_long_help_win_over_mistakes_behind_them() {
    assert!(prints(&["--version", "--bogus"]).starts_with("blackbox_exporter, version "));
    assert!(prints(&["--history.limit=x", "--version=true"]).starts_with("blackbox_exporter, version "));
    assert!(prints(&["--help-man", "extra"]).starts_with(".TH probe-exporter 1 "));
    assert!(prints(&["--help-long", "--bogus"]).contains("--runtime.threads"));
    assert!(parsed(&["--help", "--bogus"]).is_err());
    assert!(prints(&["--log.level=foo", "--help"]).starts_with("usage: "));
}

#[test]
fn help_shows_the_flags_of_the_reference_and_the_long_help_all() {
    let (short, long) = (prints(&["-h"]), prints(&["--help-long"]));
    for flag in FLAGS {
        let shown = format!("--{}{}", if flag.value.is_some() { "" } else { "[no-]" }, flag.name);
        assert!(long.contains(&shown), "{shown} is not in\n{long}");
        let in_short = flag.common && !flag.name.starts_with("help-");
        assert_eq!(short.contains(&shown), in_short, "{shown}\n{short}");
        assert!(!flag.help.is_empty());
    }
    for line in short.lines().chain(long.lines()) {
        assert!(line.len() <= 80, "{line}");
    }
}
