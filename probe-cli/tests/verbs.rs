//! Every verb against a small server on loopback: what it says, and with which exit code it ends.

#[path = "verbs/servers.rs"]
mod servers;
mod support;

use std::net::Ipv4Addr;

use servers::{authority, dns, grpc, http, tls, udp, unix, websocket};
use support::{json, probe};

/// Nobody listens there as long as the socket lives: it belongs to somebody else.
fn closed_udp_port() -> (std::net::UdpSocket, String) {
    let taken = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    taken.connect((Ipv4Addr::LOCALHOST, 9)).expect("it can be connected");
    let target = taken.local_addr().expect("it is bound").to_string();
    (taken, target)
}

#[test]
fn udp_sends_and_expects() {
    let target = udp(|got| [b"pong ", got].concat());
    let run = probe(&["udp", &target, "--send", r"a\x00", "--expect", r"^pong a\x00$"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with(&format!("ok   udp {target}  ")), "{}", run.stdout);
    let run = probe(&["udp", &target, "--send", "a", "--expect", "^b"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains("  expectation/validate: step 2: the answer does not match"),
        "{}",
        run.stdout
    );
}

#[test]
fn udp_hears_of_a_closed_port() {
    let (_taken, target) = closed_udp_port();
    let run = probe(&["udp", &target, "--wait", "60"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("connect/processing: port unreachable"), "{}", run.stdout);
}

#[test]
fn dns_shows_its_answer_and_judges_it() {
    let server = dns();
    let run = probe(&["dns", &server, "--name", "web.example"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let shown = "  answer  rcode   NOERROR\n          record  web.example. 300 IN A 192.0.2.7\n";
    assert!(run.stdout.ends_with(shown), "{}", run.stdout);
    for (arguments, code) in [
        (&["--match", r"192\.0\.2\.7$"][..], 0),
        (&["--match", r"192\.0\.2\.8$"], 1),
        (&["--no-match", "192"], 1),
        (&["--rcode", "NXDOMAIN,NOERROR"], 0),
        (&["--rcode", "NXDOMAIN"], 1),
        (&["--tcp", "--attempts", "2"], 1),
    ] {
        let run = probe(&[&["dns", "-q", &server, "--name", "web.example"], arguments].concat());
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stdout);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    }
}

#[test]
fn http_judges_status_headers_and_body() {
    let target = http("HTTP/1.1 200 OK\r\nServer: small\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}");
    let url = format!("http://{target}/health");
    for (arguments, code) in [
        (&[][..], 0),
        (&["--status", "204,2xx"], 0),
        (&["--status", "204"], 1),
        (&["--match", "\"ok\""], 0),
        (&["--no-match", "\"ok\""], 1),
        (&["--match-header", "Server: ^small$"], 0),
        (&["--match-header", "X-None: ."], 1),
        (&["--no-match-header", "X-None: ."], 0),
        (&["--match-json", "body.status == 'ok'"], 0),
        (&["--match-json", "body.status == 'no'"], 1),
        (&["--fail-if-not-ssl"], 1),
        (&["--http2"], 1),
        (&["--max-filesize", "10"], 1),
    ] {
        let run = probe(&[&["http", "-q", &url], arguments].concat());
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stdout);
    }
}

#[test]
fn http_shows_headers_and_phases_to_who_asks() {
    let target = http("HTTP/1.1 200 OK\r\nServer: small\r\nContent-Length: 0\r\n\r\n");
    let run = probe(&["http", &target]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{}", run.stdout);
    let run = probe(&["http", "-v", &target]);
    for part in ["  answer   status  HTTP/1.1 200\n", "  headers  server          small\n"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let bar = run.stdout.lines().find(|line| line.contains("http_duration_seconds phase=connect"));
    assert!(bar.is_some_and(|line| line.contains(" ms  ")), "{}", run.stdout);
    let report = json(&probe(&["http", "--format", "json", &target]).stdout)["reports"][0].clone();
    let headers = report["notes"].as_array().expect("notes").iter().find(|note| note["name"] == "headers");
    assert_eq!(headers.expect("headers are noted")["fields"][0]["value"], "small");
}

#[test]
fn http_sends_what_curl_would() {
    let target = servers::echo();
    let run = probe(&[
        "http",
        "-q",
        &target,
        "-X",
        "PUT",
        "-H",
        "X-One: 1",
        "-A",
        "me",
        "-u",
        "u:p",
        "-d",
        "body",
        "--match",
        "(?s)^PUT / HTTP/1.1\r\n.*User-Agent: me\r\n.*X-One: 1\r\n.*Authorization: Basic dTpw\r\n.*\r\n\r\nbody",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let run = probe(&["http", "-q", &target, "-d", "x", "--match", "^POST / "]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn tls_shows_chains_and_judges_the_days_left() {
    let root = authority();
    let target = tls(&root, 30);
    let ca = root.file("root.pem");
    let check =
        |arguments: &[&str]| probe(&[&["tls", &target, "--server-name", "web.test"], arguments].concat());

    let run = check(&["--ca", &ca]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    for part in
        ["version  TLS 1.3", "trust    verified by one chain", "subject  CN=web.test", ", in 29 days\n"]
    {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let run = check(&["--ca", &ca, "--warn-days", "40", "-q"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{}", run.stdout);
    let warning = format!("probe: warning: {target}: certificate ends in 29 days, less than 40 days\n");
    assert_eq!(run.stderr, warning);
    let run = check(&["--ca", &ca, "--crit-days", "40"]);
    assert_eq!(run.code, Some(1));
    let failure = "  expectation/validate: the certificate ends in 29 days, less than 40 days\n";
    assert!(run.stdout.contains(failure), "{}", run.stdout);
}

#[test]
fn tls_looks_at_certificates_that_are_not_to_be_trusted() {
    let target = tls(&authority(), 30);
    let run = probe(&["tls", &target, "--ca", &authority().file("other.pem")]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("  tls/tls: certificate not accepted: "), "{}", run.stdout);
    assert!(run.stdout.contains("trust    not verified\n"), "{}", run.stdout);
    assert!(run.stdout.contains("subject  CN=web.test\n"), "{}", run.stdout);
    let run = probe(&["tls", "-q", &target, "--insecure"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn tcp_speaks_tls_and_holds_dialogues() {
    let root = authority();
    let target = tls(&root, 30);
    let run =
        probe(&["tcp", "-q", &target, "--tls", "--ca", &root.file("tcp.pem"), "--server-name", "web.test"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let greeting = servers::say("SSH-2.0-test\r\n");
    assert_eq!(probe(&["tcp", "-q", &greeting, "--dialogue", "ssh_banner"]).code, Some(0));
    assert_eq!(probe(&["tcp", "-q", &greeting, "--send", "x", "--expect", "^SSH-1"]).code, Some(1));
}

#[test]
fn grpc_tells_services_apart() {
    for (status, code) in [(1, 0), (2, 1)] {
        let target = grpc(status);
        let run = probe(&["grpc", &target, "--service", "shop", "--metadata", "x-tenant=blue"]);
        assert_eq!(run.code, Some(code), "{}", run.stdout);
    }
    let run = probe(&["grpc", "127.9.9.9:1"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("  connect/connect: "), "{}", run.stdout);
}

#[test]
fn websockets_talk() {
    for (expected, code) in [("^hello", 0), ("^bye", 1)] {
        let url = websocket();
        let run = probe(&["ws", &url, "-H", "X-One: 1", "--expect", expected]);
        assert_eq!(run.code, Some(code), "{}", run.stdout);
        let verdict = if code == 0 { "ok   websocket " } else { "FAIL websocket " };
        assert!(run.stdout.starts_with(verdict), "{}", run.stdout);
    }
}

#[test]
fn unix_sockets_talk() {
    let path = unix("verbs.sock", "ready\n");
    assert_eq!(probe(&["unix", &path]).code, Some(0));
    assert_eq!(probe(&["unix", &path, "--expect", "^ready$"]).code, Some(0));
    let run = probe(&["unix", "/nonexistent/socket"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("connect/connect: cannot connect to unix socket"), "{}", run.stdout);
}
