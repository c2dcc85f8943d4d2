//! Tinyproxy and Squid, HTTP proxies, and microsocks, a SOCKS5 proxy: pages of nginx through them.

use std::path::PathBuf;

use libtest_mimic::Trial;

use super::bench::{Fact, Problem, trials};
use super::folder::Folder;
use super::nginx::{self, Nginx};
use super::ports;
use super::programs::{self, Program};
use super::report::{Report, probe};
use super::server::{Launch, Server};

/// A proxy, another that wants `somebody` and `secret`, and an origin.
struct Proxied {
    scheme: &'static str,
    open: u16,
    closed: u16,
    origin: Nginx,
    _servers: [Server; 2],
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let http: [Fact<Proxied>; 6] = [
        ("a page comes through it", page),
        ("a page over TLS comes through a tunnel", tunnel),
        ("an origin that is not there is a failure", absent_origin),
        ("a wrong password is refused with a status", http_password),
        ("a wrong password opens no tunnel", tunnel_password),
        ("a proxy that is not there is a failed connection", absent_proxy),
    ];
    let socks: [Fact<Proxied>; 5] = [
        ("a page comes through it", page),
        ("a page over TLS comes through it", tunnel),
        ("an origin that is not there is a failure", absent_origin_of_socks),
        ("a wrong password is refused", socks_password),
        ("a proxy that is not there is a failed connection", absent_proxy),
    ];
    let squid: [Fact<Proxied>; 5] = [
        ("a page comes through it", squid_page),
        ("a page over TLS comes through a tunnel", squid_tunnel),
        ("an origin that is not there is a failure with its status", squid_absent_origin),
        ("one that allows nobody is a failure with its status", squid_denied),
        ("one that allows nobody opens no tunnel", squid_denied_tunnel),
    ];
    let mut all = trials("tinyproxy", start_tinyproxy, &http);
    all.extend(trials("squid", start_squid, &squid));
    all.extend(trials("microsocks", start_microsocks, &socks));
    all
}

fn start_tinyproxy() -> Result<Proxied, Problem> {
    let tinyproxy = Program::find("tinyproxy", "tinyproxy-bin")?;
    let run = |port: u16, further: &str| {
        let folder = Folder::new("tinyproxy");
        let file = folder.write("conf", format!("Port {port}\nListen 127.0.0.1\nTimeout 30\n{further}"));
        Launch::new(&tinyproxy).args(["-d", "-c"]).args([file]).listening(&[port], folder)
    };
    let (open, closed) = (ports::free(), ports::free());
    let servers = [run(open, "")?, run(closed, "BasicAuth somebody secret\n")?];
    Ok(Proxied { scheme: "http", open, closed, origin: nginx::start()?, _servers: servers })
}

/// One that allows everybody, and one that allows nobody.
fn start_squid() -> Result<Proxied, Problem> {
    let squid = Program::find("squid", "squid")?;
    let root = if squid.is_unpacked() { programs::unpacked() } else { PathBuf::from("/") };
    let run = |port: u16, access: &str| {
        let folder = Folder::new("squid");
        let (own, share) = (folder.path().display().to_string(), root.join("usr/share/squid"));
        let (share, lib) = (share.display().to_string(), root.join("usr/lib/squid").display().to_string());
        let configuration = format!(
            "http_port 127.0.0.1:{port}
http_access {access} all
cache deny all
access_log none
cache_store_log none
cache_log stdio:{own}/cache.log
pid_filename {own}/pid
coredump_dir {own}
netdb_filename none
visible_hostname squid.test
shutdown_lifetime 0 seconds
pinger_enable off
mime_table {share}/mime.conf
icon_directory {share}/icons
error_directory {share}/errors/templates
unlinkd_program {lib}/unlinkd
logfile_daemon {lib}/log_file_daemon
pinger_program {lib}/pinger
"
        );
        let file = folder.write("conf", configuration);
        Launch::new(&squid).args(["-N", "-f"]).args([file]).listening(&[port], folder)
    };
    let (open, closed) = (ports::free(), ports::free());
    let servers = [run(open, "allow")?, run(closed, "deny")?];
    Ok(Proxied { scheme: "http", open, closed, origin: nginx::start()?, _servers: servers })
}

fn start_microsocks() -> Result<Proxied, Problem> {
    let microsocks = Program::find("microsocks", "microsocks")?;
    let run = |port: u16, further: &[&str]| {
        let launch = Launch::new(&microsocks).args(["-i", "127.0.0.1", "-p"]).args([port.to_string()]);
        launch.args(further).listening(&[port], Folder::new("microsocks"))
    };
    let (open, closed) = (ports::free(), ports::free());
    let servers = [run(open, &[])?, run(closed, &["-u", "somebody", "-P", "secret"])?];
    Ok(Proxied { scheme: "socks5", open, closed, origin: nginx::start()?, _servers: servers })
}

impl Proxied {
    /// Probes a target through a proxy; `user` is empty or ends with `@`.
    #[track_caller]
    fn get(&self, user: &str, port: u16, target: &str) -> Report {
        let authority = self.origin.certificates.authority.display();
        let settings = format!(
            "proxy_url: '{}://{user}127.0.0.1:{port}', tls_config: {{ca_file: '{authority}'}}",
            self.scheme
        );
        probe(&format!("{{prober: http, http: {{{settings}}}}}"), target)
    }

    fn plain(&self) -> String {
        format!("http://127.0.0.1:{}/", self.origin.plain)
    }

    fn tls(&self) -> String {
        format!("https://127.0.0.1:{}/", self.origin.tls)
    }
}

fn page(proxied: &Proxied) {
    proxied.get("", proxied.open, &proxied.plain()).succeeded().with("probe_http_status_code", 200.0);
    proxied.get("somebody:secret@", proxied.closed, &proxied.plain()).succeeded();
}

fn tunnel(proxied: &Proxied) {
    for (user, port) in [("", proxied.open), ("somebody:secret@", proxied.closed)] {
        let report = proxied.get(user, port, &proxied.tls()).succeeded().with("probe_http_ssl", 1.0);
        report.with("probe_http_version", 2.0).labelled("probe_tls_version_info", "version", "TLS 1.3");
    }
}

/// A target on loopback where nothing listens.
fn nowhere() -> String {
    format!("http://127.0.0.1:{}/", ports::free())
}

fn absent_origin(proxied: &Proxied) {
    let report = proxied.get("", proxied.open, &nowhere()).failed("expectation", "validate");
    report.with("probe_http_status_code", 500.0);
}

fn absent_origin_of_socks(proxied: &Proxied) {
    proxied.get("", proxied.open, &nowhere()).failed("connect", "connect");
}

fn squid_page(proxied: &Proxied) {
    proxied.get("", proxied.open, &proxied.plain()).succeeded().with("probe_http_status_code", 200.0);
}

fn squid_tunnel(proxied: &Proxied) {
    let report = proxied.get("", proxied.open, &proxied.tls()).succeeded().with("probe_http_ssl", 1.0);
    report.with("probe_http_version", 2.0).labelled("probe_tls_version_info", "version", "TLS 1.3");
}

fn squid_absent_origin(proxied: &Proxied) {
    let report = proxied.get("", proxied.open, &nowhere()).failed("expectation", "validate");
    report.with("probe_http_status_code", 503.0);
}

fn squid_denied(proxied: &Proxied) {
    let report = proxied.get("", proxied.closed, &proxied.plain()).failed("expectation", "validate");
    report.with("probe_http_status_code", 403.0);
}

fn squid_denied_tunnel(proxied: &Proxied) {
    proxied.get("", proxied.closed, &proxied.tls()).failed("connect", "connect");
}

fn http_password(proxied: &Proxied) {
    let report = proxied.get("somebody:wrong@", proxied.closed, &proxied.plain());
    let status = report.value("probe_http_status_code");
    assert!(matches!(status, Some(401.0 | 407.0)), "{report}");
    report.failed("expectation", "validate");
}

fn tunnel_password(proxied: &Proxied) {
    let report = proxied.get("somebody:wrong@", proxied.closed, &proxied.tls());
    report.failed("connect", "connect").with("probe_http_status_code", 0.0);
}

fn socks_password(proxied: &Proxied) {
    proxied.get("somebody:wrong@", proxied.closed, &proxied.plain()).failed("connect", "connect");
}

fn absent_proxy(proxied: &Proxied) {
    proxied.get("", ports::free(), &proxied.plain()).failed("connect", "connect");
}
