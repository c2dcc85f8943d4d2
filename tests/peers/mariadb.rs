//! `MariaDB`: a greeting of bytes, over TCP and a unix socket.

use std::path::PathBuf;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::probe;
use super::server::{Launch, Server};

/// The length in three bytes and the number of the packet; then a version of the protocol that is also a line's end.
const GREETING: &str = "query_response: [{expect: '^(?s:.)\\x00\\x00\\x00$'}]";

struct Mariadb {
    place: String,
    socket: PathBuf,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "mariadb",
        start,
        &[
            ("the greeting is recognised over TCP", over_tcp),
            ("the greeting is recognised over a unix socket", over_unix),
            ("another greeting is a failed expectation", other_bytes),
        ],
    )
}

fn start() -> Result<Mariadb, Problem> {
    let mariadb = Program::find("mariadbd", "mariadb-server-core")?;
    let folder = Folder::new("mariadb");
    let (port, data, socket) = (ports::free(), folder.folder("data"), folder.file("socket"));
    let share = mariadb
        .path
        .parent()
        .and_then(|folder| folder.parent())
        .expect("sbin in a prefix")
        .join("share/mysql");
    let launch = Launch::new(&mariadb)
        .args(["--no-defaults", "--skip-grant-tables", "--bind-address=127.0.0.1"])
        .args([
            "--innodb-buffer-pool-size=8M",
            "--innodb-log-file-size=4M",
            "--innodb-flush-log-at-trx-commit=0",
        ])
        .args([format!("--port={port}"), format!("--lc-messages-dir={}", share.display())])
        .args([format!("--datadir={}", data.display()), format!("--socket={}", socket.display())])
        .args([format!("--plugin-dir={}", folder.path().display())]);
    let server = launch.saying("ready for connections", folder)?;
    Ok(Mariadb { place: format!("127.0.0.1:{port}"), socket, _server: server })
}

fn over_tcp(mariadb: &Mariadb) {
    probe(&format!("{{prober: tcp, tcp: {{{GREETING}}}}}"), &mariadb.place).succeeded();
}

fn over_unix(mariadb: &Mariadb) {
    let target = mariadb.socket.display().to_string();
    probe(&format!("{{prober: unix, unix: {{{GREETING}}}}}"), &target).succeeded();
}

fn other_bytes(mariadb: &Mariadb) {
    let module = "{prober: tcp, tcp: {query_response: [{expect_bytes: 'SSH-'}]}}";
    let report = probe(module, &mariadb.place).failed("expectation", "validate");
    report.with("probe_failed_due_to_bytes", 1.0);
}
