//! vsftpd: the greeting of FTP, and TLS within it.

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::probe;
use super::server::{Launch, Server};

struct Vsftpd {
    place: String,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "vsftpd",
        start,
        &[
            ("the ready-made dialogue succeeds", ready_made),
            ("anonymous login is a dialogue of several steps", login),
            ("a dialogue goes on over TLS after AUTH TLS", start_tls),
        ],
    )
}

fn start() -> Result<Vsftpd, Problem> {
    let vsftpd = Program::find("vsftpd", "vsftpd")?;
    let folder = Folder::new("vsftpd");
    let certificates = Certificates::new(&folder)?;
    let (port, files) = (ports::free(), folder.folder("files"));
    let configuration = format!(
        "listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user=YES
ftp_username=nobody
anonymous_enable=YES
local_enable=NO
anon_root={files}
secure_chroot_dir={files}
ftpd_banner=Files for everybody
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_local_data_ssl=NO
force_local_logins_ssl=NO
rsa_cert_file={certificate}
rsa_private_key_file={key}
",
        files = files.display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let file = folder.write("vsftpd.conf", configuration);
    let server = Launch::new(&vsftpd).args([file]).listening(&[port], folder)?;
    Ok(Vsftpd { place: format!("127.0.0.1:{port}"), certificates, _server: server })
}

fn ready_made(vsftpd: &Vsftpd) {
    probe("{prober: tcp, tcp: {dialogue: ftp}}", &vsftpd.place).succeeded();
}

fn login(vsftpd: &Vsftpd) {
    let module = "{prober: tcp, tcp: {query_response: [{expect: '^220 Files for everybody', \
                  send: \"USER anonymous\\r\"}, {expect: '^331 ', send: \"PASS probe@\\r\"}, \
                  {expect: '^230 ', send: \"QUIT\\r\"}, {expect: '^221 '}]}}";
    probe(module, &vsftpd.place).succeeded();
}

fn start_tls(vsftpd: &Vsftpd) {
    let module = format!(
        "{{prober: tcp, tcp: {{tls_config: {{ca_file: '{}'}}, query_response: [\
         {{expect: '^220 ', send: \"AUTH TLS\\r\"}}, {{expect: '^234 ', starttls: true}}, \
         {{send: \"NOOP\\r\"}}, {{expect: '^530 ', send: \"QUIT\\r\"}}, {{expect: '^221 '}}]}}}}",
        vsftpd.certificates.authority.display()
    );
    let report = probe(&module, &vsftpd.place).succeeded();
    assert!(report.value("probe_ssl_earliest_cert_expiry").is_some_and(|expiry| expiry > 0.0), "{report}");
}
