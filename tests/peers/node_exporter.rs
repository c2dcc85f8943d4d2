//! `node_exporter`: its textfile collector reads what `probe` wrote.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::exporter::get;
use super::folder::Folder;
use super::ports;
use super::programs::{self, Program};
use super::server::{Launch, Server};

const FILES: usize = 50;

struct NodeExporter {
    port: u16,
    textfiles: std::path::PathBuf,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let facts: &[(&str, fn(&NodeExporter))] =
        &[("fifty files are read without an error, and none spoils another", many_files)];
    trials("node_exporter", start, facts)
}

fn start() -> Result<NodeExporter, Problem> {
    let program = Program::find("prometheus-node-exporter", "prometheus-node-exporter")?;
    let (folder, port) = (Folder::new("node-exporter"), ports::free());
    let textfiles = folder.folder("textfiles");
    std::fs::set_permissions(&textfiles, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let launch = Launch::new(&program).args([
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--collector.disable-defaults".to_owned(),
        "--collector.textfile".to_owned(),
        format!("--collector.textfile.directory={}", textfiles.display()),
    ]);
    let server = launch.listening(&[port], folder)?;
    Ok(NodeExporter { port, textfiles, _server: server })
}

/// The same checks in every file, which is what makes them collide.
fn many_files(node: &NodeExporter) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let target = listener.local_addr().expect("it is bound").to_string();
    for number in 0..FILES {
        let file = node.textfiles.join(format!("checks{number}.prom"));
        let status = Command::new(programs::probe())
            .args(["tcp", &target, "127.0.0.1:1", "--quiet", "--textfile"])
            .arg(&file)
            .stdout(std::process::Stdio::null())
            .status()
            .expect("it runs");
        assert_eq!(status.code(), Some(1), "one of them is refused");
    }
    let (status, page) = get(node.port, "/metrics");
    assert_eq!(status, 200, "{page}");
    let count = |start: &str| page.lines().filter(|line| line.starts_with(start)).count();
    assert!(page.contains("\nnode_textfile_scrape_error 0\n"), "{page}");
    assert_eq!(count("node_textfile_mtime_seconds{"), FILES);
    assert_eq!(count("probe_success{"), 2 * FILES);
    assert_eq!(count("probe_last_run_timestamp_seconds{"), FILES);
}
