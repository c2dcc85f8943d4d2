//! OpenSSH: the exchange of versions.

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::exporter::Exporter;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::{has_line, probe};
use super::server::{Launch, Server};
use super::user;

struct Openssh {
    place: String,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "openssh",
        start,
        &[
            ("the ready-made dialogue succeeds", ready_made),
            ("the software's name becomes a label", software),
            ("the exporter shows the label", series),
        ],
    )
}

fn start() -> Result<Openssh, Problem> {
    user::names()?;
    let sshd = Program::find("sshd", "openssh-server")?;
    let keygen = Program::find("ssh-keygen", "openssh-client")?;
    let folder = Folder::new("openssh");
    let (port, key) = (ports::free(), folder.file("key"));
    let key_of = ["-q", "-t", "ed25519", "-N", "", "-f"].map(AsRef::as_ref);
    keygen.run(key_of.into_iter().chain([key.as_os_str()]))?;
    let configuration =
        format!("ListenAddress 127.0.0.1:{port}\nHostKey {}\nPidFile none\nUsePAM no\n", key.display());
    let file = folder.write("sshd.conf", configuration);
    let launch = Launch::new(&sshd).args(["-D", "-e", "-f"]).args([file]);
    let server = launch.saying("Server listening", folder)?;
    Ok(Openssh { place: format!("127.0.0.1:{port}"), _server: server })
}

const SOFTWARE: &str = "query_response: [{expect: '^SSH-2\\.0-(OpenSSH)_', send: \"SSH-2.0-probe\\r\", \
                        labels: [{name: software, value: '$1'}]}]";

fn ready_made(openssh: &Openssh) {
    probe("{prober: tcp, tcp: {dialogue: ssh_banner}}", &openssh.place).succeeded();
}

fn software(openssh: &Openssh) {
    let report = probe(&format!("{{prober: tcp, tcp: {{{SOFTWARE}}}}}"), &openssh.place).succeeded();
    report.labelled("probe_expect_info", "software", "OpenSSH");
}

fn series(openssh: &Openssh) {
    let modules = format!("  ssh: {{prober: tcp, tcp: {{{SOFTWARE}}}}}");
    let page = Exporter::start(&modules).probe("ssh", &openssh.place);
    for line in ["probe_success 1", "probe_expect_info{software=\"OpenSSH\"} 1"] {
        has_line(&page, line);
    }
}
