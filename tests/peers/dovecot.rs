//! Dovecot: IMAP and POP3 in the clear, upgraded to TLS, and over TLS from the start.

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::folder::Folder;
use super::ports;
use super::programs::{self, Program};
use super::report::probe;
use super::server::{Launch, Server};
use super::user;

struct Dovecot {
    imap: String,
    imaps: String,
    pop3: String,
    pop3s: String,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "dovecot",
        start,
        &[
            ("the ready-made dialogues succeed", ready_made),
            ("a login with a wrong password is a failed expectation", wrong_password),
            ("IMAP goes on over TLS after STARTTLS", imap_start_tls),
            ("POP3 goes on over TLS after STLS", pop3_start_tls),
            ("the ready-made dialogues succeed over TLS", over_tls),
        ],
    )
}

fn start() -> Result<Dovecot, Problem> {
    let dovecot = Program::find("dovecot", "dovecot-core")?;
    let [user, group] = user::names()?;
    let folder = Folder::new("dovecot");
    let certificates = Certificates::new(&folder)?;
    let [imap, imaps, pop3, pop3s] = [(); 4].map(|()| ports::free());
    let listeners = listener("imap", imap, imaps) + &listener("pop3", pop3, pop3s);
    let configuration = format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
import_environment = TZ LD_LIBRARY_PATH
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap pop3
listen = 127.0.0.1
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
{listeners}service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
",
        folder = folder.path().display(),
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let file = folder.write("dovecot.conf", configuration);
    let mut launch = Launch::new(&dovecot).args(["-F", "-c"]).args([file]);
    if dovecot.is_unpacked() {
        for path in ["/usr/lib/dovecot", "/usr/bin/doveconf", "/usr/sbin/dovecot"] {
            launch = launch.seeing(programs::unpacked().join(&path[1..]), path);
        }
    }
    let server = launch.listening(&[imap, imaps, pop3, pop3s], folder)?;
    let place = |port| format!("127.0.0.1:{port}");
    Ok(Dovecot {
        imap: place(imap),
        imaps: place(imaps),
        pop3: place(pop3),
        pop3s: place(pop3s),
        certificates,
        _server: server,
    })
}

/// The service that greets, in the clear on one port and over TLS on another.
fn listener(protocol: &str, plain: u16, tls: u16) -> String {
    format!(
        "service {protocol}-login {{
  chroot =
  inet_listener {protocol} {{
    port = {plain}
  }}
  inet_listener {protocol}s {{
    port = {tls}
  }}
}}
"
    )
}

fn ready_made(dovecot: &Dovecot) {
    probe("{prober: tcp, tcp: {dialogue: imap}}", &dovecot.imap).succeeded();
    probe("{prober: tcp, tcp: {dialogue: pop3}}", &dovecot.pop3).succeeded();
}

fn wrong_password(dovecot: &Dovecot) {
    let login = |password: &str| {
        format!(
            "{{prober: tcp, tcp: {{query_response: [{{expect: '^\\* OK', send: \"a1 LOGIN somebody {password}\\r\"}}, \
             {{expect: '^(a1 OK|a1 NO)', send: \"a2 LOGOUT\\r\", labels: [{{name: answer, value: '$1'}}]}}]}}}}"
        )
    };
    for (password, answer) in [("secret", "a1 OK"), ("wrong", "a1 NO")] {
        probe(&login(password), &dovecot.imap).succeeded().labelled("probe_expect_info", "answer", answer);
    }
}

impl Dovecot {
    /// TCP settings that trust the authority.
    fn trusting(&self, settings: &str) -> String {
        let authority = self.certificates.authority.display();
        format!("{{prober: tcp, tcp: {{tls_config: {{ca_file: '{authority}'}}, {settings}}}}}")
    }
}

fn imap_start_tls(dovecot: &Dovecot) {
    let module = dovecot.trusting(
        "query_response: [{expect: '^\\* OK.*STARTTLS', send: \"a1 STARTTLS\\r\"}, \
         {expect: '^a1 OK', starttls: true}, {send: \"a2 CAPABILITY\\r\"}, {expect: '^a2 OK'}]",
    );
    probe(&module, &dovecot.imap).succeeded().labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn pop3_start_tls(dovecot: &Dovecot) {
    let module = dovecot.trusting(
        "query_response: [{expect: '^\\+OK', send: \"STLS\\r\"}, {expect: '^\\+OK', starttls: true}, \
         {send: \"QUIT\\r\"}, {expect: '^\\+OK'}]",
    );
    probe(&module, &dovecot.pop3).succeeded().labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn over_tls(dovecot: &Dovecot) {
    for (dialogue, target) in [("imap", &dovecot.imaps), ("pop3", &dovecot.pop3s)] {
        let module = dovecot.trusting(&format!("tls: true, dialogue: {dialogue}"));
        let report = probe(&module, target).succeeded();
        report.labelled("probe_tls_version_info", "version", "TLS 1.3");
    }
}
