//! Mosquitto: MQTT, whose packets are bytes, in the clear and over TLS.

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::certificates::Certificates;
use super::folder::Folder;
use super::ports;
use super::programs::Program;
use super::report::probe;
use super::server::{Launch, Server};

/// CONNECT of MQTT 3.1.1 as client `probe`, a clean session (section 3.1 of the standard).
const CONNECT: &str = "{send: \"\\x10\\x11\\x00\\x04MQTT\\x04\\x02\\x00\\x3c\\x00\\x05probe\"}";
/// CONNACK with return code 0 (section 3.2).
const ACCEPTED: &str = "{expect_bytes: \"\\x20\\x02\\x00\\x00\"}";
/// CONNACK with return code 5: not authorised.
const NOT_AUTHORISED: &str = "{expect_bytes: \"\\x20\\x02\\x00\\x05\"}";

struct Mosquitto {
    open: String,
    closed: String,
    tls: String,
    certificates: Certificates,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    trials(
        "mosquitto",
        start,
        &[
            ("a connection is acknowledged", acknowledged),
            ("a refusal is a failed expectation", refused),
            ("a connection is acknowledged over TLS", over_tls),
        ],
    )
}

fn start() -> Result<Mosquitto, Problem> {
    let mosquitto = Program::find("mosquitto", "mosquitto")?;
    let folder = Folder::new("mosquitto");
    let certificates = Certificates::new(&folder)?;
    let [open, closed, tls] = [(); 3].map(|()| ports::free());
    let configuration = format!(
        "per_listener_settings true
listener {open} 127.0.0.1
allow_anonymous true
listener {closed} 127.0.0.1
allow_anonymous false
listener {tls} 127.0.0.1
allow_anonymous true
certfile {certificate}
keyfile {key}
",
        certificate = certificates.server.certificate.display(),
        key = certificates.server.key.display(),
    );
    let file = folder.write("mosquitto.conf", configuration);
    let server = Launch::new(&mosquitto).args(["-c"]).args([file]).listening(&[open, closed, tls], folder)?;
    let place = |port| format!("127.0.0.1:{port}");
    Ok(Mosquitto { open: place(open), closed: place(closed), tls: place(tls), certificates, _server: server })
}

fn acknowledged(mosquitto: &Mosquitto) {
    let module = format!("{{prober: tcp, tcp: {{query_response: [{CONNECT}, {ACCEPTED}]}}}}");
    probe(&module, &mosquitto.open).succeeded().with("probe_failed_due_to_bytes", 0.0);
}

fn refused(mosquitto: &Mosquitto) {
    let module = |answer: &str| format!("{{prober: tcp, tcp: {{query_response: [{CONNECT}, {answer}]}}}}");
    let report = probe(&module(ACCEPTED), &mosquitto.closed).failed("expectation", "validate");
    report.with("probe_failed_due_to_bytes", 1.0);
    probe(&module(NOT_AUTHORISED), &mosquitto.closed).succeeded();
}

fn over_tls(mosquitto: &Mosquitto) {
    let authority = mosquitto.certificates.authority.display();
    let tls = format!("tls: true, tls_config: {{ca_file: '{authority}'}}");
    let module = format!("{{prober: tcp, tcp: {{{tls}, query_response: [{CONNECT}, {ACCEPTED}]}}}}");
    probe(&module, &mosquitto.tls).succeeded();
}
