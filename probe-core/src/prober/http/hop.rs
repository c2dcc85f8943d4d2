//! One hop: where it goes and what it says.

use std::net::IpAddr;

use super::cookies::CookieScope;
use crate::model::{Recorder, Severity};
use crate::wire::url::{Url, UserInfo, split_port};

/// Where a hop goes and what it says.
pub(super) struct Hop {
    pub(super) url: Url,
    /// The host to name.
    pub(super) host: String,
    pub(super) method: String,
    pub(super) has_body: bool,
    pub(super) referer: Option<String>,
}

impl Hop {
    /// Where it goes, for cookies: to the host that it names.
    pub(super) fn scope<'h>(&'h self, path: &'h str) -> CookieScope<'h> {
        let host = split_port(&self.host).0;
        CookieScope { host, path, is_secure: self.url.is_https() || is_here(host) }
    }

    /// Says where it goes, with the host that it names should that matter, and whether that is elsewhere than `first`,
    /// where the probe began.
    pub(super) fn announce(&self, first: &str, names_host: bool, out: &mut Recorder) {
        if !out.keeps_log(Severity::Debug) {
            return;
        }
        let url = Url { user: self.url.user.as_ref().map(masked), ..self.url.clone() };
        let url = shown(url.to_string().as_bytes());
        let host = if names_host { &self.host } else { "" };
        out.log(Severity::Debug, "Making HTTP request", &[("url", &url), ("host", &host)]);
        if self.url.host != first {
            let message = "Address does not match first address, not sending TLS ServerName";
            out.log(Severity::Debug, message, &[("first", &first), ("address", &self.url.host)]);
        }
    }
}

/// A text of a server's for people: no control characters, and not all of a megabyte.
pub(super) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 1024;

    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]);
    text.replace(char::is_control, "\u{fffd}")
}

/// Whether a host is this machine, to which nobody listens in: secure cookies may go there without TLS.
fn is_here(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return ip.to_canonical().is_loopback();
    }
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The same user with a password that may be shown.
fn masked(user: &UserInfo) -> UserInfo {
    UserInfo { name: user.name.clone(), password: user.password.as_ref().map(|_| "xxxxx".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(url: &str, host: &str) -> Hop {
        let url = Url::parse(url.as_bytes()).expect("a URL");
        Hop { url, host: host.into(), method: "GET".into(), has_body: false, referer: None }
    }

    #[test]
    fn secure_cookies_need_tls_or_this_machine() {
        for (url, host, is_secure) in [
            ("http://192.0.2.1/", "web.example:80", false),
            ("https://192.0.2.1/", "web.example", true),
            ("http://192.0.2.1/", "localhost:80", true),
            ("http://192.0.2.1/", "a.LOCALHOST", true),
            ("http://192.0.2.1/", "[::1]:80", true),
            ("http://192.0.2.1/", "127.9.9.9", true),
            ("http://127.0.0.1/", "web.example", false),
        ] {
            assert_eq!(hop(url, host).scope("/").is_secure, is_secure, "{url} {host}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let mut out = Recorder::default().keeping_log(Some(Severity::Debug));
        hop("http://u:hush@h/", "h").announce("h", true, &mut out);
        let lines = out.take_log();
        assert_eq!(lines[0].fields, [("url", "http://u:xxxxx@h/".to_owned()), ("host", "h".to_owned())]);
    }
}
