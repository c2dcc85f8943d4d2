//! Nagios itself runs `probe` as a plugin and shows the state, the line and the performance data.

use std::fs;
use std::time::Duration;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::folder::Folder;
use super::programs::{self, Program};
use super::server::{Launch, Server};
use super::{ports, wait};

/// How long it may take until every check has run.
const SEEN: Duration = Duration::from_secs(60);

struct Nagios {
    status: std::path::PathBuf,
    closed: String,
    _folder: Folder,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials("nagios", start, &[("it shows the state and the performance data of a check", states)])
}

/// An object as Nagios reads it: a line for each word.
fn object(kind: &str, words: &[(&str, &str)]) -> String {
    let words: Vec<String> = words.iter().map(|(name, value)| format!("  {name} {value}\n")).collect();
    format!("define {kind} {{\n{}}}\n", words.concat())
}

fn start() -> Result<Nagios, Problem> {
    let nagios = Program::find("nagios4", "nagios4-core")?;
    let folder = Folder::new("nagios");
    let place = folder.path().display();
    for name in ["results", "rw", "archives"] {
        folder.folder(name);
    }
    // It changes to another user only as root, and is not root here.
    let configuration = format!(
        "log_file={place}/nagios.log\ncfg_file={place}/objects.cfg\nobject_cache_file={place}/objects.cache\n\
         status_file={place}/status.dat\nstatus_update_interval=1\ncheck_external_commands=0\n\
         command_file={place}/rw/nagios.cmd\nlock_file={place}/nagios.lock\ntemp_file={place}/nagios.tmp\n\
         temp_path={place}\ncheck_result_path={place}/results\nquery_socket={place}/rw/nagios.qh\n\
         state_retention_file={place}/retention.dat\nlog_archive_path={place}/archives\ninterval_length=1\n\
         enable_notifications=0\nevent_broker_options=0\nuse_syslog=0\n"
    );
    let closed = format!("127.0.0.1:{}", ports::free());
    let command = format!("{} $ARG1$ --format nagios", programs::probe().display());
    let service = |name: &str, arguments: &str| {
        object(
            "service",
            &[
                ("host_name", "here"),
                ("service_description", name),
                ("check_command", &format!("check_probe!{arguments}")),
                ("check_interval", "1"),
                ("retry_interval", "1"),
                ("max_check_attempts", "1"),
                ("check_period", "always"),
                ("contacts", "me"),
            ],
        )
    };
    let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let always: Vec<(&str, &str)> = [("timeperiod_name", "always"), ("alias", "always")]
        .into_iter()
        .chain(days.map(|day| (day, "00:00-24:00")))
        .collect();
    let objects = [
        object("timeperiod", &always),
        object("command", &[("command_name", "none"), ("command_line", "/bin/true")]),
        object("command", &[("command_name", "check_probe"), ("command_line", &command)]),
        object(
            "contact",
            &[
                ("contact_name", "me"),
                ("host_notification_period", "always"),
                ("service_notification_period", "always"),
                ("host_notification_commands", "none"),
                ("service_notification_commands", "none"),
            ],
        ),
        object(
            "host",
            &[
                ("host_name", "here"),
                ("address", "127.0.0.1"),
                ("check_period", "always"),
                ("max_check_attempts", "1"),
                ("contacts", "me"),
            ],
        ),
        service("resolved", "dns 127.0.0.1 --name localhost --timeout 0.2"),
        service("closed", &format!("tcp {closed} --timeout 2")),
        service("usage", "tcp"),
    ];
    folder.write("objects.cfg", objects.concat());
    let file = folder.write("nagios.cfg", configuration);
    let log = folder.file("nagios.log");
    let launch = Launch::new(&nagios).args([file]);
    let server = launch.saying("Successfully launched", Folder::new("nagios-log"));
    let status = folder.file("status.dat");
    let server = match server {
        Ok(server) => server,
        Err(Problem::Broken(said)) => {
            let log = fs::read_to_string(log).unwrap_or_default();
            return Err(Problem::Broken(format!("{said}\n{log}")));
        }
        Err(problem) => return Err(problem),
    };
    Ok(Nagios { status, closed, _folder: folder, _server: server })
}

/// What Nagios says of a service: its state, its line, its performance data.
fn shown(nagios: &Nagios, service: &str) -> Option<(String, String, String)> {
    let text = fs::read_to_string(&nagios.status).ok()?;
    let wanted = format!("service_description={service}\n");
    let block = text.split("servicestatus {").find(|block| block.contains(&wanted))?;
    let value = |name: &str| {
        let line = block.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().to_owned()
    };
    (value("has_been_checked") == "1")
        .then(|| (value("current_state"), value("plugin_output"), value("performance_data")))
}

fn states(nagios: &Nagios) {
    let seen = |service: &str| wait::until(SEEN, || shown(nagios, service)).expect("it was checked");
    let (state, line, data) = seen("closed");
    assert_eq!(state, "2", "{line}");
    assert!(line.starts_with("CRITICAL") && line.contains(&nagios.closed), "{line}");
    assert!(data.contains("duration"), "{data}");
    // Nothing of it is lost where Nagios takes the line apart.
    assert!(!line.contains('|'), "{line}");
    let (state, line, _) = seen("usage");
    assert_eq!(state, "3", "wrong arguments are UNKNOWN: {line}");
    let (state, line, _) = seen("resolved");
    assert_eq!(state, "2", "nobody answers there: {line}");
}
