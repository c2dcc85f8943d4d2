//! Every flag: its name, what it takes, what it sets, and what help says about it.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use super::Arguments;
use crate::{go_float, go_integer};

/// Where the exporter listens if nobody says where.
pub(super) const LISTEN_ADDRESS: &str = ":9115";

/// One flag.
#[derive(Debug)]
pub(super) struct Flag {
    /// Without the dashes.
    pub(super) name: &'static str,
    /// The letter that stands for it.
    pub(super) short: Option<char>,
    /// What help shows as its value, with the equals sign; none for a switch, which takes no value.
    pub(super) value: Option<&'static str>,
    /// Whether it may be there several times.
    pub(super) repeatable: bool,
    /// Whether the reference exporter has it. Those that it lacks are in the long help alone.
    pub(super) common: bool,
    /// Set for flags that print something instead of serving.
    pub(super) prints: Option<Print>,
    /// What it is for.
    pub(super) help: &'static str,
    /// Puts its value in; `true` and `false` for a switch. The error is in the reference exporter's words.
    pub(super) set: fn(&mut Arguments, &str) -> Result<(), String>,
}

/// What a flag prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Print {
    Help,
    HelpLong,
    HelpMan,
    Version,
}

const NOTHING: Flag = Flag {
    name: "",
    short: None,
    value: None,
    repeatable: false,
    common: true,
    prints: None,
    help: "",
    set: |_, _| Ok(()),
};

/// The flags in the order in which help shows them: the reference exporter's, then our own.
pub(super) const FLAGS: &[Flag] = &[
    Flag {
        name: "help",
        short: Some('h'),
        prints: Some(Print::Help),
        help: "Show the flags of blackbox_exporter; --help-long shows ours too, --help-man a manual page.",
        ..NOTHING
    },
    Flag { name: "help-long", prints: Some(Print::HelpLong), help: "Show every flag.", ..NOTHING },
    Flag { name: "help-man", prints: Some(Print::HelpMan), help: "Print a manual page.", ..NOTHING },
    Flag {
        name: "config.file",
        value: Some("=\"blackbox.yml\""),
        help: "File with the modules. If the flag is not given and there is no blackbox.yml, a few modules that are \
               built in.",
        set: |to, value| {
            to.config_file = Some(value.into());
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "timeout-offset",
        value: Some("=0.5"),
        help: "Seconds of Prometheus' scrape timeout that are kept back for the way home.",
        set: |to, value| go_float::parse(value).map(|seconds| to.timeout_offset = seconds).map_err(words),
        ..NOTHING
    },
    Flag {
        name: "config.check",
        help: "Check the file with the modules and exit: 0 if it is valid, 1 if not.",
        set: |to, value| {
            to.config_check = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "log.prober",
        value: Some("=\"info\""),
        help: "Least severity of what is logged about single probes. One of: [debug, info, warn, error]",
        set: |to, value| {
            value.clone_into(&mut to.log_prober);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "config.enable-auto-reload",
        help: "Look every --config.auto-reload-interval seconds whether the file with the modules has changed, and \
               take it over if it has.",
        set: |to, value| {
            to.auto_reload = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "config.auto-reload-interval",
        value: Some("=30"),
        help: "Seconds between two looks at the file with the modules; 0 for never.",
        set: |to, value| {
            let seconds = go_integer::parse_unsigned(value).map_err(words)?;
            to.reload_interval = Duration::from_secs(seconds);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "history.limit",
        value: Some("=100"),
        help: "How many probes are kept for the pages of recent probes, and how many older failures besides.",
        set: |to, value| {
            let limit = go_integer::parse_unsigned(value).map_err(words)?;
            to.history_limit = usize::try_from(limit).unwrap_or(usize::MAX);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.external-url",
        value: Some("=<url>"),
        help: "Where the outside reaches this exporter, for example behind a reverse proxy. A path in it becomes the \
               beginning of every path served here, unless --web.route-prefix says otherwise. Made from the name of \
               the host and the first listen address if it is not given.",
        set: |to, value| {
            value.clone_into(&mut to.external_url);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.route-prefix",
        value: Some("=<path>"),
        help: "What every path served here begins with; the path of --web.external-url if it is not given.",
        set: |to, value| {
            value.clone_into(&mut to.route_prefix);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.systemd-socket",
        help: "Take the sockets to listen on from systemd. Needs --web.external-url.",
        set: |to, value| {
            to.systemd_socket = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.listen-address",
        value: Some("=:9115 ..."),
        repeatable: true,
        help: "Address to listen on, like `:9115` or `[::1]:9115`; without a host, all of the machine's. May be there \
               several times.",
        set: |to, value| {
            to.listen_addresses.push(value.to_owned());
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.config.file",
        value: Some("=\"\""),
        help: "File with TLS, users, headers and limits of the web interface, as all exporters of Prometheus have it.",
        set: |to, value| {
            to.web_config_file = value.into();
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "log.level",
        value: Some("=info"),
        help: "Least severity of what is logged about the exporter. One of: [debug, info, warn, error]",
        set: |to, value| parsed(value).map(|level| to.log_level = level),
        ..NOTHING
    },
    Flag {
        name: "log.format",
        value: Some("=logfmt"),
        help: "How log lines are written. One of: [logfmt, json]",
        set: |to, value| parsed(value).map(|format| to.log_format = format),
        ..NOTHING
    },
    Flag { name: "version", prints: Some(Print::Version), help: "Show the version.", ..NOTHING },
    Flag {
        name: "config.watch",
        common: false,
        help: "Take the file with the modules over as soon as it changes, be it by a swap of symbolic links as in a \
               Kubernetes ConfigMap.",
        set: |to, value| {
            to.config_watch = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "log.library",
        common: false,
        help: "Log also, at debug, what the probing library tells its developers.",
        set: |to, value| {
            to.log_library = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "metrics.modules",
        common: false,
        help: "Show on /metrics how the probes of every module went. On unless negated.",
        set: |to, value| {
            to.module_metrics = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "batch.max-targets",
        value: Some("=1000"),
        common: false,
        help: "Targets that one request to /batch may have; 0 for none, which turns it off.",
        set: |to, value| {
            let most = go_integer::parse_unsigned(value).map_err(words)?;
            to.most_batch_targets = usize::try_from(most).unwrap_or(usize::MAX);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "probe.max-in-flight",
        value: Some("=0"),
        common: false,
        help: "Probes that run at once; more are refused with 503 for the time being. 0 for any number.",
        set: |to, value| {
            let most = go_integer::parse_unsigned(value).map_err(words)?;
            to.max_in_flight = NonZeroUsize::new(usize::try_from(most).unwrap_or(usize::MAX));
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "sandbox",
        common: false,
        help: "Once everything is open, give up what will not be needed: writing and running files, reading those that \
               nobody named, unusual system calls, and capabilities.",
        set: |to, value| {
            to.sandbox = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "sandbox.read",
        value: Some("=<path> ..."),
        repeatable: true,
        common: false,
        help: "File whose folder stays readable with --sandbox, besides those of the configuration and of the files that it \
               names. May be there several times.",
        set: |to, value| {
            to.sandbox_read.push(value.into());
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "runtime.threads",
        value: Some("=<number>"),
        common: false,
        help: "Threads that serve and probe; one per core if it is not given.",
        set: |to, value| {
            let number = value.parse().map_err(|error| format!("flag 'runtime.threads': {error}"))?;
            to.runtime_threads = Some(number);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.enable-openmetrics",
        common: false,
        help: "Answer /probe and /batch as OpenMetrics where the client asks for it first, as Prometheus does.",
        set: |to, value| {
            to.openmetrics = is_on(value);
            Ok(())
        },
        ..NOTHING
    },
    Flag {
        name: "web.drain-timeout",
        value: Some("=0.75"),
        common: false,
        help: "Seconds that requests in hand may take once the exporter is told to stop.",
        set: |to, value| {
            let seconds = go_float::parse(value).map_err(words)?;
            let timeout = Duration::try_from_secs_f64(seconds);
            to.drain_timeout = timeout.map_err(|error| format!("flag 'web.drain-timeout': {error}"))?;
            Ok(())
        },
        ..NOTHING
    },
];

fn is_on(value: &str) -> bool {
    value == "true"
}

fn parsed<T: FromStr<Err: Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(words)
}

/// The words of errors that name the value themselves.
fn words(error: impl Display) -> String {
    error.to_string()
}
