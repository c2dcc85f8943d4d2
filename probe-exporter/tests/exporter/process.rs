//! The process: its flags, its listeners, its signals and its service manager.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixDatagram};

use crate::support::{Connection, Exporter, PATIENCE, endpoint, output, silent_endpoint, stderr_of};

#[test]
fn a_taken_port_is_an_error() {
    let (listener, taken) = endpoint();
    let output = output(&[&format!("--web.listen-address={taken}")]);
    drop(listener);
    let log = stderr_of(&output);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains(&taken) && log.contains("address already in use"), "{log}");
}

#[test]
fn usage_errors_are_one_line() {
    let output = output(&["--bogus"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr_of(&output), "probe-exporter: error: unknown long flag '--bogus', try --help\n");
}

#[test]
fn serves_on_every_address() {
    let exporter = Exporter::start_on(3, &["--runtime.threads=3"]);
    for address in &exporter.addresses {
        // More connections than threads, so that several of them answer.
        for _ in 0..8 {
            assert_eq!(Connection::to(*address).request("GET", "/-/healthy", "").body, "Healthy");
        }
    }
}

#[test]
fn signals_end_it_with_success() {
    for name in ["TERM", "INT"] {
        let mut exporter = Exporter::start(&[]);
        let mut idle = Connection::to(exporter.addresses[0]);
        assert_eq!(idle.request("GET", "/-/healthy", "").status, 200);
        exporter.signal(name);
        exporter.wait_for("exiting gracefully");
        assert_eq!(exporter.wait().code(), Some(0));
    }
}

#[test]
fn a_probe_in_flight_is_waited_for_but_not_for_long() {
    let mut exporter = Exporter::start(&["--web.drain-timeout=0.05"]);
    let (_silent, _waiting, target) = silent_endpoint();
    let mut client = Connection::to(exporter.addresses[0]);
    client.send("GET", &format!("/probe?module=tcp_connect&target={target}"), "");
    exporter.until(|exporter| {
        exporter.get("/metrics").value("probe_exporter_probes_in_flight{module=\"tcp_connect\"}") == Some(1.0)
    });
    exporter.signal("TERM");
    exporter.wait_for("Requests took too long and were cut");
    assert_eq!(exporter.wait().code(), Some(0));
}

#[test]
fn what_cannot_be_served_ends_the_program() {
    for (arguments, message) in [
        (&["--web.external-url='http://x'"][..], "URL must not begin or end with quotes"),
        (&["--web.listen-address=127.0.0.1"], "address 127.0.0.1: missing port in address"),
        (&["--web.listen-address=vsock://:1", "--web.external-url=/"], "vsock addresses are not supported"),
        (&["--web.systemd-socket"], "Please provide --web.external-url"),
        (&["--web.systemd-socket", "--web.external-url=/"], "no socket activation file descriptors found"),
    ] {
        let output = output(arguments);
        let log = stderr_of(&output);
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(log.contains(message), "{message} is not in\n{log}");
    }
}

#[test]
fn the_service_manager_is_told() {
    let name = format!("probe-exporter-tests-{}", std::process::id());
    let manager = UnixDatagram::bind_addr(&UnixAddress::from_abstract_name(&name).expect("a name"));
    let manager = manager.expect("nobody else has the name");
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let exporter = Exporter::start_with(1, &[], &[("NOTIFY_SOCKET", &format!("@{name}"))]);
    let received = || {
        let mut buffer = [0; 128];
        let length = manager.recv(&mut buffer).expect("a message");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    assert_eq!(received(), "READY=1");
    exporter.signal("HUP");
    assert!(received().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(received(), "READY=1");
    exporter.signal("TERM");
    assert_eq!(received(), "STOPPING=1");
}
