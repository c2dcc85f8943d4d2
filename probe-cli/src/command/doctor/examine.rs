//! Finds out by trying. What is sent goes no farther than the loopback interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use probe_core::model::{Explanation, Refusal, Remedy};
use probe_core::net::icmp::{Engine, PingOptions};
use probe_core::net::privilege::{self, Facts, Ipv6};
use probe_core::net::{Approved, Denied, DialError, Egress, Policy, SocketChoice, SynSocket, connect};
use tokio::time::timeout;

/// The port to try: the multiplexer of RFC 1078, which nobody runs. Whether it is open does not matter.
const PORT: u16 = 1;
/// A connection that a packet filter swallows has opened its socket all the same.
const PATIENCE: Duration = Duration::from_millis(200);

/// Every way of every prober.
pub(super) struct Findings {
    pub(super) ways: Vec<Way>,
}

/// One prober with one address family.
pub(super) struct Way {
    pub(super) prober: &'static str,
    pub(super) family: &'static str,
    /// The sockets it can do with, the first choice first.
    pub(super) rungs: Vec<Rung>,
    /// Why there is nothing to try: this machine does not have the family.
    pub(super) absent: Option<&'static str>,
}

/// One kind of socket.
#[derive(Clone)]
pub(super) struct Rung {
    pub(super) name: &'static str,
    /// Why it may not be opened; nothing if it may.
    pub(super) refusal: Option<Explanation>,
}

/// A line that would allow more, and which kinds of socket.
pub(super) struct Advice<'a> {
    pub(super) remedy: &'a Remedy,
    pub(super) rungs: Vec<&'static str>,
}

impl Findings {
    /// Tries every socket.
    pub(super) async fn gather(engine: &Engine) -> Self {
        let facts = Facts::read();
        let v4 = Family::try_all("IPv4", Ipv4Addr::LOCALHOST.into(), None, engine, &facts).await;
        let absent = facts.ipv6.and_then(missing);
        let v6 = Family::try_all("IPv6", Ipv6Addr::LOCALHOST.into(), absent, engine, &facts).await;
        let ways = [Family::icmp, Family::half_open, Family::connect];
        Self { ways: ways.into_iter().flat_map(|way| [way(&v4), way(&v6)]).collect() }
    }

    /// Whether every prober can work with every address family that this machine has.
    pub(super) fn all_work(&self) -> bool {
        self.ways.iter().all(|way| way.uses().is_some() || way.absent.is_some())
    }

    /// Every refusal with the kinds of socket it is about, each explanation once.
    pub(super) fn refusals(&self) -> Vec<(&Refusal, Vec<&'static str>)> {
        let mut all: Vec<(&Refusal, Vec<&'static str>)> = Vec::new();
        for rung in self.ways.iter().flat_map(|way| &way.rungs) {
            let Some(refusal) = rung.refusal.as_deref() else { continue };
            match all.iter_mut().find(|(known, _)| known.causes == refusal.causes) {
                Some((_, names)) if names.contains(&rung.name) => {}
                Some((_, names)) => names.push(rung.name),
                None => all.push((refusal, vec![rung.name])),
            }
        }
        all
    }

    /// Every line that would allow more, each once, those of one situation together.
    pub(super) fn advice(&self) -> Vec<Advice<'_>> {
        let mut all: Vec<Advice<'_>> = Vec::new();
        for (refusal, rungs) in self.refusals() {
            for remedy in &refusal.remedies {
                match all.iter_mut().find(|advice| advice.remedy == remedy) {
                    Some(advice) => advice.rungs.extend(&rungs),
                    None => all.push(Advice { remedy, rungs: rungs.clone() }),
                }
            }
        }
        all.sort_by_key(|advice| advice.remedy.situation as u8);
        all
    }
}

impl Way {
    /// The socket it would use here.
    pub(super) fn uses(&self) -> Option<&'static str> {
        self.rungs.iter().find(|rung| rung.refusal.is_none()).map(|rung| rung.name)
    }
}

/// What came of trying every kind of socket of one address family.
struct Family {
    name: &'static str,
    absent: Option<&'static str>,
    icmp: Vec<Rung>,
    syn: Vec<Rung>,
    connect: Vec<Rung>,
}

impl Family {
    async fn try_all(
        name: &'static str,
        loopback: IpAddr,
        absent: Option<&'static str>,
        engine: &Engine,
        facts: &Facts,
    ) -> Self {
        let mut family = Self { name, absent, icmp: Vec::new(), syn: Vec::new(), connect: Vec::new() };
        if absent.is_none() {
            for kind in [SocketChoice::Datagram, SocketChoice::Raw] {
                family.icmp.push(try_icmp(engine, loopback, kind));
            }
            family.syn.push(try_syn(loopback, facts));
            family.connect.push(try_connect(loopback).await);
        }
        family
    }

    fn icmp(&self) -> Way {
        self.way("icmp", &[&self.icmp])
    }

    fn half_open(&self) -> Way {
        self.way("tcp half-open", &[&self.syn, &self.connect])
    }

    fn connect(&self) -> Way {
        self.way("tcp connect", &[&self.connect])
    }

    fn way(&self, prober: &'static str, rungs: &[&[Rung]]) -> Way {
        Way { prober, family: self.name, rungs: rungs.concat(), absent: self.absent }
    }
}

fn missing(ipv6: Ipv6) -> Option<&'static str> {
    match ipv6 {
        Ipv6::Enabled => None,
        Ipv6::Absent => Some("this kernel has no IPv6"),
        Ipv6::Disabled => Some("net.ipv6.conf.all.disable_ipv6 is 1"),
        Ipv6::OffAtBoot => Some("the kernel was started with ipv6.disable=1"),
    }
}

fn try_icmp(engine: &Engine, loopback: IpAddr, socket: SocketChoice) -> Rung {
    let name = socket.rungs().first().map_or("", |kind| kind.as_str());
    let options = PingOptions { socket, ..PingOptions::default() };
    let refusal = match approved(loopback) {
        Ok(to) => engine.pinger(to, &options).err().map(|error| {
            let explained = error.refusals.into_iter().next();
            explained.unwrap_or_else(|| unexplained(name, error.problem))
        }),
        Err(denied) => Some(unexplained(name, denied.to_string())),
    };
    Rung { name, refusal }
}

fn try_syn(loopback: IpAddr, facts: &Facts) -> Rung {
    let rung = privilege::Rung::RawTcp;
    let refusal = match approved(loopback).map(|to| SynSocket::open(to, &Egress::default())) {
        Ok(Err(DialError::Socket(error))) => {
            Some(privilege::explain(rung, loopback.is_ipv6(), &error, facts).into())
        }
        Err(denied) => Some(unexplained(rung.as_str(), denied.to_string())),
        Ok(_) => None,
    };
    Rung { name: rung.as_str(), refusal }
}

/// Whatever the other side says, the socket was there.
async fn try_connect(loopback: IpAddr) -> Rung {
    let name = "connect";
    let refusal = match approved(loopback) {
        Ok(to) => match timeout(PATIENCE, connect(to, &Egress::default())).await {
            Ok(Err(DialError::Socket(error))) => Some(unexplained(name, error.to_string())),
            _ => None,
        },
        Err(denied) => Some(unexplained(name, denied.to_string())),
    };
    Rung { name, refusal }
}

fn approved(loopback: IpAddr) -> Result<Approved<SocketAddr>, Denied> {
    Policy::allow_all().approve(SocketAddr::new(loopback, PORT))
}

fn unexplained(rung: &'static str, error: String) -> Explanation {
    Refusal { rung, error, causes: Vec::new(), remedies: Vec::new() }.into()
}
