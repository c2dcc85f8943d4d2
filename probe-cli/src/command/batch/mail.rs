//! Mail about what has changed: one for all that a run finds, one more when it is well again, and never a storm.

mod memory;

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use probe_core::model::{Report, Verdict, chain};
use probe_core::prober::Services;
use probe_core::render::news::{Change, Item, News};
use probe_core::render::text::{self, Style};
use probe_core::sink::address::ServerAddress;
use probe_core::sink::mail::{Envelope, MailServer, MailTls};

use self::memory::{Known, Memory};
use super::super::host_name;
use super::changes::key;
use crate::args::{MailArgs, MailProtection};

/// The usual ports of servers that take mail: in the clear at first, and over TLS.
const PORT: u16 = 25;
const TLS_PORT: u16 = 465;
/// How long a server may take for one step.
const PATIENCE: Duration = Duration::from_secs(30);
/// As much of what was seen as a mail has for one check.
const EVIDENCE_LINES: usize = 40;
/// Measurements that tell nothing of a failure that its reason does not.
const SAID_ALREADY: [&str; 5] =
    ["success", "duration_seconds", "ip_protocol", "ip_addr_hash", "dns_lookup_time_seconds"];
/// What bars beside durations are made of; in a mail they are as wide as a telephone.
const BAR: [char; 9] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█', ' '];
const PLAIN: Style = Style { color: false, verbose: true, quiet: false };

/// What is mailed at the end of a run.
pub(super) struct Mail<'a> {
    args: &'a MailArgs,
    state: &'a Path,
    envelope: Envelope,
    server: MailServer,
    memory: Memory,
    host: String,
    items: Vec<(String, Item)>,
    seen: HashSet<String>,
    checks: usize,
}

impl<'a> Mail<'a> {
    /// `None` if nobody is to be told; in words what is wrong with the arguments or the file.
    pub(super) fn new(args: &'a MailArgs, services: &Services) -> Result<Option<Self>, String> {
        let Some(state) = args.mail_state.as_deref().filter(|_| !args.mail_to.is_empty()) else {
            return Ok(None);
        };
        let host = host_name().unwrap_or_else(|| "localhost".to_owned());
        let from = args.mail_from.clone().unwrap_or_else(|| format!("probe@{host}"));
        let to = args.mail_to.iter().flat_map(|to| to.split(',')).map(str::trim);
        let envelope = Envelope::new(&from, to).map_err(|error| chain(&error))?;
        let memory = Memory::read(state)?;
        let server = server(args, services)?;
        let (items, seen, checks) = (Vec::new(), HashSet::new(), 0);
        Ok(Some(Self { args, state, envelope, server, memory, host, items, seen, checks }))
    }

    /// Looks at what a check has come to.
    pub(super) fn look(&mut self, report: &Report) {
        let key = key(report);
        let now = report.started + report.elapsed;
        let known = self.memory.checks.entry(key.clone()).or_default();
        let before = known.clone();
        known.note(report.is_success(), report.started);
        if report.is_success() {
            if known.is_told_down {
                let item = item(Change::Up, &key, known, &before, now);
                self.items.push((key.clone(), item));
            }
        } else {
            known.reason = reason(report);
            if !known.is_told_down && known.failures >= self.args.mail_after {
                let mut item = item(Change::Down, &key, known, &before, now);
                item.evidence = evidence(report);
                self.items.push((key.clone(), item));
            }
        }
        self.seen.insert(key);
        self.checks += 1;
    }

    /// Sends what there is to tell, unless the last mail is too recent, and remembers it. In words what went wrong, and whether
    /// somebody was not told.
    pub(super) async fn finish(mut self, now: SystemTime) -> Result<(), String> {
        let gone = self.memory.checks.iter().filter(|(key, _)| !self.seen.contains(key.as_str()));
        let gone: Vec<(String, Known)> = gone.map(|(key, known)| (key.clone(), known.clone())).collect();
        for (key, known) in gone {
            if known.is_told_down {
                self.items.push((key.clone(), item(Change::Gone, &key, &known, &known, now)));
            } else {
                self.memory.checks.remove(&key);
            }
        }
        let is_early = self.memory.mailed.is_some_and(|mailed| {
            now.duration_since(mailed).is_ok_and(|since| since < self.args.mail_interval)
        });
        if self.items.is_empty() || is_early {
            return self.memory.write(self.state);
        }
        let sent = self.server.send(&self.envelope, &self.news()).await;
        let sent = sent.map_err(|error| format!("mail: {}", chain(&error)));
        if sent.is_ok() {
            self.memory.mailed = Some(now);
            for (key, item) in &self.items {
                match item.change {
                    Change::Gone => drop(self.memory.checks.remove(key)),
                    change => {
                        self.memory.checks.entry(key.clone()).or_default().is_told_down =
                            change == Change::Down;
                    }
                }
            }
        }
        // Whoever could not be told is told by the next run.
        self.memory.write(self.state).and(sent)
    }

    fn news(&self) -> News {
        let told: HashSet<&String> = self.items.iter().map(|(key, _)| key).collect();
        let down = self.memory.checks.iter().filter(|(key, known)| known.is_told_down && !told.contains(key));
        News {
            host: self.host.clone(),
            items: self.items.iter().map(|(_, item)| item.clone()).collect(),
            still_down: down.count(),
            checks: self.checks,
        }
    }
}

/// What is told of a check that is as `known` says and was as `before` says.
fn item(change: Change, key: &str, known: &Known, before: &Known, now: SystemTime) -> Item {
    let lasted = match change {
        Change::Up => known.since.duration_since(before.since),
        Change::Down | Change::Gone => now.duration_since(known.since),
    };
    Item {
        change,
        name: key.to_owned(),
        since: known.since,
        lasted: lasted.unwrap_or_default(),
        last_success: before.last_success,
        reason: known.reason.clone(),
        evidence: String::new(),
    }
}

fn reason(report: &Report) -> String {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => format!("{reason}/{phase}: {}", error.chain()),
        _ => String::new(),
    }
}

/// What was seen, but not how it failed, which is said already.
fn evidence(report: &Report) -> String {
    let explanation = text::failure(report, PLAIN);
    let explanation = explanation.split_once('\n').map_or("", |(_, explanation)| explanation);
    let address = report.address.map_or_else(String::new, |address| format!("address {address}, "));
    let took = format!("{address}took {:?} of {:?}", rounded(report.elapsed), report.timeout);
    let details = text::details(report, PLAIN);
    let lines = explanation.lines().chain(details.lines().filter(|line| says_something(line)));
    let lines = lines.map(|line| line.strip_prefix("  ").unwrap_or(line).trim_end_matches(BAR));
    [took.as_str()].into_iter().chain(lines).take(EVIDENCE_LINES).collect::<Vec<_>>().join("\n")
}

/// Whether a line of the details is worth reading for somebody who wonders what is wrong: most measurements of a probe that failed
/// early are nought.
fn says_something(line: &str) -> bool {
    let line = line.trim();
    let (name, value) = line.split_once("  ").unwrap_or((line, ""));
    let value = value.trim();
    !SAID_ALREADY.contains(&name) && !matches!(value, "0" | "no") && !value.starts_with("0.000 ms")
}

/// To the microsecond.
fn rounded(length: Duration) -> Duration {
    Duration::from_micros(u64::try_from(length.as_micros()).unwrap_or(u64::MAX))
}

fn server(args: &MailArgs, services: &Services) -> Result<MailServer, String> {
    let tls = match args.mail_tls {
        MailProtection::Auto => MailTls::Auto,
        MailProtection::Starttls => MailTls::StartTls,
        MailProtection::Implicit => MailTls::Implicit,
        MailProtection::None => MailTls::None,
    };
    let usual = if tls == MailTls::Implicit { TLS_PORT } else { PORT };
    let place = ServerAddress::parse(&args.mail_server, usual)?;
    let login = match &args.mail_auth_file {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let pair = text.trim().split_once(':').map(|(user, word)| (user.to_owned(), word.to_owned()));
            Some(pair.ok_or_else(|| format!("{} does not hold USER:PASSWORD", file.display()))?)
        }
    };
    Ok(MailServer {
        host: place.host,
        port: place.port,
        tls,
        login,
        ca_file: args.mail_ca_file.clone(),
        roots: services.roots.clone(),
        timeout: PATIENCE,
    })
}
