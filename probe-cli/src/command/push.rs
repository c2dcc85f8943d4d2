//! Pushing to a Pushgateway, and looking after what it holds.

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use probe_core::model::{Report, Rfc3339, chain};
use probe_core::net::http::basic;
use probe_core::net::tls::{PemSource, TlsOptions};
use probe_core::prober::Services;
use probe_core::render::GoFloat;
use probe_core::sink::client::Client;
use probe_core::sink::pushgateway::{Group, Held, PushMethod, Pushgateway};

use super::{block_on, services};
use crate::args::{AccessArgs, Method, PushArgs, PushCommand, PushVerbArgs};
use crate::output::Output;
use crate::{Exit, Surroundings};

/// How long a gateway may take for one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pushes what the arguments ask for; in words what went wrong.
pub(crate) async fn push(args: &PushArgs, reports: &[Report], services: &Services) -> Result<(), String> {
    let (Some(url), Some(job)) = (&args.push, &args.job) else { return Ok(()) };
    let group = Group::new(job.as_str(), args.labels.clone()).map_err(|error| error.to_string())?;
    let method = match args.push_method {
        Method::Put => PushMethod::Put,
        Method::Post => PushMethod::Post,
    };
    let gateway = gateway(url, &args.access, services)?;
    gateway.push(&group, method, reports, args.push_ttl).await.map_err(|error| chain(&error))
}

/// `probe push`.
pub(crate) fn push_verb(args: &PushVerbArgs, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    block_on(output, async |output| {
        let services = services(false, surroundings);
        let done = match &args.command {
            PushCommand::List { url, access } => list(url, access, &services, output).await,
            PushCommand::Delete { url, job, labels, access } => match group(job, labels, output) {
                Some(group) => delete(url, access, &group, &services).await,
                None => return Exit::Usage,
            },
            PushCommand::Put { url, gauges, job, labels, post, access } => {
                let Some(group) = group(job, labels, output) else { return Exit::Usage };
                let method = if *post { PushMethod::Post } else { PushMethod::Put };
                put(url, access, &group, method, gauges, &services).await
            }
            PushCommand::Prune { url, older, job, access } => {
                prune(url, access, *older, job.as_deref(), &services, output).await
            }
        };
        match done {
            Ok(()) => Exit::Success,
            Err(problem) => {
                output.say(&problem);
                Exit::NotPushed
            }
        }
    })
}

async fn list(
    url: &str,
    access: &AccessArgs,
    services: &Services,
    output: &mut Output<'_>,
) -> Result<(), String> {
    let groups = gateway(url, access, services)?.groups().await.map_err(|error| chain(&error))?;
    for Held { group, pushed, ttl, families } in &groups {
        let good = ttl.map_or_else(|| "for ever".to_owned(), |ttl| format!("{} s", ttl.as_secs_f64()));
        output.print(&format!("{}  {families} families, good {good}  {group}\n", Rfc3339(*pushed)));
    }
    Ok(())
}

/// The group that labels name; says what is wrong with them.
fn group(job: &str, labels: &[(String, String)], output: &mut Output<'_>) -> Option<Group> {
    match Group::new(job, labels.to_vec()) {
        Ok(group) => Some(group),
        Err(error) => {
            output.say(&error.to_string());
            None
        }
    }
}

/// Pushes gauges, or what the standard input has.
async fn put(
    url: &str,
    access: &AccessArgs,
    group: &Group,
    method: PushMethod,
    gauges: &[(String, f64)],
    services: &Services,
) -> Result<(), String> {
    let mut text = String::new();
    for (name, value) in gauges {
        text.push_str(&format!("# TYPE {name} gauge\n{name} {}\n", GoFloat(*value)));
    }
    if gauges.is_empty() {
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| format!("cannot read standard input: {error}"))?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    let gateway = gateway(url, access, services)?;
    gateway.push_text(group, method, &text).await.map_err(|error| chain(&error))
}

async fn delete(url: &str, access: &AccessArgs, group: &Group, services: &Services) -> Result<(), String> {
    gateway(url, access, services)?.delete(group).await.map_err(|error| chain(&error))
}

async fn prune(
    url: &str,
    access: &AccessArgs,
    older: Option<Duration>,
    job: Option<&str>,
    services: &Services,
    output: &mut Output<'_>,
) -> Result<(), String> {
    let gateway = gateway(url, access, services)?;
    let now = SystemTime::now();
    for held in gateway.groups().await.map_err(|error| chain(&error))? {
        let is_meant = job.is_none_or(|job| job == held.group.job());
        if is_meant && held.is_outdated(older, now) {
            gateway.delete(&held.group).await.map_err(|error| chain(&error))?;
            output.print(&format!("removed {}, pushed {}\n", held.group, Rfc3339(held.pushed)));
        }
    }
    Ok(())
}

fn gateway(url: &str, access: &AccessArgs, services: &Services) -> Result<Pushgateway, String> {
    let client = client(access.push_auth_file.as_deref(), access.push_ca_file.as_deref(), services)?;
    Pushgateway::new(url, client).map_err(|error| chain(&error))
}

/// How a receiver is asked, with what the files hold.
pub(crate) fn client(
    auth_file: Option<&Path>,
    ca_file: Option<&Path>,
    services: &Services,
) -> Result<Client, String> {
    let mut authorization = String::new();
    if let Some(file) = auth_file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let text = text.trim();
        // A scheme is one word before a blank: Bearer, or Token for InfluxDB.
        let has_scheme = text.split_once(' ').is_some_and(|(scheme, _)| !scheme.contains(':'));
        authorization = match text.split_once(':') {
            _ if has_scheme => text.to_owned(),
            Some((user, password)) => basic(user, password),
            None => return Err(format!("{} holds neither USER:PASSWORD nor Bearer TOKEN", file.display())),
        };
    }
    Ok(Client {
        resolver: services.resolver.clone(),
        roots: services.roots.clone(),
        tls: TlsOptions { ca: ca_file.map(|file| PemSource::File(file.to_owned())), ..TlsOptions::default() },
        authorization,
        timeout: PATIENCE,
    })
}
