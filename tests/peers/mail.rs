//! Exim takes the mails: over STARTTLS and with a password.

use std::fs;
use std::process::{Command, Output};

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::folder::Folder;
use super::programs::{self, Program};
use super::server::Server;
use super::{exim, ports, user};

struct Exim {
    port: u16,
    certificates: Certificates,
    /// Where it keeps what it has taken.
    spool: std::path::PathBuf,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "mail",
        start,
        &[
            ("Exim takes one with STARTTLS and a password", taken),
            ("one without a password is refused in the server's words, and sent later", refused),
            ("a server whose certificate is a stranger's gets nothing", stranger),
        ],
    )
}

fn start() -> Result<Exim, Problem> {
    let program = Program::find("exim4", "exim4-daemon-light")?;
    let folder = Folder::new("mail");
    let certificates = Certificates::new(&folder)?;
    let port = ports::free();
    let spool = folder.file("spool");
    let configuration = format!(
        "primary_hostname = mail.example.test
exim_user = {user}
exim_group = {group}
spool_directory = {spool}
log_file_path = {folder}/%slog
keep_environment = LD_LIBRARY_PATH
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
host_lookup =
rfc1413_query_timeout = 0s
queue_only = true
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept authenticated = *
  deny message = who are you?
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{probe}}}}{{eq{{$auth3}}{{correct horse}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
",
        user = user::id(),
        group = user::group(),
        spool = spool.display(),
        folder = folder.path().display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let launch = exim::launch(&program, &folder, &configuration);
    let server = launch.listening(&[port], folder)?;
    Ok(Exim { port, certificates, spool, _server: server })
}

/// Checks a port where nobody listens, and mails it.
fn send(exim: &Exim, folder: &Folder, arguments: &[&str]) -> Output {
    let list = folder.write("checks", "tcp_connect 127.9.9.9:1 site=home\n");
    let server = format!("localhost:{}", exim.port);
    Command::new(programs::probe())
        .args(["batch", &list.display().to_string(), "--mail-to", "ops@example.test"])
        .args(["--mail-from", "probe@example.test", "--mail-server", &server])
        .args(["--mail-state", &folder.file("state").display().to_string()])
        .args(arguments)
        .output()
        .expect("it runs")
}

/// The arguments of somebody who may send.
fn known(exim: &Exim, folder: &Folder) -> Vec<String> {
    let password = folder.write("password", "probe:correct horse\n");
    let authority = exim.certificates.authority.display().to_string();
    let words = ["--mail-auth-file", &password.display().to_string(), "--mail-ca-file", &authority];
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The messages that Exim holds.
fn held(exim: &Exim) -> Vec<String> {
    let entries = fs::read_dir(exim.spool.join("input")).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with("-H"));
    files
        .map(|entry| String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default()).into_owned())
        .collect()
}

fn taken(exim: &Exim) {
    let folder = Folder::new("mail-taken");
    let known = known(exim, &folder);
    let output = send(exim, &folder, &known.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let messages = held(exim);
    let subject = "Subject: [probe] tcp_connect 127.9.9.9:1 site=home is down";
    let ours: Vec<&String> = messages.iter().filter(|message| message.contains(subject)).collect();
    assert!(!ours.is_empty(), "{messages:?}");
    // It came over TLS, from somebody whose password was right.
    assert!(
        ours.iter().all(|message| message.contains("-auth_id probe") && message.contains("esmtpsa")),
        "{ours:?}"
    );
}

fn refused(exim: &Exim) {
    let folder = Folder::new("mail-refused");
    let authority = exim.certificates.authority.display().to_string();
    let output = send(exim, &folder, &["--mail-ca-file", &authority]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("mail: the mail server does not take it") && said.contains("who are you?"),
        "{said}"
    );
    let before = held(exim).len();
    let known = known(exim, &folder);
    let output = send(exim, &folder, &known.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(held(exim).len() > before);
}

fn stranger(exim: &Exim) {
    let folder = Folder::new("mail-stranger");
    let password = folder.write("password", "probe:correct horse\n").display().to_string();
    let output = send(exim, &folder, &["--mail-auth-file", &password]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("certificate"), "{said}");
}
