//! `check_http`.

use probe_core::model::Report;
use probe_core::render::threshold::State;

use super::super::line::{judge, number, time_data, why};
use super::{
    CRITICAL, Check, HELP, HOST, IPV4, IPV6, PORT, SNI, TIME, VERBOSE, VERSION, WARNING, common, days_left,
    literally, only, timeout, with_port,
};
use crate::getopt::{Opt, Options};

/// Every status there is.
const ANY_STATUS: &str = "100-599";
/// The option that turns a pattern around; it has no letter.
const INVERT: char = '\u{e001}';

pub(super) const HTTP: Check = Check {
    name: "check_http",
    also: Some("check_curl"),
    purpose: "Asks a web server, and judges the status, the time and the page, or its certificate.",
    options: &[
        HOST,
        Opt {
            short: 'I',
            long: "IP-address",
            value: "ADDRESS",
            help: "Connect here; -H is then the host to name",
        },
        PORT,
        Opt { short: 'u', long: "url", value: "PATH", help: "What to ask for [/]" },
        Opt {
            short: 'S',
            long: "ssl",
            value: "[VERSION]",
            help: "Speak TLS, of this version or, with a +, a later one; any certificate will do",
        },
        Opt { short: SNI, long: "sni", value: "", help: "Taken: the name is always sent" },
        Opt {
            short: 'C',
            long: "certificate",
            value: "DAYS[,DAYS]",
            help: "Judge the certificate alone: fewer days left are a warning, and critical",
        },
        Opt { short: 'J', long: "client-cert", value: "FILE", help: "Certificate to show" },
        Opt { short: 'K', long: "private-key", value: "FILE", help: "Its key" },
        Opt { short: 's', long: "string", value: "TEXT", help: "Fail unless the page has this" },
        Opt { short: 'r', long: "regex", value: "RE", help: "Fail unless the page matches this" },
        Opt { short: 'R', long: "eregi", value: "RE", help: "The same whatever the case" },
        Opt { short: INVERT, long: "invert-regex", value: "", help: "Fail if it does" },
        Opt { short: 'd', long: "header-string", value: "TEXT", help: "Fail unless a header has this" },
        Opt {
            short: 'e',
            long: "expect",
            value: "TEXTS",
            help: "Fail unless the first line has one of these, such as 200,302 or HTTP/1.1 200",
        },
        Opt {
            short: 'm',
            long: "pagesize",
            value: "MIN[:MAX]",
            help: "Warn unless the page has as many bytes",
        },
        Opt {
            short: 'f',
            long: "onredirect",
            value: "WHAT",
            help: "ok, warning, critical, follow, sticky or stickyport [ok]",
        },
        Opt { short: 'j', long: "method", value: "METHOD", help: "The method [GET]" },
        Opt { short: 'a', long: "authorization", value: "USER:PASSWORD", help: "Log in" },
        Opt {
            short: 'P',
            long: "post",
            value: "TEXT",
            help: "Send this, with POST unless -j names another method",
        },
        Opt {
            short: 'T',
            long: "content-type",
            value: "TYPE",
            help: "Its type [application/x-www-form-urlencoded]",
        },
        Opt { short: 'A', long: "useragent", value: "NAME", help: "Say that we are this" },
        Opt {
            short: 'N',
            long: "no-body",
            value: "",
            help: "Taken: a page is read anyway, so that its size is known",
        },
        Opt { short: 'l', long: "linespan", value: "", help: "Let a dot in -r match the end of a line" },
        Opt { short: 'E', long: "extended-perfdata", value: "", help: "Tell each phase's time" },
        Opt { short: 'L', long: "link", value: "", help: "Taken, and without effect" },
        Opt { short: 'k', long: "header", value: "NAME: VALUE", help: "Send this header" },
        WARNING,
        CRITICAL,
        TIME,
        IPV4,
        IPV6,
        VERBOSE,
        HELP,
        VERSION,
    ],
    line,
    tell,
};

fn line(options: &Options) -> Result<Vec<String>, String> {
    let name = options.value('H').or(options.words.first().map(String::as_str));
    let place = options.value('I').or(name).ok_or("a host is wanted: -H HOST or -I ADDRESS")?;
    let name = name.filter(|_| options.has('I'));
    let is_tls = options.has('S') || options.has('C');
    let (scheme, usual) = if is_tls { ("https", "443") } else { ("http", "80") };
    let place = with_port(place, options.value('p').unwrap_or(usual));
    if options.has('C') {
        let mut line = ["tls", &place, "--warn-days", "0", "--crit-days", "0"].map(str::to_owned).to_vec();
        line.extend(common(options)?);
        line.extend(tls(options, name)?);
        return Ok(line);
    }
    let path = options.value('u').unwrap_or("/");
    let mut line = vec!["http".to_owned(), format!("{scheme}://{place}{path}"), "--status".to_owned()];
    line.push(options.value('e').map_or_else(|| Ok(ANY_STATUS.to_owned()), statuses)?);
    line.extend(common(options)?);
    if let Some(name) = name {
        line.extend(["--header".to_owned(), format!("Host: {name}")]);
    }
    if is_tls {
        line.extend(tls(options, name)?);
    }
    if !options.value('f').is_some_and(|what| matches!(what, "follow" | "sticky" | "stickyport")) {
        line.push("--no-follow".to_owned());
    }
    line.extend(request(options));
    line.extend(rules(options)?);
    Ok(line)
}

/// What is sent.
fn request(options: &Options) -> Vec<String> {
    let mut line = Vec::new();
    for (short, option) in [('j', "--request"), ('a', "--user"), ('A', "--user-agent"), ('P', "--data")] {
        if let Some(value) = options.value(short) {
            line.extend([option.to_owned(), value.to_owned()]);
        }
    }
    if let Some(kind) = options.value('T') {
        line.extend(["--header".to_owned(), format!("Content-Type: {kind}")]);
    }
    for value in options.values('k') {
        line.extend(["--header".to_owned(), value.to_owned()]);
    }
    line
}

/// What must come back.
fn rules(options: &Options) -> Result<Vec<String>, String> {
    let mut line = Vec::new();
    let flags = match (options.has('R'), options.has('l')) {
        (true, true) => "(?is)",
        (true, false) => "(?i)",
        (false, true) => "(?s)",
        (false, false) => "",
    };
    let rule = if options.has(INVERT) { "--no-match" } else { "--match" };
    if let Some(pattern) = options.value('R').or(options.value('r')) {
        line.extend([rule.to_owned(), format!("{flags}{pattern}")]);
    }
    if let Some(text) = options.value('s') {
        line.extend(["--match".to_owned(), literally(text)]);
    }
    if let Some(text) = options.value('d') {
        let (name, value) =
            text.split_once(':').ok_or_else(|| format!("header {text:?}: NAME: TEXT is wanted"))?;
        line.extend(["--match-header".to_owned(), format!("{name}: {}", literally(value.trim()))]);
    }
    Ok(line)
}

/// How TLS is spoken, and who is asked for.
fn tls(options: &Options, name: Option<&str>) -> Result<Vec<String>, String> {
    let mut line = vec!["--insecure".to_owned()];
    if let Some(name) = name {
        line.extend(["--server-name".to_owned(), name.to_owned()]);
    }
    for (short, option) in [('J', "--cert"), ('K', "--key")] {
        if let Some(file) = options.value(short) {
            line.extend([option.to_owned(), file.to_owned()]);
        }
    }
    let version = options.value('S').unwrap_or_default();
    if !version.is_empty() {
        let least = version.trim_end_matches('+');
        let known = match least {
            "1" | "1.0" => "1.0",
            "1.1" => "1.1",
            "1.2" => "1.2",
            "1.3" => "1.3",
            _ => return Err(format!("TLS version {version:?} is none of 1, 1.1, 1.2 and 1.3")),
        };
        line.extend(["--tls-min".to_owned(), known.to_owned()]);
        if least == version {
            line.extend(["--tls-max".to_owned(), known.to_owned()]);
        }
    }
    Ok(line)
}

fn tell(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    let report = only(reports)?;
    if let Some(days) = options.value('C') {
        let (warning, critical) = days_left(days)?;
        if !report.is_success() {
            return Ok((format!("SSL CRITICAL - {}: {}\n", report.target, why(report)), State::Critical));
        }
        let (text, state) = super::ssl::judge_days(report, warning, critical);
        return Ok((format!("{text}\n"), state));
    }
    let status = number(report, "status").filter(|status| *status > 0.0);
    let Some(status) = status else {
        return Ok((format!("HTTP CRITICAL - {}\n", why(report)), State::Critical));
    };
    let time = number(report, "time").unwrap_or_default();
    let size = number(report, "size").unwrap_or_default();
    let (warning, critical) = (options.value('w'), options.value('c'));
    let of_status = if options.has('e') { State::Ok } else { by_status(status, options.value('f'))? };
    let of_page = if report.is_success() { State::Ok } else { State::Critical };
    let (of_size, least) = by_size(size, options.value('m'))?;
    let state = judge(time, warning, critical)?.worst(of_status).worst(of_page).worst(of_size);
    let mut problem = if report.is_success() { String::new() } else { format!(" - {}", why(report)) };
    if of_size != State::Ok {
        problem.push_str(" - a page of another size is wanted");
    }
    let mut data = time_data(time, warning, critical, timeout(options)?);
    data.push_str(&format!(" size={size}B;{least};;0;"));
    if options.has('E') {
        data.push_str(&phases(report, options.has('S'), timeout(options)?));
    }
    let text =
        format!("HTTP {state}: status {status}{problem} - {size} bytes in {time:.3} second response time");
    Ok((format!("{text} |{data}\n"), state))
}

/// A page that is too small or too large is a warning; and the least size, as it is told.
fn by_size(size: f64, range: Option<&str>) -> Result<(State, String), String> {
    let Some(text) = range else { return Ok((State::Ok, String::new())) };
    let number =
        |text: &str| text.parse::<f64>().map_err(|_| format!("page size {text:?}: MIN:MAX is wanted"));
    let (least, most) = match text.split_once(':') {
        Some((least, most)) => (number(least)?, number(most)?),
        None => (number(text)?, f64::INFINITY),
    };
    let state = if (least..=most).contains(&size) { State::Ok } else { State::Warning };
    Ok((state, least.to_string()))
}

/// The statuses whose lines have one of these texts in them. Of a version alone they are all, since a version is not judged.
fn statuses(texts: &str) -> Result<String, String> {
    let mut found = Vec::new();
    for text in texts.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let words = || text.split(|character: char| !character.is_ascii_digit());
        if let Some(code) = words().find(|word| word.len() == 3) {
            found.push(code.to_owned());
        } else if text.chars().all(|character| character.is_ascii_digit()) {
            found.extend((100..=599).map(|code| code.to_string()).filter(|code| code.contains(text)));
        } else if ["HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2 "].iter().any(|version| version.starts_with(text)) {
            return Ok(ANY_STATUS.to_owned());
        } else {
            return Err(format!("-e {text:?}: a status is wanted, such as 200 or HTTP/1.1 200"));
        }
    }
    if found.is_empty() { Err("-e wants a status, such as 200".to_owned()) } else { Ok(found.join(",")) }
}

/// The times of the phases; nobody times how long it takes to send the request.
fn phases(report: &Report, is_tls: bool, timeout: f64) -> String {
    let names = [
        ("time_connect", "connect"),
        ("time_ssl", "tls"),
        ("time_firstbyte", "processing"),
        ("time_transfer", "transfer"),
    ];
    let mut text = String::new();
    for (name, phase) in names.into_iter().filter(|(_, phase)| is_tls || *phase != "tls") {
        let selector = format!("probe_http_duration_seconds{{phase=\"{phase}\"}}");
        if let Some(seconds) = number(report, &selector) {
            text.push_str(&format!(" {name}={seconds:.6}s;;;;{timeout:.6}"));
        }
    }
    text
}

/// A client's error is a warning and a server's is critical; a redirect is whatever was said it is.
fn by_status(status: f64, on_redirect: Option<&str>) -> Result<State, String> {
    Ok(match status {
        400.0..500.0 => State::Warning,
        500.0.. => State::Critical,
        300.0..400.0 => match on_redirect.unwrap_or("ok") {
            "ok" | "follow" | "sticky" | "stickyport" => State::Ok,
            "warning" => State::Warning,
            "critical" => State::Critical,
            other => return Err(format!("onredirect {other:?} is none of ok, warning, critical and follow")),
        },
        _ => State::Ok,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines_are_known_by_their_codes() {
        for (texts, expected) in [
            ("200", "200"),
            ("200, 302", "200,302"),
            ("HTTP/1.1 200 OK,404 Not Found", "200,404"),
            ("HTTP/1.", "100-599"),
            ("HTTP/1.0 ", "100-599"),
            ("99", "199,299,399,499,599"),
        ] {
            assert_eq!(statuses(texts).as_deref(), Ok(expected), "{texts}");
        }
        for texts in ["", ",", "OK", "HTTP/3x"] {
            assert!(statuses(texts).is_err(), "{texts}");
        }
    }
}
