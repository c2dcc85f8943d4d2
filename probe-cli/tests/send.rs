//! Results that are sent on, as far as that needs no receiver of other people's.

#[allow(dead_code)]
mod support;

use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use support::probe;

/// An open port.
fn port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let open = listener.local_addr().expect("it is bound").to_string();
    (listener, open)
}

#[test]
fn statsd_gets_gauges_with_tags() {
    let server = UdpSocket::bind("127.0.0.1:0").expect("loopback has ports");
    server.set_read_timeout(Some(Duration::from_secs(30))).expect("it is ours");
    let place = server.local_addr().expect("it is bound").to_string();
    let (_listener, open) = port();
    let run = probe(&["tcp", &open, "-q", "--statsd", &place, "--send-label", "site=home"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let mut datagram = [0; 2048];
    let length = server.recv(&mut datagram).expect("a datagram");
    let text = String::from_utf8_lossy(&datagram[..length]);
    let wanted = format!("probe_success:1|g|#module:tcp,site:home,target:{open}");
    assert!(text.lines().any(|line| line == wanted), "{text}");
}

#[test]
fn what_makes_no_sense_is_named_and_nothing_else_is_lost() {
    let (_listener, open) = port();
    for (arguments, words) in [
        (["--remote-write", "ftp://a/"], "ftp://a/: an http or https URL with a host is wanted"),
        (["--otlp", "http://u:p@a/"], "do not belong into the URL"),
        (["--statsd", "a:b"], "a host is wanted, or HOST:PORT"),
        (["--influx", "nowhere"], "nowhere: "),
    ] {
        let run = probe(&[["tcp", open.as_str(), "-q"].as_slice(), &arguments].concat());
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert!(run.stdout.starts_with("ok "), "{}", run.stdout);
    }
    let run = probe(&["tcp", &open, "--zabbix-server", "a"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn without_a_receiver_series_wait_and_the_code_is_that_of_the_checks() {
    let folder = std::env::temp_dir().join(format!("probe-send-{}", std::process::id()));
    let (_listener, open) = port();
    let spool = folder.display().to_string();
    let url = "http://127.9.9.9:1/api/v1/write".to_owned();
    let run = probe(&["tcp", &open, "-q", "--remote-write", &url, "--spool", &spool]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("values wait in the spool"), "{}", run.stderr);
    let run = probe(&["tcp", &open, "-q", "--remote-write", &url]);
    assert_eq!(run.code, Some(4), "without a spool they are lost: {}", run.stderr);
    let _ = std::fs::remove_dir_all(folder);
}
