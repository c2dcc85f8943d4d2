//! Sending results to receivers that keep time themselves.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use probe_core::model::{Report, chain};
use probe_core::prober::Services;
use probe_core::sink::address::ServerAddress;
use probe_core::sink::client::Client;
use probe_core::sink::influx::Influx;
use probe_core::sink::otlp::Otlp;
use probe_core::sink::points::{Point, Series, milliseconds, points};
use probe_core::sink::receiver::{Receiver, send_patiently};
use probe_core::sink::remote_write::{RemoteWrite, Version};
use probe_core::sink::spool::{Delivery, Spool, SpoolError};
use probe_core::sink::statsd::{self, Statsd};
use probe_core::sink::zabbix_sender::{self, ZabbixSender};
use tokio::time::{Instant, sleep};

use super::host_name;
use super::push::client;
use crate::args::{RemoteWriteVersion, SendArgs};

/// How long a Zabbix server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long another run may have the spool, and how often it is tried.
const SPOOL_PATIENCE: Duration = Duration::from_secs(30);
const SPOOL_PAUSE: Duration = Duration::from_millis(100);
const MIB: u64 = 1 << 20;

/// What sending came to, in words.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// What went wrong, a receiver a line.
    pub(crate) problems: Vec<String>,
    /// Whether anything is lost, as opposed to waiting.
    pub(crate) is_lost: bool,
}

/// A receiver, what it is called in a spool, and where it is.
struct Named {
    word: &'static str,
    place: String,
    receiver: Box<dyn Receiver>,
}

/// Sends the results to whatever the arguments ask for. One receiver that is away keeps nothing from the others.
pub(crate) async fn send(args: &SendArgs, reports: &[Report], services: &Services) -> Sent {
    let mut sent = Sent::default();
    if !args.is_wanted() {
        return sent;
    }
    let receivers = match receivers(args, services) {
        Ok(receivers) => receivers,
        Err(problem) => return Sent { problems: vec![problem], is_lost: true },
    };
    let points = points(reports, &args.send_labels);
    for Named { word, place, receiver } in receivers {
        let told = match &args.spool {
            Some(folder) => by_spool(&folder.join(word), args, points.clone(), &*receiver).await,
            None => match send_patiently(&*receiver, &points).await {
                Ok(()) => None,
                Err(error) => Some((error.to_string(), true)),
            },
        };
        if let Some((problem, is_lost)) = told {
            sent.problems.push(format!("{place}: {problem}"));
            sent.is_lost |= is_lost;
        }
    }
    sent
}

/// Leaves the points in the spool and sends all that waits there. In words what went wrong, and whether something is lost.
async fn by_spool(
    folder: &Path,
    args: &SendArgs,
    mut points: Vec<Point>,
    receiver: &dyn Receiver,
) -> Option<(String, bool)> {
    let done = async {
        let mut spool = open(folder, u64::from(args.spool_limit) * MIB).await?;
        let now = milliseconds(SystemTime::now());
        points.push(dropped(spool.dropped(), args, now));
        let before = spool.dropped();
        spool.push(points, now)?;
        let pushed_out = spool.dropped() - before;
        spool.deliver(receiver).await.map(|delivery| (delivery, pushed_out))
    };
    match done.await {
        Ok((delivery, pushed_out)) => in_words(&delivery, pushed_out),
        Err(error) => Some((chain(&error), true)),
    }
}

/// Opens the spool, for which a run that is at it is waited for a while.
async fn open(folder: &Path, limit: u64) -> Result<Spool, SpoolError> {
    let end = Instant::now() + SPOOL_PATIENCE;
    loop {
        match Spool::open(folder, limit) {
            Err(SpoolError::Held(_)) if Instant::now() < end => sleep(SPOOL_PAUSE).await,
            opened => return opened,
        }
    }
}

/// How many points were never taken, as a series: whoever looks at the others sees it.
fn dropped(count: u64, args: &SendArgs, time: i64) -> Point {
    let mut labels = args.send_labels.clone();
    labels.sort_unstable();
    Point {
        series: Series { name: "probe_spool_dropped_points".to_owned(), labels },
        time,
        value: count as f64,
        help: "Values of series that were dropped before the receiver took them, since the spool began"
            .to_owned(),
        unit: String::new(),
    }
}

fn in_words(delivery: &Delivery, pushed_out: u64) -> Option<(String, bool)> {
    let dropped = delivery.dropped + pushed_out;
    if delivery.problem.is_none() && dropped == 0 {
        return None;
    }
    let mut text = delivery.problem.clone().unwrap_or_else(|| "the spool is full".to_owned());
    // Writing to a string cannot fail.
    if delivery.waiting > 0 {
        let _ = write!(text, "; {} values wait in the spool", delivery.waiting);
    }
    if dropped > 0 {
        let _ = write!(text, "; {dropped} values are dropped");
    }
    Some((text, dropped > 0))
}

fn receivers(args: &SendArgs, services: &Services) -> Result<Vec<Named>, String> {
    let client = || -> Result<Client, String> {
        client(args.send_auth_file.as_deref(), args.send_ca_file.as_deref(), services)
    };
    let resolver = || services.resolver.clone();
    let mut receivers = Vec::new();
    let mut add = |word, place: &str, receiver: Result<Box<dyn Receiver>, String>| {
        let receiver = receiver.map_err(|problem| format!("{place}: {problem}"))?;
        receivers.push(Named { word, place: place.to_owned(), receiver });
        Ok::<(), String>(())
    };
    if let Some(url) = &args.remote_write {
        let version = match args.remote_write_version {
            RemoteWriteVersion::V1 => Version::V1,
            RemoteWriteVersion::V2 => Version::V2,
        };
        add("remote-write", url, RemoteWrite::new(url, version, client()?).map(boxed))?;
    }
    if let Some(url) = &args.otlp {
        add("otlp", url, Otlp::new(url, host_name().unwrap_or_default(), client()?).map(boxed))?;
    }
    if let Some(url) = &args.influx {
        add("influx", url, Influx::new(url, client()?).map(boxed))?;
    }
    if let (Some(server), Some(host)) = (&args.zabbix_server, &args.zabbix_host) {
        let place = ServerAddress::parse(server, zabbix_sender::PORT);
        add(
            "zabbix",
            server,
            place.map(|place| boxed(ZabbixSender::new(place, host, resolver(), PATIENCE))),
        )?;
    }
    if let Some(server) = &args.statsd {
        let place = ServerAddress::parse(server, statsd::PORT);
        add("statsd", server, place.map(|place| boxed(Statsd::new(place, resolver()))))?;
    }
    Ok(receivers)
}

fn boxed(receiver: impl Receiver + 'static) -> Box<dyn Receiver> {
    Box::new(receiver)
}
